"""The model that the night reads with: trained on the first night, and again when the campaign or the coding has changed, or
when the one in place is damaged or of another version."""

from db.learned import learned_by
from db.reading_texts import pool_of, pool_size
from pipelines.running import Run
from pipelines.train import REFUSED, labelled_posts, made_by_hand, train
from tracker.problems import Gap, UnusableModel
from tracker.records import Example
from tracker.themes import ThemeModel, load_model, model_name
from tracker.themes.model import finish_saving
from tracker.themes.training import POOL_AT_MOST
from tracker.themes.wording import same_text


def live_model(run: Run) -> ThemeModel:
    """The model under DATA/model, made anew when there is none, when it cannot be used, or when it was made from other themes or
    labels.

    A model that also learned from files given by hand (`train --labels`) is left as it is while it can be used and knows the
    themes of today: those files may be gone, so only a person can train it again. The run's log says so."""
    finish_saving(run.folder.model)
    if not run.folder.model.exists():
        return _made_again(run)
    try:
        model = load_model(run.folder.model)
    except UnusableModel as problem:
        run.say(f"{problem.what} {problem.why} It is made again.")
        if files := made_by_hand(run.store, run.store.live_model()).names():
            run.problems.append(_without(files, problem.what))
        return _made_again(run)
    by_hand = made_by_hand(run.store, model.card.name)
    if by_hand.files and model.known_themes() != {theme.slug for theme in run.campaign.themes}:
        run.problems.append(_without(by_hand.names(), "It was made for other themes than today's, so it cannot count them."))
        return _made_again(run)
    wanted = model_name(run.campaign, labelled_posts(run.campaign, run.folder))
    changed = not (by_hand.without or model.card.name).startswith(wanted)
    if changed or _outgrown(run, model):
        if by_hand.files:
            why = "the campaign changed since" if changed else "the store holds far more posts than when"
            run.say(f"{why} the model learned from {by_hand.names()}; run `train --labels` again to follow it")
        elif not run.store.settings().get(REFUSED, "").startswith(wanted):
            return _made_again(run)
        else:
            run.say("a model of the campaign as it is now was made and not put in place, since it was worse on the audit sample")
    run.store.keep_model_if_new(model.card)
    return model


POOL_OUTGROWN, POOL_AT_LEAST = 2, 500


def _outgrown(run: Run, model: ThemeModel) -> bool:
    """Whether it is worth making the model again, since it would learn from so many more posts without labels than it did.

    Those are counted as `pool_texts` takes them: copies once, and not those that the model knows with their labels."""
    enough = max(POOL_AT_LEAST, POOL_OUTGROWN * model.card.pool + 1)
    if pool_size(run.store) < enough or model.card.pool >= POOL_AT_MOST // POOL_OUTGROWN:
        return False
    learned = learned_by(run.store, run.forgotten.digest, model.card.name)
    said = {same_text(text) for text in pool_of(run.store)} - {""}
    return sum(learned is None or not learned.knows(Example(text, None)) for text in said) >= enough


def _made_again(run: Run) -> ThemeModel:
    train(run)
    return load_model(run.folder.model)


def _without(by_hand: str, why: str) -> Gap:
    return Gap(
        f"The theme model was made again without {by_hand}.",
        why=f"{why} It had learned from files given by hand, which the night does not have.",
        safe="Posts are read with a model of the campaign's own phrases, examples and codings.",
        next_step="Run `debate-tracker train` again with the same --labels files.",
    )
