"""The campaign as the store remembers it: themes, questions, settings, and every change of what is followed, with its date."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict

from db.store import Store
from tracker.records import Campaign, Question, Theme

FOLLOWED = ("hashtags", "links", "phrases", "languages", "own_accounts", "sources")


LocalDay = Callable[[str, str], str]
"""(UTC moment, time zone) -> the date there."""


def note_campaign(store: Store, campaign: Campaign, *, now: str, local_day: LocalDay) -> None:
    """Bring what the store remembers up to the campaign folder, in one transaction.

    A changed time zone moves every post to its new local day; changed own accounts move posts in or out of `ours`.
    """
    before = store.settings()
    after = _settings(campaign)

    def note(db: sqlite3.Connection) -> None:
        _note_settings(db, before, after, now)
        if before.get("timezone") not in (None, campaign.timezone):
            _move_days(db, campaign.timezone, local_day)
        if before.get("own_accounts") not in (None, after["own_accounts"]):
            _mark_own(db, campaign.own_accounts)
        _note_themes(db, campaign.themes, now)
        _note_questions(db, campaign.questions)

    store.transaction(note)


def _settings(campaign: Campaign) -> dict[str, str]:
    return {
        "campaign_name": campaign.name,
        "timezone": campaign.timezone,
        "paper_title": campaign.paper_title,
        "paper_url": campaign.paper_url,
        "smallest_cell": str(campaign.smallest_cell),
        **{name: json.dumps(_followed(campaign, name), ensure_ascii=False) for name in FOLLOWED},
    }


def _followed(campaign: Campaign, name: str) -> list[str]:
    return list(campaign.sources.in_words() if name == "sources" else getattr(campaign, name))


def _note_settings(db: sqlite3.Connection, before: dict[str, str], after: dict[str, str], now: str) -> None:
    for name in (*FOLLOWED, "timezone"):
        if before.get(name) != after[name] and (before or after[name] != "[]"):
            now_follows = _in_words(after[name])
            note = f"was {_in_words(before[name])}, now {now_follows}" if name in before else f"begins with {now_follows}"
            db.execute("insert into followed(changed_at, what, note) values (?, ?, ?)", [now, name, note])
    db.executemany("insert or replace into settings(name, value) values (?, ?)", after.items())


def _in_words(value: str) -> str:
    """A setting as people read it: the items of a list with commas between."""
    return (", ".join(json.loads(value)) or "nothing") if value.startswith("[") else value


def _note_questions(db: sqlite3.Connection, questions: tuple[Question, ...]) -> None:
    db.execute("delete from questions")
    db.executemany(
        "insert into questions(slug, text, answers_when, position) values (?, ?, ?, ?)",
        [(question.slug, question.text, question.answers_when, place) for place, question in enumerate(questions)],
    )


def _move_days(db: sqlite3.Connection, timezone: str, local_day: LocalDay) -> None:
    db.create_function("local_day", 2, local_day, deterministic=True)
    db.execute("insert or ignore into days_to_count select distinct day from posts")
    db.execute("update posts set day = local_day(created_at, ?)", [timezone])
    db.execute("insert or ignore into days_to_count select distinct day from posts")
    db.execute("delete from days_from_files")
    db.execute(
        "insert into days_from_files select distinct day from posts join post_origins on post_id = id where source = 'import'"
    )


def _mark_own(db: sqlite3.Connection, own_accounts: tuple[str, ...]) -> None:
    asked = json.dumps([account.casefold() for account in own_accounts])
    db.execute(
        "update authors set is_own = lower(platform || ':' || coalesce(handle, '')) in (select value from json_each(?))",
        [asked],
    )
    moved = "posts.is_own is not (select authors.is_own from authors where authors.id = posts.author_id)"
    db.execute(f"insert or ignore into days_to_count select distinct day from posts where author_id is not null and {moved}")
    db.execute(
        f"""
        update posts set is_own = (select authors.is_own from authors where authors.id = posts.author_id)
        where author_id is not null and {moved}
        """
    )


def _note_themes(db: sqlite3.Connection, themes: tuple[Theme, ...], now: str) -> None:
    """Themes that left the campaign are retired, not deleted: old counts keep their meaning."""
    db.executemany(
        """
        insert into themes(slug, name, meaning, group_name, dimension, position) values (?, ?, ?, ?, ?, ?)
        on conflict (slug) do update set name = excluded.name, meaning = excluded.meaning, group_name = excluded.group_name,
            dimension = excluded.dimension, position = excluded.position, retired_at = null
        """,
        [(t.slug, t.name, t.meaning, t.group, t.dimension, place) for place, t in enumerate(themes)],
    )
    db.execute(
        "update themes set retired_at = ? where retired_at is null and slug not in (select value from json_each(?))",
        [now, json.dumps([theme.slug for theme in themes])],
    )
    for theme in themes:
        definition = json.dumps(asdict(theme), ensure_ascii=False, sort_keys=True)
        latest = db.execute(
            "select definition from theme_versions where theme = ? order by id desc limit 1", [theme.slug]
        ).fetchone()
        if latest is None or latest[0] != definition:
            db.execute(
                "insert into theme_versions(theme, changed_at, definition) values (?, ?, ?)",
                [theme.slug, now, definition],
            )
