"""What `train` and `evaluate` answer, as words and as JSON."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracker.records import Overall, Quality
from tracker.telling import count, per_cent

if TYPE_CHECKING:
    from pipelines.evaluate import Evaluated
    from pipelines.train import Trained


def trained_text(made: "Trained") -> str:
    """What was trained, whether it is in place, and how well each theme is found."""
    card = made.card
    lines = [
        f"Model {card.name}, trained on {count(card.labelled, 'labelled post', 'labelled posts')} ({card.invented:,} invented) "
        f"and {card.pool:,} without labels.",
        card.notes,
        made.left_out,
    ]
    if made.refused:
        lines.insert(0, made.not_placed())
    elif made.compared is not None:
        before, after = made.compared.before, made.compared.after
        lines.append(
            f"On {count(made.compared.n, 'post')} of the audit sample its macro-F1, over the themes that they carry, is "
            f"{after:.2f}; the model before had {before:.2f}."
        )
    lines.append(made.uncompared)
    lines += [overall_text(overall) for overall in card.overall]
    lines.append(_occurring(card.overall))
    lines += [quality_text(quality) for quality in card.quality]
    return "\n".join(filter(None, lines))


PARTS = (
    "The earlier and the later part are cut between two weeks in which posts were written (two days of coding, where those are "
    "not known), so that they are not equally large."
)


def overall_text(overall: Overall) -> str:
    """How one method finds all themes, in a line."""
    part = "" if overall.part == "all" else f", {overall.part} part"
    told = f"{METHOD_WORDS[overall.method]}{part}: macro-F1 {overall.macro_f1:.2f}{_range(overall.macro_low, overall.macro_high)}"
    told += f", micro-F1 {overall.micro_f1:.2f}"
    if overall.ece is not None:
        told += f", calibration error {overall.ece:.3f}"
    if overall.unsure is not None:
        told += f", {per_cent(overall.unsure)} left as unsure"
    return f"{told} ({count(overall.n, 'post')})"


def _occurring(overall: Sequence[Overall]) -> str:
    """Of how many themes macro-F1 is the mean, where some have none since no post carries them or was given them; else ""."""
    ours = next((one for one in overall if one.method == "model" and one.part == "all"), None)
    if ours is None or ours.themes is None or ours.looked_for is None or ours.themes == ours.looked_for:
        return ""
    return f"The model's macro-F1 is over {ours.themes} of {count(ours.looked_for, 'theme')}: the others do not occur."


METHOD_WORDS = {"model": "The model", "phrases": "Phrases alone", "textcat": "spaCy's textcat"}


def evaluation_document(found: "Evaluated") -> dict[str, object]:
    """`evaluate --json`."""
    measured = found.measured
    by = {one.method: one for one in measured.overall if one.part == "all"}
    ours = by.get("model")
    rounded = functools.partial(rounded_to, digits=4)
    return {
        "macro_f1": rounded(ours.macro_f1 if ours else None),
        "macro_f1_ci": _interval(ours.macro_low, ours.macro_high) if ours else None,
        "micro_f1": rounded(ours.micro_f1 if ours else None),
        "n": measured.n,
        "left_out": found.left_out,
        "learned_from_all": found.remembered,
        "left_aside": found.aside.strip(),
        "threshold_policy": measured.threshold_policy,
        "not_in_model": list(found.strange),
        "themes": {one.theme: _quality_row(one) for one in measured.quality if " " not in one.theme},
        "others": {one.theme: _quality_row(one) for one in measured.quality if " " in one.theme},
        "abstained": rounded(measured.unsure),
        "ece": rounded(ours.ece if ours else None),
        "abstaining_on_20_percent": {"macro_f1": rounded(measured.abstaining[0]), "all": rounded(measured.abstaining[1])}
        if measured.abstaining
        else None,
        "baselines": {
            name: {**_macro_row(one), "micro_f1": rounded(one.micro_f1)} for name, one in by.items() if name != "model"
        },
        "parts": {
            f"{one.part} part": {**_macro_row(one), "n": one.n}
            for one in measured.overall
            if one.method == "model" and one.part != "all"
        },
        "docs_per_second": None if found.docs_per_second is None else round(found.docs_per_second),
        "model": found.model,
    }


def rounded_to(value: float | None, digits: int) -> float | None:
    """A figure with no more digits than it is worth."""
    return None if value is None else round(value, digits)


def _range(low: float | None, high: float | None) -> str:
    """An interval in words, behind its figure; "" where there is none."""
    return "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"


def _interval(low: float | None, high: float | None) -> list[float | None] | None:
    """The ends of an interval; None where there is none."""
    return None if low is None else [rounded_to(low, 4), rounded_to(high, 4)]


def _macro_row(one: Overall) -> dict[str, object]:
    return {"macro_f1": rounded_to(one.macro_f1, 4), "macro_f1_ci": _interval(one.macro_low, one.macro_high)}


def _quality_row(one: Quality) -> dict[str, object]:
    rounded = functools.partial(rounded_to, digits=4)
    return {
        "precision": rounded(one.precision),
        "precision_ci": _interval(one.precision_low, one.precision_high),
        "recall": rounded(one.recall),
        "recall_ci": _interval(one.recall_low, one.recall_high),
        "f1": rounded(one.f1),
        "f1_ci": _interval(one.f1_low, one.f1_high),
        "support": one.support,
        "ece": rounded(one.ece),
        "phrases_f1": rounded(one.phrases_f1),
        "textcat_f1": rounded(one.textcat_f1),
        "indicative_only": one.indicative,
        "share_found": rounded(one.share_found),
        "share_coded": rounded(one.share_coded),
        "share_corrected": rounded(one.share_corrected),
        "share_corrected_ci": _interval(one.share_corrected_low, one.share_corrected_high),
    }


def evaluation_text(found: "Evaluated") -> str:
    """`evaluate`, in words."""
    measured = found.measured
    lines = [f"Model {found.model}, measured on {count(measured.n, 'post')}.{_learned_before(found)}{found.aside}"]
    lines.append(f"Thresholds: {measured.threshold_policy}.")
    if found.strange:
        what = "new, renamed or split since it was trained, so it never finds them; `debate-tracker train` makes one that can"
        lines.append(f"The model does not know {', '.join(found.strange)}: {what}.")
    lines += [overall_text(overall) for overall in measured.overall]
    if any(overall.part != "all" for overall in measured.overall):
        lines.append(PARTS)
    lines.append(_occurring(measured.overall))
    if measured.abstaining is not None:
        with_fewer, with_all = measured.abstaining
        lines.append(f"Without the fifth of posts that it is least sure of: macro-F1 {with_fewer:.2f} instead of {with_all:.2f}.")
    if found.docs_per_second is not None:
        lines.append(f"{found.docs_per_second:,.0f} posts a second on one core.")
    lines += [quality_text(quality) for quality in measured.quality]
    return "\n".join(filter(None, lines))


def _learned_before(found: "Evaluated") -> str:
    """What became of posts that the model learned from; "" where there were none."""
    if found.remembered:
        return " It learned from every one of them, so this tells what it remembers, not how it does on other posts."
    if found.left_out is None:
        return " From which posts it learned was not kept when it was made, so it may have learned from some of these."
    told = count(found.left_out, "other was left out, since it", "others were left out, since it")
    return f" {told} learned from them or from the same words." if found.left_out else ""


def quality_text(quality: Quality) -> str:
    """One theme's measured error in a line."""
    if quality.precision is None and quality.recall is None:
        return f"  {quality.theme}: not measured"
    told = (
        ("precision", quality.precision, quality.precision_low, quality.precision_high, "none found"),
        ("recall", quality.recall, quality.recall_low, quality.recall_high, "none to find"),
        ("F1", quality.f1, quality.f1_low, quality.f1_high, "not known"),
    )
    figures = (f"{name} {none if share is None else f'{share:.2f}{_range(low, high)}'}" for name, share, low, high, none in told)
    few = ", indicative only" if quality.indicative else ""
    return f"  {quality.theme}: {', '.join(figures)}, {count(quality.support, 'labelled post', 'labelled posts')}{few}"
