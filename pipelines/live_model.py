"""The model that the night reads with: trained on the first night, and again when the campaign or the coding has changed, or
when the one in place is damaged or of another version."""

from db.reading_texts import pool_size
from pipelines.running import Run
from pipelines.train import REFUSED, WITHOUT_FILES, files_by_hand, labelled_posts, train
from tracker.problems import Gap, UnusableModel
from tracker.themes import ThemeModel, load_model, model_name
from tracker.themes.training import POOL_AT_MOST


def live_model(run: Run) -> ThemeModel:
    """The model under DATA/model, made anew when there is none, when it cannot be used, or when it was made from other themes or
    labels.

    A model that also learned from files given by hand (`train --labels`) is left as it is while it can be used: those files may
    be gone, so only a person can train it again. The run's log says so."""
    if not run.folder.model.exists():
        return _made_again(run)
    by_hand = files_by_hand(run.store)
    try:
        model = load_model(run.folder.model)
    except UnusableModel as problem:
        run.say(f"{problem.what} {problem.why} It is made again.")
        if by_hand:
            run.problems.append(_without(by_hand, problem))
        return _made_again(run)
    wanted = model_name(run.campaign, labelled_posts(run.campaign, run.folder))
    made_for = run.store.settings().get(WITHOUT_FILES, "") if by_hand else model.card.name
    if not made_for.startswith(wanted) or _outgrown(run, model):
        if by_hand:
            run.say(f"the campaign changed since the model learned from {by_hand}; run `train --labels` again to follow it")
        elif not run.store.settings().get(REFUSED, "").startswith(wanted):
            return _made_again(run)
        else:
            run.say("a model of the campaign as it is now was made and not put in place, since it was worse on the audit sample")
    run.store.keep_model_if_new(model.card)
    return model


POOL_OUTGROWN, POOL_AT_LEAST = 2, 500


def _outgrown(run: Run, model: ThemeModel) -> bool:
    """Whether there are so many more posts now than the model knew that it is worth making it again."""
    posts = pool_size(run.store)
    return posts >= POOL_AT_LEAST and posts > POOL_OUTGROWN * model.card.pool and model.card.pool < POOL_AT_MOST // POOL_OUTGROWN


def _made_again(run: Run) -> ThemeModel:
    train(run)
    return load_model(run.folder.model)


def _without(by_hand: str, problem: UnusableModel) -> Gap:
    return Gap(
        f"The theme model was made again without {by_hand}.",
        why=f"{problem.what} It had learned from files given by hand, which the night does not have.",
        safe="Posts are read with a model of the campaign's own phrases, examples and codings.",
        next_step="Run `debate-tracker train` again with the same --labels files.",
    )
