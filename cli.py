"""`debate-tracker`: each command parses, calls one function of pipelines/, prints, and ends with a code of docs/commands.md."""

import sys
from pathlib import Path
from typing import Any

import click

from pipelines import nightly_commands, out_commands, public_commands, showing, showing_model
from pipelines.bulk_command import bulk_command
from pipelines.command_line import A_PATH, COMMON, bars, common, keep_streams, refuse_gone_folder, stopping, watched
from pipelines.ending import ending
from pipelines.init_command import init_command
from pipelines.running import running
from pipelines.settings import Settings, dollars, moment
from tracker.problems import Problem
from tracker.times import system_clock


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="debate-tracker")
@click.pass_context
def tracker(context: click.Context, /, **values: Any) -> None:
    """Follow a public debate: read posts, find their themes, show them with Datasette."""
    context.obj = values


for _option in reversed(COMMON):
    tracker = _option(tracker)


@tracker.command("demo")
@click.option("--no-serve", is_flag=True, help="Only make the demo; do not show it.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to show it on (default: 8001, or the next that is free).")
@common
def demo_command(settings: Settings, no_serve: bool, port: int | None) -> None:
    """Make the debate from the campaign's invented sample, and show it."""
    from pipelines.demo import demo
    from pipelines.serve import serve

    made = demo(settings.read_campaign(), settings.demo_folder(), stop=stopping(), progress=bars(settings))
    click.echo(showing.demo_text(made))
    problems = made.report.problems if made.report else ()
    code = ending(problems)
    if code == 0 and not no_serve:
        code = serve(settings.read_campaign(), made.folder, host="127.0.0.1", port=port or 8001, port_given=port is not None)
    sys.exit(code)


@tracker.command("check")
@click.option("--governance", is_flag=True, help="Say who answers for the data, and fill the papers that this takes.")
@click.option("--to", "target", type=A_PATH, help="The folder for the papers of --governance.")
@click.option("--handover", "for_successor", is_flag=True, help="Say what whoever takes the campaign over has to know.")
@common
def check_command(settings: Settings, governance: bool, target: Path | None, for_successor: bool) -> None:
    """Look the campaign and its data over; say what is missing and what will fail tonight."""
    from pipelines.check import check
    from pipelines.governance import look_over, write_papers

    if target and not governance:
        raise click.UsageError("--to goes with --governance.")
    if governance and for_successor:
        raise click.UsageError("Say --governance or --handover, not both.")
    if for_successor:
        from pipelines.handover import handover

        click.echo(handover(settings.campaign, settings.data_folder(), now=system_clock()).text())
        sys.exit(0)
    if governance:
        found = look_over(settings.campaign, settings.data_folder(), now=system_clock())
        written = write_papers(found.papers, target) if target else []
        click.echo("\n".join([found.report.text(), *map(str, written)]) if target else found.text())
        sys.exit(found.report.exit_code)
    report = check(settings.campaign, settings.data_folder().root, now=system_clock())
    click.echo(report.text())
    sys.exit(report.exit_code)


