"""What to watch besides the counts: how well each phrase does, whether the debate's words drift away from what the model knows,
and what the model makes of every theme. Computed from texts; nothing here says who wrote them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from spacy.language import Language

from tracker.records import DRIFT_WEEKS, DRIFT_WORDS, Campaign
from tracker.telling import per_cent
from tracker.themes.deciding import is_theme
from tracker.themes.features import telling_grams
from tracker.themes.gold import Gold
from tracker.themes.model import ThemeModel
from tracker.themes.pipeline import blank_pipeline, one_by_one, words_pipeline
from tracker.themes.sheet import kept_words
from tracker.themes.wording import readable

CODED_AT_LEAST, MISLEADS_BELOW = 5, 0.3
"""Coded posts that hold a phrase before it can be said to mislead, and the share that is right below which it does."""
FIRES_WITH_AT_MOST, FIRES_WITH_FROM = 3, 0.2
WORDS_OF_A_POST = 100
"""Words of one post that count for drift: else a long one outweighs all others of its week."""
FAR = 3.0
"""By how many standard deviations of the weeks before a week stands apart that is called out of the ordinary."""
LEAST_SPREAD = 0.01


@dataclass(frozen=True, slots=True)
class PhraseFigure:
    """One phrase of a theme: posts that hold it; of the coded ones how many, and how many of those carry the theme; the themes
    whose phrases stand in the same posts, with the share of posts."""

    theme: str
    phrase: str
    posts: int
    coded: int
    correct: int
    fires_with: tuple[tuple[str, float], ...]

    @property
    def misleads(self) -> bool:
        """Whether people found it wrong too often for it to be kept as it is."""
        return self.coded >= CODED_AT_LEAST and self.correct < MISLEADS_BELOW * self.coded


@dataclass(frozen=True, slots=True)
class Drift:
    """One ISO week: its posts, counted words, the share of them that stand in no week before (None: too few words, or the first
    week), and what is out of the ordinary, in words."""

    week: str
    posts: int
    words: int
    unseen: float | None
    alarm: str = ""


def phrase_figures(campaign: Campaign, texts: Sequence[str], coded: Sequence[Gold]) -> list[PhraseFigure]:
    """How well each phrase does on stored `texts` and on `coded` posts (which may be among them)."""
    nlp = blank_pipeline(campaign)
    dimension = {theme.slug: theme.dimension for theme in campaign.themes}
    posts: Counter[tuple[str, str]] = Counter()
    beside: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for found in _phrases_in(nlp, texts):
        themes = {theme for theme, _ in found}
        for theme, phrase in found:
            posts[theme, phrase] += 1
            beside[theme, phrase].update(other for other in themes if other != theme and dimension[other] == dimension[theme])
    seen: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for found, post in zip(_phrases_in(nlp, [post.text for post in coded]), coded, strict=True):
        asked = {pair for pair in found if pair[0] not in post.unasked}
        seen.update(asked)
        right.update(pair for pair in asked if pair[0] in post.themes)
    figures = []
    for its in campaign.themes:
        for phrase in its.phrases:
            pair = (its.slug, phrase)
            often = sorted(beside[pair].items(), key=lambda one: (-one[1], one[0]))[:FIRES_WITH_AT_MOST]
            shares = ((other, round(count / posts[pair], 3)) for other, count in often)
            near = tuple((other, share) for other, share in shares if share >= FIRES_WITH_FROM)
            figures.append(PhraseFigure(its.slug, phrase, posts[pair], seen[pair], right[pair], near))
    return figures


def scores_of(model: ThemeModel, texts: Sequence[str]) -> Iterator[dict[str, float]]:
    """What the model makes of every theme that it knows, given or not, for each text: its probability; without labels 0.5 for a
    phrase's hit and 0 else, or what only ranks. Beside them what it makes of the questions that it looks for ("question q1") and
    of "not this debate". Nothing for a text that it passes over."""
    known = sorted(model.known_themes())
    for doc in model.evidence(texts):
        given = {slug: score for slug, score, _ in doc._.decision.hits}
        read = {slug: doc.cats.get(slug, given.get(slug, 0.0)) for slug in known}
        read |= {label: score for label, score in doc.cats.items() if not is_theme(label)}
        yield {} if doc._.passed_over else {slug: round(float(score), 6) for slug, score in read.items()}


def _phrases_in(nlp: Language, texts: Sequence[str]) -> Iterable[set[tuple[str, str]]]:
    rules: Any = nlp.get_pipe("theme_rules")
    with nlp.select_pipes(enable=[]):
        for doc in one_by_one(nlp, map(readable, texts)):
            yield rules.phrases_in(doc)


def drift(campaign: Campaign, posts: Sequence[tuple[str, str]]) -> list[Drift]:
    """How much of what each week says no week before it said, by the first WORDS_OF_A_POST words of each post. posts: (ISO week,
    text). A week is called out when that share stands FAR standard deviations above the mean of what each of at least
    DRIFT_WEEKS weeks before says that no other of them does: what a model knows is no matter."""
    nlp = words_pipeline(campaign)
    said: dict[str, Counter[str]] = defaultdict(Counter)
    read: Counter[str] = Counter()
    docs = one_by_one(nlp, (readable(text) for _, text in posts))
    for doc, (week, _) in zip(docs, posts, strict=True):
        read[week] += 1
        said[week].update([gram for gram in telling_grams(kept_words(doc)) if " " not in gram][:WORDS_OF_A_POST])
    weeks: list[Drift] = []
    only_in: dict[str, str] = {}
    alone: dict[str, int] = {}
    for week in sorted(read):
        words, total = said[week], said[week].total()
        share = sum(times for word, times in words.items() if word not in only_in) / total if total >= DRIFT_WORDS else None
        usual = [alone[one.week] / one.words for one in weeks if one.words >= DRIFT_WORDS and not one.alarm]
        alarm = _out_of_the_ordinary(share, usual) if weeks else ""
        weeks.append(Drift(week, read[week], total, share if weeks else None, alarm))
        alone[week] = 0
        for word, times in words.items():
            owner = only_in.setdefault(word, week)
            if owner == week:
                alone[week] += times
            elif owner:
                alone[owner] -= said[owner][word]
                only_in[word] = ""
    return weeks


def _out_of_the_ordinary(share: float | None, usual: Sequence[float]) -> str:
    """In words, where a week's share stands far above what is usual; "" elsewhere."""
    if share is None or len(usual) < DRIFT_WEEKS:
        return ""
    mean, spread = fmean(usual), max(pstdev(usual), LEAST_SPREAD)
    if share <= mean + FAR * spread:
        return ""
    return f"{per_cent(share)} of its words stand in no week before it, where each of those has {per_cent(mean)} of its own"
