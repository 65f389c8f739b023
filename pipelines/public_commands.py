"""The commands that let others see the debate: publish, unpublish, serve. cli.py adds them to its group."""

import sys

import click

from pipelines.command_line import common, stopping
from pipelines.ending import ending
from pipelines.running import running, system_clock
from pipelines.settings import Settings


@click.command("publish")
@click.option("--dry-run", is_flag=True, help="Say what the public copy can show; write nothing.")
@common
def publish_command(settings: Settings, dry_run: bool) -> None:
    """Make the public copy, look it over, and hand it over to those who read it."""
    from pipelines.demo_mark import held_clock
    from pipelines.publish import look_at, publish

    campaign, folder = settings.read_campaign(), settings.data_folder()
    if dry_run:
        click.echo(look_at(campaign, folder, now=system_clock()).text())
        sys.exit(0)
    held = held_clock(folder)
    with running("publish", campaign, folder, clock=(lambda: held) if held else system_clock, stop=stopping()) as run:
        made = publish(run, by_hand=True)
    click.echo(made.text())
    sys.exit(ending(run.problems))


@click.command("unpublish")
@click.option("--reason", default="", help="A sentence for the notice that readers see.")
@common
def unpublish_command(settings: Settings, reason: str) -> None:
    """Put a notice in the place of the public copy, at once."""
    from pipelines.publish import unpublish

    click.echo(unpublish(settings.read_campaign(), settings.data_folder(), now=system_clock(), reason=reason))


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: 8001, or the next that is free).")
@common
def serve_command(settings: Settings, host: str, port: int | None) -> None:
    """Show the store in a browser, with Datasette, on this machine."""
    from pipelines.serve import serve

    campaign = settings.read_campaign()
    sys.exit(serve(campaign, settings.data_folder(), host=host, port=port or 8001, port_given=port is not None))


COMMANDS = (publish_command, unpublish_command, serve_command)
