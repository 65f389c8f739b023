"""The commands that take data out: export, snapshot, copies. cli.py adds them to its group."""

from pathlib import Path

import click

from pipelines.command_line import A_PATH, bars, common, stopping
from pipelines.settings import Settings
from tracker.times import system_clock

HOLDER = click.option("--holder", default="", help="Who will have it, so that they can be told when someone is forgotten.")
BY = click.option("--by", default="local", help="Who does this, for the audit.")


@click.command("export")
@click.argument("target", metavar="DIR", type=A_PATH)
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl", "parquet", "xlsx"]), default="csv", show_default=True, help="Its form."
)
@HOLDER
@BY
@common
def export_command(settings: Settings, target: Path, form: str, holder: str, by: str) -> None:
    """Write posts with their themes, counts, errors and coverage to a new folder, for one person."""
    from pipelines.export import Wanted, export

    wanted, stop = Wanted(target, form, holder, by), stopping()
    folder, now = settings.data_folder(), system_clock()
    click.echo(export(settings.read_campaign(), folder, wanted, now=now, stop=stop, progress=bars(settings)).text())


@click.command("snapshot")
@click.option("--ids", is_flag=True, help="With ids of posts, without themes, of platforms whose terms allow that.")
@click.option("--erratum", metavar="TEXT", help="Make none; enter what is wrong in one that was handed out.")
@click.option("--concerns", default="", metavar="VERSION", help="With --erratum: which version is wrong (else: all).")
@HOLDER
@BY
@common
def snapshot_command(settings: Settings, ids: bool, erratum: str | None, concerns: str, holder: str, by: str) -> None:
    """Make a dated bundle of the public numbers, to cite and hand out; or enter an erratum."""
    from pipelines.snapshot import Asked, add_erratum, snapshot

    campaign, folder, now = settings.read_campaign(), settings.data_folder(), system_clock()
    if erratum is not None:
        click.echo(add_erratum(campaign, folder, erratum, concerns=concerns, by=by, now=now))
        return
    if concerns:
        raise click.UsageError("--concerns goes with --erratum.")
    click.echo(snapshot(campaign, folder, Asked(ids, holder, by, now)).text())


@click.command("copies")
@click.option("--deleted", type=int, metavar="NUMBER", help="Note that the holder of this copy has deleted it.")
@BY
@common
def copies_command(settings: Settings, deleted: int | None, by: str) -> None:
    """List the exports and snapshots that were handed out, and who has them."""
    from pipelines.copies_out import note_deleted, told_copies

    folder, now = settings.data_of_a_campaign(), system_clock()
    click.echo(told_copies(folder, now=now) if deleted is None else note_deleted(folder, deleted, by=by, now=now))


COMMANDS = (export_command, snapshot_command, copies_command)
