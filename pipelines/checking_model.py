"""What `check` says of the live theme model: whether it can be used, whether it is of the campaign as it stands, and what it
learned from. Only where there is a model is spaCy loaded, which takes a second."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from db.folder import DataFolder
from db.store import Store
from tracker.faults import quoted
from tracker.problems import Problem, UnusableModel
from tracker.records import Campaign, ModelCard, Theme
from tracker.telling import count, listed
from tracker.word_vectors import FILE, vectors_missing


@dataclass(frozen=True, slots=True)
class LiveModel:
    """The model that posts are read with. card None: there is none that can be used; unusable, unreadable: why not, where there
    is one. by_hand: the files of labels that it learned from beside the campaign's own; without: what would have been made
    without them (`ByHand`); too_few: below so many labelled posts it learns nothing from labels; newer: a newer one that was not
    put in place (`Store.model_not_placed`); themes: the slugs of those that it knows; meanings: whether it looks at theirs."""

    card: ModelCard | None = None
    unusable: UnusableModel | None = None
    unreadable: Problem | None = None
    by_hand: str = ""
    without: str = ""
    too_few: int = 0
    newer: Mapping[str, object] | None = None
    themes: frozenset[str] = frozenset()
    meanings: bool = False

    def learned(self) -> bool:
        """Whether it learned something from labelled posts."""
        return self.card is not None and self.card.labelled >= self.too_few > 0

    def wanted(self, labelled: int) -> int:
        """How many labelled posts there have to be before a model learns from them; 0 where there are as many, or where it is not
        known since there is no model yet."""
        return 0 if self.card is None or self.learned() or labelled >= self.too_few else self.too_few

    def learned_from_people(self) -> bool:
        """Whether some of those were of people, not invented."""
        return self.card is not None and self.learned() and self.card.labelled > self.card.invented

    def learned_by_hand(self, theme: Theme) -> int:
        """How many labelled posts with a theme, under whichever of its names, a model knows that learned from files given by
        hand; 0 for another, which the next night makes of what the campaign has by then."""
        if self.card is None or not self.by_hand:
            return 0
        return sum(one.support for one in self.card.quality if one.theme in (theme.slug, *theme.renamed_from))


def live_model_of(data: DataFolder) -> LiveModel:
    """The model under DATA/model. What else cannot be read is told elsewhere."""
    if not os.access(data.model, os.F_OK):
        return LiveModel()
    from pipelines.train import made_by_hand
    from tracker.themes import load_model
    from tracker.themes.gold import TAUGHT_FROM

    model = unusable = None
    try:
        model = load_model(data.model)
    except UnusableModel as problem:
        unusable = problem
    except Problem as problem:
        return LiveModel(unreadable=problem)
    try:
        with closing(Store.open(data, readonly=True)) as store:
            if model is None:
                return LiveModel(unusable=unusable, by_hand=made_by_hand(store, store.live_model()).names())
            hand, newer = made_by_hand(store, model.card.name), store.model_not_placed()
            known, meanings = model.known_themes(), model.looks_at_meanings()
            return LiveModel(model.card, None, None, hand.names(), hand.without, TAUGHT_FROM, newer, known, meanings)
    except Problem:
        return LiveModel()


def standing_of(live: LiveModel, card: ModelCard, campaign: Campaign, data: DataFolder) -> tuple[str, str]:
    """(level, sentences): whether the model was made from the campaign as it stands, what it learned from, and which newer one
    was not put in place. Raises what reading the labels raises."""
    from pipelines.train import labelled_posts
    from tracker.themes import model_name

    wanted = model_name(campaign, labelled_posts(campaign, data))
    level, told = _standing(live, card, campaign, wanted)
    if live.newer is None or str(live.newer["name"]).startswith(wanted):
        return level, told
    name, made, why = (live.newer[key] for key in ("name", "trained_at", "why"))
    newer = f"A newer one, {name}, made on {made} from other labels or themes than the campaign has, was not put in place: {why}."
    again = "To have it all the same, give the command that made it again with --anyway."
    return level if level == "warning" else "note", f"{told} {newer} {again}"


def _standing(live: LiveModel, card: ModelCard, campaign: Campaign, wanted: str) -> tuple[str, str]:
    """(level, sentences) of the model in place, and of a newer one of the campaign as it stands. wanted: how the name of such a
    one begins."""
    made = f"The theme model {card.name}, trained {card.trained_at},"
    if live.newer is not None and str(live.newer["name"]).startswith(wanted):
        return "warning", f"{made} stays in place. {_not_placed(live, live.newer)} {_taught(live, card, campaign)}"
    if live.by_hand:
        sentence = f"{made} also learned from {live.by_hand}, given by hand, so no night makes it again."
        again = "run `train --labels` with these files."
        if live.themes != {theme.slug for theme in campaign.themes}:
            lost = f"made for other themes than today's, and the next night makes it again without {live.by_hand}"
            return "warning", f"{made} was {lost}. {_taught(live, card, campaign)} To keep what it learned from there, {again}"
        if not live.without.startswith(wanted):
            changed = "Themes or labels have changed since, and it does not follow them:"
            return "warning", f"{sentence} {_taught(live, card, campaign)} {changed} {again}"
        return "note", f"{sentence} {_taught(live, card, campaign)} When themes or labels change, {again}"
    if not card.name.startswith(wanted):
        sentence = f"{made} was made before the themes, the labels or the program changed: `nightly` makes it again."
        return "note", f"{sentence} {_taught(live, card, campaign)}"
    return "ok", f"{made} was made from the campaign as it stands. {_taught(live, card, campaign)}"


def _not_placed(live: LiveModel, newer: Mapping[str, object]) -> str:
    """Why the model in place is not of the campaign as it stands, and what can be done."""
    name, made, why, since = (newer[key] for key in ("name", "trained_at", "why", "since"))
    hand = f" without {live.by_hand}" if live.by_hand else ""
    told = f"{name}, made on {made} from the campaign as it stands{hand}, was not put in place: {why}. Since {since} none was, so"
    again = f"run `train --labels` with {live.by_hand}, or" if live.by_hand else "or"
    return (
        f"{told} what changed since in themes, labels or the program does not show in how posts are read, and no night tries "
        f"again before they change once more. Look at what changed, {again} put it in place as it is: `train --anyway`."
    )


def themeless_of(card: ModelCard) -> str:
    """What is to be done where the model learned from hardly any post without a theme; "" elsewhere."""
    from tracker.themes.notes import few_themeless

    return "" if card.themeless is None else few_themeless(card.labelled, card.themeless)


def vectors_lines(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """(level, sentences) where the word vectors that ship with the program cannot be used, and the campaign's posts want them."""
    missing = vectors_missing()
    if not missing or "en" not in campaign.languages:
        return
    lost = f"The program's word vectors are left aside ({missing}), so posts are not compared with what a theme means"
    cost = "phrases and labels alone decide, which costs 0.01 to 0.14 of macro-F1 (docs/method-themes.md)"
    yield "warning", f"{lost}: {cost}. A model that leaned on them is made again. Put {FILE} back as it came with the program."


