"""The staff pages over a small store, in both ways of signing in: with a name on this machine, and with accounts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.accounts import Account, digest_of, write_accounts
from db.folder import DataFolder
from pipelines.accounts import how_people_sign_in
from tests.coding_client import Coder, at_odds
from tests.pages_client import Pages
from tests.pages_store import NOW, build_store
from tests.test_accounts import Staff

PASSWORDS = {"ann": "four plain coder words", "lea": "four plain lead words"}


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return build_store(tmp_path / "data", posts=60)


@pytest.fixture
def pages(data: DataFolder) -> Pages:
    return Pages(data, demo_now=NOW)


@pytest.fixture
def staff(data: DataFolder) -> Iterator[Staff]:
    """The pages with accounts: Ann codes, Lea leads."""
    write_accounts(data.accounts, {n: Account(n, digest_of(p, rounds=1000), n == "lea", False) for n, p in PASSWORDS.items()})
    yield Staff(data, how_people_sign_in(data))


def lead_settling(pages: Pages) -> Coder:
    """Lea, who leads, before a post on which two coders stand half and half."""
    at_odds(pages, posts=1)
    lea = Coder(pages, "Lea")
    lea.open("/coding/settle")
    return lea
