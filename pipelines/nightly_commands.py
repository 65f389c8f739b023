"""The commands that a campaign runs on by itself: nightly, refresh, schedule, status, alerts. cli.py adds them to its group."""

import sys
from collections.abc import Callable
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import click

from pipelines import showing
from pipelines.alerting import watched_over
from pipelines.command_line import bars, common, stopping, watched
from pipelines.ending import ending
from pipelines.running import Run, running
from pipelines.settings import Settings, age, age_text, time_of_day, zone
from tracker.times import system_clock

DEADLINE = click.option("--deadline", callback=age, help="Stop after the page in hand once this time is over, such as 6h.")


@click.command("nightly")
@DEADLINE
@common
def nightly_command(settings: Settings, deadline: timedelta | None) -> None:
    """All of it: collect, import the inbox, look at known posts again, group, read the themes, count, prune, back up."""
    from pipelines.nightly import nightly

    _run_watched("nightly", nightly, settings, deadline)


@click.command("refresh")
@DEADLINE
@common
def refresh_command(settings: Settings, deadline: timedelta | None) -> None:
    """The light part, for a day of crisis: collect, group the messages, read the themes, count."""
    from pipelines.nightly import refresh

    _run_watched("refresh", refresh, settings, deadline)


def _run_watched(name: str, recipe: Callable[[Run], None], settings: Settings, deadline: timedelta | None) -> None:
    """Run a recipe of nightly.py while it is watched from outside, say how it went, and exit with its code."""
    with watched_over(settings.campaign, settings.data_folder(), whole=name == "nightly") as night:
        stop, progress = stopping(deadline), bars(settings)
        with running(name, settings.read_campaign(), settings.data_folder(), stop=stop, progress=progress) as run:
            night.run = run
            recipe(run)
        if watched(settings):
            click.echo(showing.run_text(run.report()))
        sys.exit(ending(run.problems))


@click.command("schedule")
@click.option("--at", required=True, callback=time_of_day, help="When each night begins, HH:MM.")
@click.option("--tz", callback=zone, help="The zone of that time (default: the campaign's).")
@click.option("--every", type=click.IntRange(1), help="Refresh every so many minutes between two nights.")
@click.option("--deadline", default="6h", show_default=True, callback=age_text, help="How long a night may take.")
@common
def schedule_command(settings: Settings, at: time, tz: ZoneInfo | None, every: int | None, deadline: str) -> None:
    """Run nights without cron: one a day, made up when it was missed."""
    from pipelines.scheduling import Plan, keep_watch

    campaign, folder = settings.read_campaign(), settings.data_folder()
    plan = Plan(at, tz or ZoneInfo(campaign.timezone), timedelta(minutes=every) if every else None)
    keep_watch(plan, folder, settings.again(), deadline=deadline, tell=click.echo)


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--max-age", callback=age, help="Fail when no run ended well within this time, such as 26h.")
@click.option("--only-age", is_flag=True, help="Let the exit code say nothing but that age.")
@common
def status_command(settings: Settings, as_json: bool, max_age: timedelta | None, only_age: bool) -> None:
    """How things stand: last good run, files, gaps, the model, sizes."""
    from pipelines.status import status

    found = status(settings.data_of_a_campaign(), now=system_clock(), max_age=max_age, only_age=only_age)
    click.echo(showing.as_json(showing.status_document(found)) if as_json else showing.status_text(found))
    sys.exit(ending(found.problems))


@click.command("alerts")
@click.option("--test", is_flag=True, help="Send a trial by every channel that is set up.")
@common
def alerts_command(settings: Settings, test: bool) -> None:
    """Say what would be told to whom when something goes wrong, and which alerts stand."""
    from pipelines.alerting import alerts

    found = alerts(settings.read_campaign(), settings.data_folder(), test=test)
    click.echo("\n".join(found.lines))
    sys.exit(ending(found.problems))


COMMANDS = (nightly_command, refresh_command, schedule_command, status_command, alerts_command)
