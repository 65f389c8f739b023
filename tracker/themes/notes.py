"""What a model's card says of it in words: what it knows, what it was not given, what that costs."""

from collections.abc import Iterator, Sequence

from tracker.codings import AUDIT
from tracker.contradicting import never_found
from tracker.records import NOT_THIS_DEBATE, Campaign, Example, Quality
from tracker.telling import count, per_cent
from tracker.themes.deciding import Settings
from tracker.themes.gold import TAUGHT_FROM, Gold, disagreed, is_foreign, is_read
from tracker.themes.learning import JUDGED_FROM, LEARNED_FROM, SPREAD_FROM
from tracker.themes.teaching import teacher_hash
from tracker.word_vectors import vectors_missing

THEMELESS_FROM = 0.05
"""More labelled posts without a theme are asked for below this share and below LEARNED_FROM of them: of what is found by hashtags
far more is about none."""


def notes(
    campaign: Campaign,
    labelled: Sequence[Example],
    posts: Sequence[Gold],
    settings: Settings,
    quality: Sequence[Quality],
    pool: int,
    guessed: bool,
    by_telling: bool,
) -> Iterator[str]:
    """What a reader of the model's card should know, a sentence each."""
    near = bool(settings.thresholds) and pool + len(posts) >= SPREAD_FROM
    spread = near and pool > 0
    yield _view(campaign, len(posts), near, spread)
    if few := few_themeless(len(posts), sum(not post.themes for post in posts)):
        yield few
    if by_telling:
        yield "Words that part a theme's posts from others may weigh more: that did better on labelled posts kept aside."
    if spread:
        yield f"{count(pool, 'post', 'posts')} without labels taught which words stand beside each theme's phrases."
    if guessed:
        yield "A transformer that learned from the labelled posts guessed the labels of others, and the scorer learned from both."
    elif pool and len(posts) >= TAUGHT_FROM:
        absent = "the optional teacher is not installed, which `make teacher` does"
        why = "its weights are not those that were tried" if teacher_hash() else absent
        yield f"No transformer guessed the labels of posts without ({why}): nothing is lost but about 0.005 of macro-F1."
    if missing := vectors_missing():
        yield f"Without static word vectors ({missing}): how near a post is to a theme's meaning is not looked at."
    elif "en" not in campaign.languages:
        yield "The static word vectors are of English: how near a post is to a theme's meaning is not looked at."
    elif campaign.themes and not near:
        unheard = "no phrase of a theme stands in any post that was there to learn from"
        why = f"that takes {SPREAD_FROM} posts to learn from" if pool + len(posts) < SPREAD_FROM else unheard
        yield f"Meanings are not looked at yet: {why}."
    audit = sum(example.queue == AUDIT for example in labelled)
    if audit:
        left_out = count(audit, "coding of a post drawn for the audit was", "codings of posts drawn for the audit were")
        yield f"{left_out} left out of learning."
    learned = [example for example in labelled if example.queue != AUDIT]
    if wordless := sum(example.themes is not None and not is_read(example) for example in learned):
        yield f"Labelled posts without words, which teach nothing: {wordless:,}."
    if foreign := sum(example.themes is not None and is_foreign(campaign, example) for example in learned):
        their = "the campaign's languages, as their `lang` says or else the program"
        yield f"Labelled posts left out, since they are in none of {their}: {foreign:,}."
    if differ := disagreed(campaign, learned):
        told = "of each the themes were learned that more than half of those who labelled it gave"
        yield f"Posts labelled in more than one way: {differ:,}; {told}."
    silent = [theme.name for theme in campaign.themes if not theme.phrases and theme.slug not in settings.thresholds]
    if silent:
        yield f"Never found, for want of phrases and labelled posts: {', '.join(silent)}."
    if off := [f"{phrase} ({theme.name})" for theme in campaign.themes for phrase in never_found(theme)]:
        yield f"Phrases that are never found, since a `not_when` phrase of the same theme stands in them: {', '.join(off)}."
    vague = [theme.name for theme in campaign.themes if not theme.meaning]
    if vague:
        yield f"Without a meaning, so known by phrases and labels alone: {', '.join(vague)}."
    if told := _relevance(settings, next((one for one in quality if one.theme == NOT_THIS_DEBATE), None)):
        yield told


def _relevance(settings: Settings, its: Quality | None) -> str:
    """Whether posts are judged not of this debate, and how well. its: None where there were too few labelled posts to try."""
    unjudged = "Whether a post is of this debate is not judged"
    if its is None:
        return f"{unjudged}: that needs {JUDGED_FROM} labelled posts of each kind."
    if settings.not_debate is None:
        return f"{unjudged}: of the posts that look least like it too few were labelled so."
    if its.precision is None or its.recall is None:
        return ""
    return (
        f"Posts judged not of this debate carry no theme; of those so judged {per_cent(its.precision)} were labelled so, "
        f"of those labelled so {per_cent(its.recall)} were found ({its.measured_on})."
    )


def _view(campaign: Campaign, labelled: int, near: bool, spread: bool) -> str:
    """What a post is given a theme by. near: meanings are looked at where there are vectors; spread: words of posts without
    labels were learned, too."""
    if not campaign.themes:
        return "The campaign has no themes, so no post is given one."
    meanings = near and "en" in campaign.languages and not vectors_missing()
    known = "Phrases and meanings" if meanings else "Phrases"
    if labelled >= TAUGHT_FROM:
        return f"{known}, corrected by {count(labelled, 'labelled post', 'labelled posts')}."
    beside = ", and words that stand beside them in posts without labels," if spread else ""
    few = f"{count(labelled, 'labelled post is', 'labelled posts are')} too few to learn from ({TAUGHT_FROM} are needed)"
    why = few if labelled else "there is no labelled post to learn from"
    return f"{known}{beside} decide alone: {why}."


def few_themeless(labelled: int, themeless: int) -> str:
    """What is said where so few of the labelled posts carry no theme that the model takes this for usual; "" elsewhere."""
    if labelled < TAUGHT_FROM or themeless >= max(LEARNED_FROM, THEMELESS_FROM * labelled):
        return ""
    are = f"{themeless:,} are" if themeless > 1 else "1 is" if themeless else "none is"
    return (
        f"Of the {labelled:,} labelled posts {are} without a theme, so posts about none are given one too readily: code also "
        "posts without a theme, which the queues at /coding offer among others (the random sample measures and does not teach)."
    )
