"""The commands that let others see the debate: publish, unpublish, serve. cli.py adds them to its group."""

import sys

import click

from pipelines.command_line import common, stopping
from pipelines.ending import ending
from pipelines.running import running
from pipelines.settings import Settings
from tracker.times import system_clock


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
@click.option("--public", is_flag=True, help="Show the public copy in place of the store.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: 8001, --public 8002, or the next that is free).")
@common
def serve_command(settings: Settings, public: bool, host: str, port: int | None) -> None:
    """Show the store in a browser, with Datasette: to staff, or its public copy to anyone."""
    from pipelines.serve import serve, serve_public

    show, usual = (serve_public, 8002) if public else (serve, 8001)
    campaign, folder = settings.read_campaign(), settings.data_folder()
    sys.exit(show(campaign, folder, host=host, port=port or usual, port_given=port is not None))


@click.command("account")
@click.argument("action", type=click.Choice(["add", "remove", "list"]))
@click.argument("name", required=False)
@click.option("--lead", is_flag=True, help="With add: they may ask in SQL, see what each coder said, and forget people.")
@click.option("--researcher", is_flag=True, help="With add: they may ask in SQL, and so see the tables of labels, too.")
@common
def account_command(settings: Settings, action: str, name: str | None, lead: bool, researcher: bool) -> None:
    """Say who may sign in to the staff pages. `add` asks for the password, or reads it from standard input."""
    from pipelines.accounts import add_account, list_accounts, remove_account

    folder = settings.data_of_a_campaign()
    if action == "list":
        click.echo(list_accounts(folder))
    elif name is None:
        raise click.UsageError(f"Say whom: debate-tracker account {action} NAME")
    elif action == "remove":
        click.echo(remove_account(folder, name, now=system_clock()))
    else:
        password = (
            click.prompt("Password", hide_input=True, confirmation_prompt=True)
            if sys.stdin.isatty()
            else sys.stdin.readline().rstrip("\r\n")
        )
        click.echo(add_account(folder, name, password, lead=lead, researcher=researcher, now=system_clock()))


COMMANDS = (publish_command, unpublish_command, serve_command, account_command)
