"""What posts are about: a spaCy pipeline of phrase rules and a scorer, trained, measured, kept and asked here.

train_model(campaign, labelled, pool=..., now=...) -> ThemeModel    learn and measure
ThemeModel.save(folder), load_model(folder)                         keep and load
ThemeModel.read(texts) -> Reading, one a text                       ask
evaluate_model(model, campaign, examples, ...) -> Evaluation        measure on posts that were not learned from
speed(model, texts)                                                 posts a second
compare(before, after, campaign, examples) -> Comparison            is a new model worse?
model_name(campaign, labelled)                                      what train_model calls the model of these inputs
"""

from tracker.themes.evaluating import Comparison, Evaluation, compare, evaluate_model, speed
from tracker.themes.model import ThemeModel, card_of, load_model
from tracker.themes.naming import model_name
from tracker.themes.training import train_model

__all__ = [
    "Comparison",
    "Evaluation",
    "ThemeModel",
    "card_of",
    "compare",
    "evaluate_model",
    "load_model",
    "model_name",
    "speed",
    "train_model",
]