def language_lines(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """(level, sentences) where the program cannot tell one of the campaign's languages from others."""
    from tracker.themes.language import never_told

    if strange := never_told(campaign.languages):
        lost = f"The program cannot tell {listed([quoted(one) for one in strange])} from other languages"
        kept = "no post is passed over for its language, and each is read for themes"
        yield "warning", f'{lost}: {kept}. Where a language has a code of two letters it is known by that: languages = ["en"].'


def _taught(live: LiveModel, card: ModelCard, campaign: Campaign) -> str:
    """What the model learned from, in a sentence."""
    labelled = count(card.labelled, "labelled post", "labelled posts")
    if live.learned():
        invented = f", {card.invented:,} of them invented" if card.invented else ""
        return f"It learned from {labelled}{invented}."
    alone = found_by(campaign, live)
    if not card.labelled:
        return f"It knows no labelled post{alone}."
    are = "is" if card.labelled == 1 else "are"
    return f"It knows {labelled}, which {are} too few to learn from ({live.too_few} are needed){alone}."


def found_by(campaign: Campaign, live: LiveModel) -> str:
    """The end of a sentence on what themes are found by where nothing was learned from labels: by the live model, or by that
    which will be made where there is none; "" where there are no themes."""
    near = live.meanings if live.card else "en" in campaign.languages and not vectors_missing()
    meanings = " and meanings" if near else ""
    return f": themes are found by their phrases{meanings} alone" if campaign.themes else ""
