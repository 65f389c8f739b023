"""The night, as a comms person could read it aloud: collect, import the inbox, look at known posts again, group messages, read
the themes, take over what people coded, count, see what moves, delete what is too old or was deleted, publish, back up.

Each step's failure is written down and the next step still runs; a full disk ends the night.
"""

from pipelines.backup import back_up
from pipelines.classify import classify
from pipelines.collect import collect
from pipelines.inbox import import_inbox
from pipelines.live_model import live_model
from pipelines.messages import group_messages
from pipelines.prune import prune
from pipelines.publish import publish_nightly
from pipelines.recheck import recheck
from pipelines.running import Run
from pipelines.summarise import summarise
from pipelines.verdicts import carry_verdicts
from pipelines.watching import watch
from tracker.telling import count
from tracker.themes import ThemeModel


def nightly(run: Run) -> None:
    """Do the whole night's work on an open run."""
    with run.step("collect") as notes:
        notes.append(collect(run))
    with run.step("import") as notes:
        notes.append(import_inbox(run))
    with run.step("recheck") as notes:
        notes.append(recheck(run).sentence())
    with run.step("messages") as notes:
        notes.append(f"{count(group_messages(run), 'post', 'posts')} put with others that are the same message")
    read_themes(run)
    with run.step("prune") as notes:
        notes.append(prune(run).sentence())
    with run.step("publish") as notes:
        notes.append(publish_nightly(run))
    with run.step("backup") as notes:
        notes.append(back_up(run).sentence())


def refresh(run: Run) -> None:
    """The light part, between two nights: collect, read the themes, count."""
    with run.step("collect") as notes:
        notes.append(collect(run))
    with run.step("messages") as notes:
        notes.append(f"{count(group_messages(run), 'post', 'posts')} put with others that are the same message")
    read_themes(run)


def read_themes(run: Run, *, again: bool = False) -> None:
    """Read the themes of the posts that the live model has not read (`again`: of all), let people's verdicts take
    their place, and count what changed."""
    model: ThemeModel | None = None
    with run.step("themes") as notes:
        model = live_model(run)
        report = classify(run, model, again=again)
        notes.append(report.sentence())
    with run.step("verdicts") as notes:
        notes.append(carry_verdicts(run))
    with run.step("count") as notes:
        notes.append(f"{count(summarise(run), 'week', 'weeks')} counted again")
    if model is not None:
        with run.step("watch") as notes:
            notes.append(watch(run, model))
