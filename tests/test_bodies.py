"""What is sent to the pages is bounded while it comes, signed in or not; a file goes to the disk."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from db.accounts import Account, digest_of, write_accounts
from db.folder import DataFolder
from tests.coding_client import Form
from tests.pages_store import build_store
from tests.serving import campaign_on_disk, served

WORDS = "four plain coder words"
A_FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    data = build_store(tmp_path_factory.mktemp("bodies") / "data", posts=12)
    write_accounts(data.accounts, {"carl": Account("carl", digest_of(WORDS, rounds=1000), lead=False)})
    return data


@pytest.fixture(scope="module")
def site(data: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(data, campaign=campaign_on_disk(tmp_path_factory.mktemp("campaign"))) as address:
        yield address


@pytest.fixture
def carl(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, timeout=60) as client:
        form = dict(Form(client.get("/-/login").text, "/-/login").fields)
        assert client.post("/-/login", data={**form, "username": "carl", "password": WORDS}).status_code == 302
        yield client


def megabytes(first: bytes, number: int) -> Iterator[bytes]:
    yield first
    for _ in range(number):
        yield b"a" * 1_000_000


@pytest.mark.parametrize("path", ["/-/login", "/coding/post", "/add", "/"])
def test_what_nobody_signed_in_for_is_not_taken_into_memory(site: str, path: str) -> None:
    answer = httpx.post(f"{site}{path}", content=megabytes(b"username=", 3), headers=A_FORM, timeout=60)
    assert (answer.status_code, "more than a form of these pages holds" in answer.text) == (413, True)
    assert httpx.post(f"{site}{path}", content=megabytes(b"username=", 0), headers=A_FORM, timeout=60).status_code == 403


def test_nor_is_what_a_colleague_sends_beside_a_file(carl: httpx.Client, data: DataFolder) -> None:
    assert carl.post("/coding/post", content=megabytes(b"note=", 3), headers=A_FORM).status_code == 413
    field = b'--x\r\ncontent-disposition: form-data; name="other"\r\n\r\n'
    for kind, first in ((A_FORM, b"other="), ({"content-type": "multipart/form-data; boundary=x"}, field)):
        answer = carl.post("/add", content=megabytes(first, 3), headers=kind)
        assert (answer.status_code, "That was not a file." in answer.text) == (422, True)
    assert list((data.inbox / ".arriving").iterdir()) == []


def test_a_file_of_any_size_goes_to_the_disk(carl: httpx.Client, tmp_path: Path) -> None:
    token = dict(Form(carl.get("/add").text, "/add").fields)["csrftoken"]
    (tmp_path / "large.txt").write_bytes(b"no table at all\n" * 300_000)
    with (tmp_path / "large.txt").open("rb") as file:
        answer = carl.post("/add", data={"csrftoken": token}, files={"file": ("large.txt", file)})
    assert answer.status_code == 422 and "large.txt" in answer.text and "That was not a file." not in answer.text
