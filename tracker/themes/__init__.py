"""What posts are about: a spaCy pipeline of phrase rules and a classifier, trained, measured, kept and asked here.

train_model(campaign, labelled, now=...) -> ThemeModel    learn and measure
ThemeModel.save(folder), load_model(folder)               keep and load
ThemeModel.read(texts) -> Reading, one a text             ask
model_name(campaign, labelled)                            what train_model would call the model of these inputs
"""

from tracker.themes.model import ThemeModel, load_model
from tracker.themes.naming import model_name
from tracker.themes.training import train_model

__all__ = ["ThemeModel", "load_model", "model_name", "train_model"]
