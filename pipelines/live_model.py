"""The model that the night reads with: trained on the first night, and again when the campaign or the coding has changed."""

from pipelines.running import Run
from pipelines.train import LABEL_FILES, labelled_posts, train
from tracker.themes import ThemeModel, load_model, model_name


def live_model(run: Run) -> ThemeModel:
    """The model under DATA/model, made anew when there is none or when it was made from other themes or labels.

    A model that also learned from files given by hand (`train --labels`) is left as it is: those files may be gone, so only
    a person can train it again. The run's log says so."""
    if not run.folder.model.exists():
        train(run)
        return load_model(run.folder.model)
    model = load_model(run.folder.model)
    if model.card.name != model_name(run.campaign, labelled_posts(run)):
        by_hand = run.store.settings().get(LABEL_FILES, "[]")
        if by_hand == "[]":
            train(run)
            return load_model(run.folder.model)
        run.say(f"the campaign changed since the model learned from {by_hand}; run `train --labels` again to follow it")
    run.store.keep_model_if_new(model.card)
    return model