@tracker.command("import")
@click.argument("paths", nargs=-1, required=True, type=A_PATH)
@click.option("--format", "format_slug", help="Read the files as this format instead of recognising it.")
@click.option("--dry-run", is_flag=True, help="Say what would be imported; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@common
def import_command(settings: Settings, paths: tuple[Path, ...], format_slug: str | None, dry_run: bool, as_json: bool) -> None:
    """Read export files, archives, folders, or standard input (-)."""
    from pipelines.import_exports import import_exports
    from pipelines.messages import group_messages
    from pipelines.preview import preview
    from pipelines.standard_input import named_paths
    from pipelines.summarise import summarise

    campaign, folder = settings.read_campaign(), settings.data_folder()
    with named_paths(paths) as named:
        if dry_run:
            seen = preview(campaign, folder, named, format_slug=format_slug, progress=bars(settings))
            files, tables, problems = seen.files, seen.tables, seen.problems
        else:
            with running("import", campaign, folder, stop=stopping(), progress=bars(settings)) as run:
                with run.step("import"):
                    import_exports(run, named, format_slug=format_slug)
                with run.step("messages"):
                    group_messages(run)
                with run.step("count"):
                    summarise(run)
            files, tables, problems = run.files, [], run.problems
    if as_json:
        click.echo(showing.files_json(files, problems, tables))
    elif dry_run or watched(settings):
        click.echo("\n\n".join(filter(None, (showing.files_text(files), showing.tables_text(tables)))))
    sys.exit(ending(problems))


@tracker.command("collect")
@click.option("--source", "names", multiple=True, help="Ask only this source (can be given again): mastodon, bluesky, x, feeds.")
@click.option("--since", callback=moment, help="Ask again from this day or moment on (UTC), such as 2026-10-05.")
@click.option("--until", callback=moment, help="Ask again up to this day or moment (UTC).")
@click.option("--dry-run", is_flag=True, help="Say what would be asked, where and at what cost; ask and write nothing.")
@click.option("--max-cost", type=float, callback=dollars, help="US dollars that this run may spend at most.")
@common
def collect_command(
    settings: Settings, names: tuple[str, ...], since: str | None, until: str | None, dry_run: bool, max_cost: float | None
) -> None:
    """Ask the public APIs for what is new."""
    from pipelines.collect import collect_and_count
    from pipelines.credentials import Credentials
    from pipelines.planning import by_hand_lines, plan, plan_text
    from pipelines.spending import spend_lines

    campaign = settings.read_campaign()
    if dry_run:
        spend = spend_lines(campaign, settings.data_folder(), now=system_clock())
        more = (*spend, *by_hand_lines(since, until, max_cost))
        click.echo(plan_text(plan(campaign, Credentials(), names), campaign, more))
        sys.exit(0)
    with running("collect", campaign, settings.data_folder(), stop=stopping(), progress=bars(settings)) as run:
        collect_and_count(run, names, since=since, until=until, max_cost=max_cost)
    if watched(settings):
        click.echo(showing.run_text(run.report()))
    sys.exit(ending(run.problems))


@tracker.command("train")
@click.option("--labels", multiple=True, type=A_PATH, help="A file of labelled posts to learn from too.")
@click.option("--pool", type=A_PATH, help="A file of posts whose labels are ignored (default: the store's own).")
@click.option("--anyway", is_flag=True, help="Put the new model in place even where it is worse on the audit sample.")
@common
def train_command(settings: Settings, labels: tuple[Path, ...], pool: Path | None, anyway: bool) -> None:
    """Build the theme model from phrases and meanings, from what people coded, and from posts without labels."""
    from pipelines.train import train

    with running("train", settings.read_campaign(), settings.data_folder(), stop=stopping(), progress=bars(settings)) as run:
        made = train(run, labels=labels, pool=pool, anyway=anyway)
    click.echo(showing_model.trained_text(made))
    sys.exit(ending(run.problems))


@tracker.command("evaluate")
@click.option("--labels", type=A_PATH, help="A file of labelled posts (default: the audit sample).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@common
def evaluate_command(settings: Settings, labels: Path | None, as_json: bool) -> None:
    """Measure the live model on posts that it has not learned from."""
    from pipelines.evaluate import evaluate

    found = evaluate(settings.read_campaign(), settings.data_folder(), labels)
    click.echo(showing.as_json(showing_model.evaluation_document(found)) if as_json else showing_model.evaluation_text(found))


@tracker.command("labels")
@click.option("--bring-in", multiple=True, type=A_PATH, help="Add the labels of this file (JSONL).")
@click.option("--take-out", type=A_PATH, help="Write the labels to this file (JSONL).")
@click.option("--validation", type=A_PATH, help="Write labels beside the program's scores to this file (CSV).")
@click.option("--begin-anew", is_flag=True, help="Go on without what people coded, where labels.db is lost.")
@common
def labels_command(
    settings: Settings, bring_in: tuple[Path, ...], take_out: Path | None, validation: Path | None, begin_anew: bool
) -> None:
    """Bring people's labels in from a file, or take them out into one."""
    from pipelines.labelling import begin_labels_anew
    from pipelines.labelling import bring_in as bring
    from pipelines.labelling import take_out as take

    if not bring_in and take_out is None and validation is None and not begin_anew:
        raise click.UsageError("Say --bring-in FILE, --take-out FILE, --validation FILE, --begin-anew or several of them.")
    campaign, folder = settings.read_campaign(), settings.data_folder()
    if begin_anew:
        click.echo(begin_labels_anew(folder))
    for report in bring(campaign, folder, bring_in, now=system_clock()) if bring_in else []:
        click.echo(report.text())
    if take_out is not None:
        click.echo(take(folder, take_out))
    if validation is not None:
        from pipelines.validating import validate

        click.echo(validate(campaign, folder, validation, stop=stopping()))


@tracker.command("classify")
@click.option("--again", is_flag=True, help="Read every post again.")
@common
def classify_command(settings: Settings, again: bool) -> None:
    """Read the posts that the live model has not read."""
    from pipelines.nightly import read_themes

    with running("classify", settings.read_campaign(), settings.data_folder(), stop=stopping(), progress=bars(settings)) as run:
        read_themes(run, again=again)
    if watched(settings):
        click.echo(showing.run_text(run.report()))
    sys.exit(ending(run.problems))


@tracker.command("briefing")
@click.option("--week", help="The week, such as 2026-W45 (default: the last whole one).")
@click.option("--format", "form", type=click.Choice(["md", "html", "eml"]), default="md", show_default=True, help="Its form.")
@common
def briefing_command(settings: Settings, week: str | None, form: str) -> None:
    """The week, for the director: what to decide, themes with their error, what is asked of us, what was missed."""
    from pipelines.briefing import briefing

    click.echo(briefing(settings.read_campaign(), settings.data_folder(), week, form, now=system_clock()), nl=False)


@tracker.command("backup")
@common
def backup_command(settings: Settings) -> None:
    """Keep a checked copy of the data in DATA/backups."""
    from pipelines.backup import back_up

    with running("backup", settings.read_campaign(), settings.data_folder(), stop=stopping(), progress=bars(settings)) as run:
        made = back_up(run)
    click.echo(f"{made.path.parent / made.sentence()}")
    sys.exit(ending(run.problems))


@tracker.command("restore")
@click.argument("file", type=A_PATH)
@click.option("--check", "only_check", is_flag=True, help="Only try whether the backup could be restored; change nothing.")
@click.option("--identity", type=A_PATH, help="The file with the age identity, for an encrypted backup.")
@click.option("--forgotten-lost", is_flag=True, help="Restore although the list of the forgotten was lost.")
@common
def restore_command(settings: Settings, file: Path, only_check: bool, identity: Path | None, forgotten_lost: bool) -> None:
    """Put a backup in the place of the data, or try whether it could be."""
    from pipelines.restore import restore_backup, try_backup

    if only_check:
        found = try_backup(file, identity_file=identity)
    else:
        found = restore_backup(
            settings.read_campaign(), settings.data_folder(), file, identity_file=identity, forgotten_lost=forgotten_lost
        )
    click.echo(found.text())
    sys.exit(ending(found.problems()))


@tracker.command("recheck")
@click.option("--source", "names", multiple=True, help="Look at posts of this source only (can be given again).")
@common
def recheck_command(settings: Settings, names: tuple[str, ...]) -> None:
    """Ask the platforms what became of known posts: deleted, private, suspended, edited, opted out."""
    from pipelines.recheck import recheck_and_count

    with running("recheck", settings.read_campaign(), settings.data_folder(), stop=stopping(), progress=bars(settings)) as run:
        recheck_and_count(run, names)
    if watched(settings):
        click.echo(showing.run_text(run.report()))
    sys.exit(ending(run.problems))


@tracker.command("prune")
@common
def prune_command(settings: Settings) -> None:
    """Let go of what was kept for as long as the campaign says."""
    from pipelines.prune import prune

    with running("prune", settings.read_campaign(), settings.data_folder(), stop=stopping(), progress=bars(settings)) as run:
        pruned = prune(run)
    if watched(settings):
        click.echo(pruned.sentence())
    sys.exit(ending(run.problems))


@tracker.command("forget")
@click.option("--handle", "handles", multiple=True, metavar="PLATFORM:HANDLE", help="A person by their handle, such as x:ann.")
@click.option("--url", "urls", multiple=True, metavar="URL", help="A person by their profile, or one post by its own.")
@click.option("--id", "ids", multiple=True, metavar="PLATFORM:ID", help="An account or a post by the platform's own id.")
@click.option("--from", "listed", type=A_PATH, help="A file of all these, one a line (- for standard input).")
@click.option("--withdrawals", type=A_PATH, help="Write what holders of copies have to delete to this file.")
@click.option("--by", default="local", help="Who answers the request, for the audit.")
@click.option("--dry-run", is_flag=True, help="Say what would be forgotten; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@common
def forget_command(settings: Settings, listed: Path | None, dry_run: bool, as_json: bool, **named: Any) -> None:
    """Delete all of a person, or a post, for good, everywhere; it is not collected or imported again."""
    from pipelines.forget import forget, lines_of, look_for, wishes_of

    wishes = wishes_of(named["handles"], named["urls"], named["ids"], lines_of(listed))
    campaign, folder = settings.read_campaign(), settings.data_folder()
    if dry_run:
        report = look_for(folder, wishes)
    else:
        with running("forget", campaign, folder, stop=stopping(), progress=bars(settings)) as run:
            report = forget(run, wishes, by=named["by"], withdrawals=named["withdrawals"])
    click.echo(showing.as_json(report.document()) if as_json else report.text())


for _command in (*nightly_commands.COMMANDS, *public_commands.COMMANDS, *out_commands.COMMANDS, bulk_command, init_command):
    tracker.add_command(_command)


def main() -> None:
    """Run a command; a Problem becomes its message and its exit code."""
    keep_streams()
    try:
        refuse_gone_folder()
        tracker(prog_name="debate-tracker")
    except Problem as problem:
        sys.exit(ending([problem]))
    except OSError as error:
        sys.exit(ending([error]))


if __name__ == "__main__":
    main()
