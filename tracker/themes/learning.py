"""Learning what each theme looks like: first from phrases, meanings and unlabelled posts, then corrected by labelled posts.

1. The prior: a post's phrase hits, and how near its words are to the theme's meaning (static vectors).
2. Spreading: a regression on words and vectors learns the prior's own guesses over the pool of unlabelled posts, so that words
   which stand beside a theme's phrases speak for the theme too (weak supervision).
3. Correcting: labelled posts teach a second regression whose offset is what 1 and 2 say, and which knows how a post is said, too
   (`manner`). It starts from the campaign's view and moves away from it only as far as labels demand (maximum a posteriori).

All three are linear in the same features, so the scorer gets one set of weights (`Ground.weights`).
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from spacy.language import Language

from tracker.records import NOT_THIS_DEBATE, QUESTION, Campaign
from tracker.themes.features import Grams, Vocabulary, centred, pieces
from tracker.themes.fitting import Fit, Matrix, Table, fit, table_of, telling
from tracker.themes.gold import Gold
from tracker.themes.manner import KINDS, PARTS, compared, manner, usual_manner, words_manner
from tracker.themes.pipeline import one_by_one
from tracker.themes.rules import hit_counts
from tracker.themes.scorer import Weights
from tracker.themes.sheet import kept_words
from tracker.themes.static import StaticVectors, nearness, static_vectors, summed
from tracker.themes.wording import readable

JUDGED_FROM = 20
"""Posts of the debate, and posts that only look like it, needed before relevance is judged at all."""
LEARNED_FROM = 5
"""Posts that must carry a theme or a question before its own threshold is chosen, or a question is looked for at all."""
SPREAD_FROM = 100
"""With fewer texts than this nothing is spread: what stands beside a phrase would be chance."""
NOTHING, NEAR, HIT = -3.5, 0.6, 4.0
"""The prior's log odds: without a hit, for each standard deviation of nearness, for a phrase (times the root of how many)."""
SPREAD, PRIOR = 0.5, 0.25
"""How much of what was spread, and of the prior itself, the offset has."""
CAUTION = 0.5
"""How much labelled posts must say before they are believed against the offset."""

