"""The command `init`. cli.py adds it to its group."""

import signal
from pathlib import Path
from typing import Any

import click

from pipelines.command_line import A_PATH, at_a_terminal, common
from pipelines.settings import Settings
from pipelines.starter_files import Wanted
from tracker.problems import Interrupted


@click.command("init")
@click.argument("target", metavar="DIR", type=A_PATH)
@click.option("--name", help="What the debate is called (default: as the folder is).")
@click.option(
    "--hashtag", "hashtags", multiple=True, metavar="TAG", help="Posts with it belong to the debate (can be given again)."
)
@click.option(
    "--language", "languages", multiple=True, metavar="CODE", help="A language of the posts (default: en; can be given again)."
)
@click.option("--tz", "timezone", help="The time zone of the days that people see (default: this machine's).")
@click.option("--controller", metavar="NAME", help="The organisation that answers for the collection.")
@click.option("--contact", metavar="E-MAIL", help="Where people write to have their posts removed.")
@click.option("--own", "accounts", multiple=True, metavar="PLATFORM:HANDLE", help="An account of your own (can be given again).")
@click.option(
    "--source", "sources", multiple=True, metavar="NAME", help="Ask it: mastodon, bluesky, x, feeds (can be given again)."
)
@click.option("--server", "servers", multiple=True, metavar="HOST", help="A Mastodon server to ask (default: mastodon.social).")
@click.option("--feed", "urls", multiple=True, metavar="URL", help="The address of a feed to ask (can be given again).")
@common
def init_command(settings: Settings, target: Path, **given: Any) -> None:
    """Begin a campaign of your own in a new folder: ask what is not given, write commented files."""
    from pipelines.beginning import begin_campaign

    said = {field: (one,) if isinstance(one, str) else one for field, one in given.items() if one is not None}
    click.echo(begin_campaign(target, said, _ask if at_a_terminal() else None).text())


def _ask(wanted: Wanted, default: str, wrong: str) -> str:
    """Ask one thing on the terminal. Raises Interrupted when told to stop."""
    if wrong:
        click.echo(wrong)
    try:
        return str(click.prompt(wanted.words, default=default, show_default=bool(default)))
    except click.Abort as stopped:
        click.echo()
        problem = Interrupted(signal.SIGINT)
        problem.safe, problem.next_step = "Nothing was written.", "Run the same command again to begin anew."
        raise problem from stopped