Marks = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pipeline's first components see of some texts: grams, pieces, manner, phrase hits a label, and whether each is
    passed over."""

    grams: Grams
    pieces: "list[array[int]]"
    manner: NDArray[np.float32]
    hits: Matrix
    passed_over: Marks

    @classmethod
    def of(cls, nlp: Language, texts: Sequence[str], labels: Sequence[str]) -> "Seen":
        """Look at `texts`."""
        place = {label: column for column, label in enumerate(labels)}
        vectors = static_vectors()
        seen, its_pieces, passed_over = Grams(), [], np.zeros(len(texts), dtype=bool)
        sums = np.zeros((len(texts), PARTS), dtype=np.float32)
        hits = np.zeros((len(texts), len(labels)))
        with nlp.select_pipes(enable=["post_language", "theme_rules"]):
            for row, doc in enumerate(one_by_one(nlp, texts)):
                words = kept_words(doc)
                seen.add(words)
                sums[row] = words_manner(words)
                its_pieces.append(pieces(words, vectors) if vectors else array("i"))
                passed_over[row] = doc._.passed_over
                for slug, count in hit_counts(doc).items():
                    hits[row, place[slug]] = count
        return cls(seen, its_pieces, manner(sums), hits, passed_over)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known before a label is seen. A row of `table`, `offset` and `clues` for each labelled post, then for the posts
    without labels that a teacher read (`pool`: the rows of those that count); directions: what it makes of each row, None
    without one. meanings: of the labels, as directions; nearness: mean and spread of how near posts are, in logarithms; usual:
    how posts are usually said. The table's last columns are how each is said, which what is spread does not know."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    middle: NDArray[np.float32]
    meanings: Matrix
    nearness: Matrix
    usual: NDArray[np.float32]
    spread: Fit
    guided: Matrix
    table: Table
    offset: Matrix
    clues: tuple[Matrix, ...]
    guesses: Matrix
    """The offset of the texts that were learned from (labelled or not), from which the share of posts a theme is guessed."""
    guess_hits: Matrix
    pool: Rows
    directions: Matrix | None

    def corrected(self, truth: Matrix, known: Matrix, rows: Rows, by_telling: bool) -> Fit:
        """What labelled posts (their rows) teach beyond the offset, and what a teacher who learned from them guesses of the pool.
        known: 1 where it is known whether a post carries a label; by_telling: words that tell a theme are trusted with more."""
        wanted, counts = truth[rows], known[rows]
        if self.directions is None:
            return self._fitted(self.table, wanted, counts, rows, by_telling)
        seen = Table(self.table.words, np.hstack([self.table.vectors, self.directions]))
        taught = self._fitted(seen, wanted, counts, rows, by_telling)
        said = self.offset[self.pool] + taught.of(seen.rows(self.pool), [clue[self.pool] for clue in self.clues])
        guessed = np.broadcast_to(counts.any(axis=0), said.shape)
        everyone = np.concatenate([rows, self.pool])
        return self._fitted(self.table, np.vstack([wanted, expit(said)]), np.vstack([counts, guessed]), everyone, by_telling)

    def _fitted(self, table: Table, wanted: Matrix, counts: Matrix, rows: Rows, by_telling: bool) -> Fit:
        its, clues = table.rows(rows), [clue[rows] for clue in self.clues]
        trust = telling(its, wanted, counts) if by_telling else None
        return fit(its, wanted, self.offset[rows], clues, caution=CAUTION, weight=counts, trust=trust)

    def scores(self, learned: Fit | None, rows: Rows) -> Matrix:
        """Log odds of labelled posts (their rows)."""
        if learned is None:
            return self.offset[rows]
        return self.offset[rows] + learned.of(self.table.rows(rows), [clue[rows] for clue in self.clues])

    @property
    def silent(self) -> Matrix:
        """The log odds of each label for a post without words, before a label is seen."""
        odds: Matrix = self.guided * (SPREAD * self.spread.bias[0] + PRIOR * NOTHING)
        return odds

    def weights(self, learned: Fit | None) -> Weights:
        """Everything in one set of weights for the scorer."""
        count = len(self.labels)
        clues = learned.clues if learned else np.zeros((len(self.clues), count))
        spread = self.guided * SPREAD + clues[0] / 2
        near = self.guided * PRIOR * NEAR + clues[1]
        words, vectors = spread * self.spread.words, spread * self.spread.vectors
        bias = spread * self.spread.bias[0] + self.guided * PRIOR * NOTHING
        manners = np.zeros((KINDS, count))
        if learned:
            words, bias = words + learned.words, bias + learned.bias[0]
            vectors, manners = vectors + learned.vectors[: len(vectors)], learned.vectors[len(vectors) :]
        once = self.guided * PRIOR * HIT + clues[2] * 2
        often = self.guided * PRIOR * HIT * np.sqrt(2) + clues[2] * 2 + clues[3]
        arrays: dict[str, Any] = {
            "words": words,
            "middle": self.middle,
            "vectors": vectors,
            "meanings": self.meanings,
            "nearness": self.nearness,
            "near": near,
            "manner": manners,
            "usual": self.usual,
            "bias": bias,
            "once": once,
            "often": often,
        }
        return Weights(self.labels, self.vocabulary, **{name: array.astype(np.float32) for name, array in arrays.items()})


def ground_of(
    campaign: Campaign,
    nlp: Language,
    labels: Sequence[str],
    texts: Sequence[str],
    pool: Sequence[str],
    tell: Callable[[str], None],
    directions: Matrix | None,
) -> tuple[Ground, Matrix, Marks]:
    """What can be known of labelled `texts` and a `pool` of others without a label; and of the labelled ones their phrase hits, a
    column a label, and whether they are passed over.
    directions: what a teacher makes of `texts` and of the first of the pool."""
    tell("reading the posts to learn from")
    seen = Seen.of(nlp, [*texts, *pool], labels)
    vectors = static_vectors() if "en" in campaign.languages else None
    vocabulary = Vocabulary.of(seen.grams)
    sums = vectors.sums(seen.pieces) if vectors else np.zeros((len(seen.grams), 0), dtype=np.float32)
    size = np.linalg.norm(sums, axis=1, keepdims=True)
    said = size[:, 0] > 0
    middle = (sums[said] / size[said]).mean(axis=0) if said.any() else np.zeros(sums.shape[1], dtype=np.float32)
    rows = (vocabulary.row(seen.grams.of(post)) for post in range(len(seen.grams)))
    everyone = table_of(rows, len(vocabulary.columns), centred(sums, middle))
    meanings = _meanings(campaign, nlp, labels, vectors, middle)
    enough = len(seen.grams) >= SPREAD_FROM and bool(labels)
    clue_near, usual = _near(seen.pieces, meanings, vectors, enough)
    guided = np.array([label != NOT_THIS_DEBATE for label in labels], dtype=np.float64)
    prior = guided * (NOTHING + NEAR * clue_near + HIT * np.sqrt(np.minimum(seen.hits, 2)))
    tell("learning from posts without labels")
    if enough:
        spread = fit(everyone, expit(prior), np.zeros_like(prior))
        guessed = spread.of(everyone, ())
    else:
        spread, guessed = _nothing(everyone, len(labels)), prior * 0
    offset = guided * (SPREAD * guessed + PRIOR * prior)
    first, kept = np.arange(len(texts)), np.arange(len(texts) if directions is None else len(directions))
    usual_way = usual_manner(seen.manner)
    said_so = np.hstack([everyone.vectors[kept], compared(seen.manner[kept], usual_way)])
    clues = (guided * guessed / 2, clue_near, 2.0 * (seen.hits > 0), 1.0 * (seen.hits > 1))
    ground = Ground(
        labels=tuple(labels),
        vocabulary=vocabulary,
        middle=np.asarray(middle, dtype=np.float32),
        meanings=meanings,
        nearness=usual,
        usual=usual_way,
        spread=spread,
        guided=guided,
        table=Table(everyone.words[kept], said_so),
        offset=offset[kept],
        clues=tuple(np.asarray(clue[kept], dtype=np.float64) for clue in clues),
        guesses=offset[~seen.passed_over] if enough else offset[:0],
        guess_hits=seen.hits[~seen.passed_over] if enough else seen.hits[:0],
        pool=np.array([row for row in kept[len(texts) :] if not seen.passed_over[row]], dtype=np.int64),
        directions=directions,
    )
    return ground, seen.hits[first], seen.passed_over[first]


def _near(posts: Sequence[Sequence[int]], meanings: Matrix, vectors: StaticVectors | None, enough: bool) -> tuple[Matrix, Matrix]:
    """How near each post is to each meaning, in standard deviations from what is usual, and what is usual: mean and standard
    deviation, the latter infinite where nothing can be told, so that nearness counts as nothing."""
    usual = np.stack([np.zeros(len(meanings)), np.full(len(meanings), np.inf)])
    if vectors is None or not enough:
        return np.zeros((len(posts), len(meanings))), usual
    near = nearness(summed(posts, vectors.likeness(np.asarray(meanings, dtype=np.float32)))).astype(np.float64)
    said = np.isfinite(near).all(axis=1)
    if said.any():
        spread = near[said].std(axis=0)
        usual = np.stack([near[said].mean(axis=0), np.where(spread > 1e-6, spread, np.inf)])
    return np.nan_to_num((near - usual[0]) / usual[1]), usual


def _nothing(table: Table, labels: int) -> Fit:
    shapes = (table.words.shape[1], table.vectors.shape[1], 0, 1)
    return Fit(*(np.zeros((rows, labels)) for rows in shapes))


def _meanings(
    campaign: Campaign, nlp: Language, labels: Sequence[str], vectors: StaticVectors | None, middle: NDArray[np.float32]
) -> Matrix:
    """The direction of each label's name, meaning and phrases; nothing where there are no vectors or no words."""
    if vectors is None:
        return np.zeros((len(labels), 0))
    told = {theme.slug: (theme.name, theme.meaning, *theme.phrases) for theme in campaign.themes}
    told |= {QUESTION + question.slug: (question.text, question.answers_when) for question in campaign.questions}
    with nlp.select_pipes(enable=[]):
        found = [
            [row for text in told.get(label, ()) for row in pieces(kept_words(nlp.make_doc(readable(text))), vectors)]
            for label in labels
        ]
    return np.asarray(centred(vectors.sums(found), middle), dtype=np.float64)


def labels_for(campaign: Campaign, posts: Sequence[Gold]) -> list[str]:
    """What the scorer has scores for: the themes; the questions that enough posts answer; and NOT_THIS_DEBATE, where there are
    posts enough of both kinds."""
    slugs = sorted(theme.slug for theme in campaign.themes)
    answered = sorted(q.slug for q in campaign.questions if sum(q.slug in post.questions for post in posts) >= LEARNED_FROM)
    counts = [sum(post.relevant is kind for post in posts) for kind in (True, False)]
    return [*slugs, *(QUESTION + slug for slug in answered), *([NOT_THIS_DEBATE] if min(counts) >= JUDGED_FROM else [])]


def truth_of(posts: Sequence[Gold], labels: Sequence[str]) -> tuple[Matrix, Matrix]:
    """Whether each post (row) carries each label (column), and whether that is known."""
    truth, known = np.zeros((len(posts), len(labels))), np.ones((len(posts), len(labels)))
    for row, post in enumerate(posts):
        told = post.themes | {QUESTION + slug for slug in post.questions}
        for column, label in enumerate(labels):
            if label == NOT_THIS_DEBATE:
                known[row, column] = post.relevant is not None
                truth[row, column] = post.relevant is False
            else:
                known[row, column] = label not in post.unasked
                truth[row, column] = label in told
    return truth, known


def learnable(truth: Matrix, known: Matrix) -> Matrix:
    """`known`, without the labels that fewer than LEARNED_FROM posts carry: a theme that is new to the campaign would be taken
    for one that no post is about."""
    enough: Matrix = known * ((truth * known).sum(axis=0) >= LEARNED_FROM)
    return enough
