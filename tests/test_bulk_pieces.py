"""What `bulk` is put together from: parts of files, where posts wait for the next step, and the cluster that does the work."""

import socket
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from db.post_shelves import BITS, is_among, numbers_in, read_all, read_by_number, read_days, write_by_day, write_by_number
from pipelines.bulk import days_at_once
from pipelines.bulk_cluster import crew
from pipelines.bulk_joining import asking, refuse_other_files, refuse_other_versions, refuse_without_program
from tests import invented
from tracker.exports import by_slug
from tracker.exports.cutting import cuts_of, rows_of_cut
from tracker.problems import IncompleteRun, UsageProblem
from tracker.records import Found


def test_rows_are_found_again_by_number_and_by_day(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).integers(0, BITS - 1, 2500, dtype=np.uint64, endpoint=True)
    days = [f"2026-10-{1 + n % 20:02d}" for n in range(len(numbers))]
    table = pa.table({"h": pa.array(numbers.tolist(), type=pa.uint64()), "day": days})
    write_by_number(tmp_path / "n.arrow", table.schema, (table.slice(first, 400) for first in range(0, 2500, 400)))
    assert sorted(numbers_in(tmp_path / "n.arrow").tolist()) == sorted(numbers.tolist())
    for begin, end in ((0, BITS), (BITS // 4, BITS // 2), (123, BITS // 3), (BITS - 5, BITS)):
        found = read_by_number(tmp_path / "n.arrow", begin, end)["h"].to_pylist()
        assert sorted(found) == sorted(n for n in numbers.tolist() if begin <= n < end)
    for others in (np.sort(numbers[::3]), np.array([BITS - 1], dtype=np.uint64), numbers[:0]):
        assert is_among(numbers, others).tolist() == np.isin(numbers, others).tolist()
    write_by_day(tmp_path / "d.arrow", table.sort_by("day"))
    assert set(read_days(tmp_path / "d.arrow", "2026-10-05", "2026-10-06")["day"].to_pylist()) == {"2026-10-05", "2026-10-06"}
    write_by_number(tmp_path / "e.arrow", table.schema, [])
    assert read_by_number(tmp_path / "e.arrow", 0, BITS).num_rows == len(read_all(tmp_path / "e.arrow")) == 0


def test_days_of_many_posts_are_put_together_in_smaller_numbers() -> None:
    assert [days_at_once(posts, 730, 50_000) for posts in (0, 1000, 2_000_000, 10_000_000, 100_000_000)] == [7, 7, 7, 3, 1]


# ---- the cluster --------------------------------------------------------------------------------------------------------------


def test_no_cluster_at_an_address_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageProblem, match="No Dask cluster answers"), crew(address, None, tmp_path, wait=0.3):
            pass


def test_a_cluster_in_which_nobody_works_any_more_ends_the_run_in_words(tmp_path: Path) -> None:
    with crew(None, 0, tmp_path, alone=0.3) as hands, pytest.raises(IncompleteRun, match="no process that works") as refused:
        list(hands.each(len, [("a",)], check=lambda: None))
    assert "for 0.3 seconds no worker was there" in refused.value.why


def test_a_cluster_that_cannot_do_the_work_is_refused_in_words(tmp_path: Path) -> None:
    def versions(python: str, dask: str | None) -> dict[str, Any]:
        return {"host": {"python": f"{python}.7.final.0"}, "packages": {"dask": dask}}

    here = versions("3.11", "2026.8.0")
    refuse_other_versions("tcp://there:1", here, {"the scheduler": here, "tcp://there:2": here})
    with pytest.raises(UsageProblem, match="other versions") as refused:
        refuse_other_versions("tcp://there:1", here, {"the scheduler": here, "tcp://there:2": versions("3.12", None)})
    assert refused.value.why == "The process tcp://there:2 has Python 3.12 (here 3.11), dask missing (here 2026.8.0)."

    token = tmp_path / "bulk" / "joining"
    token.parent.mkdir()
    token.write_text("as it is")
    sees = asking(str(token), [str(tmp_path), str(tmp_path / "gone.jsonl")])()
    assert (sees["token"], sees["missing"], sees["writes"]) == ("as it is", [str(tmp_path / "gone.jsonl")], True)
    refuse_without_program("tcp://there:1", "the scheduler", sees)
    with pytest.raises(UsageProblem, match="does not see the same files") as refused:
        refuse_other_files("tcp://there:1", "tcp://there:2", sees, "as it is", tmp_path)
    assert "gone.jsonl" in refused.value.why
    with pytest.raises(UsageProblem, match="as it is here") as refused:
        refuse_without_program("tcp://there:1", "the scheduler", {**sees, "program": "", "error": "No module named 'pipelines'"})
    assert refused.value.why == "The scheduler does not find it (No module named 'pipelines')."


@pytest.mark.parametrize("part_bytes", [700, 3000, 10**9])
def test_the_parts_of_a_file_have_its_rows_with_their_lines(tmp_path: Path, part_bytes: int) -> None:
    file = invented.twarc2_file(tmp_path / "a.jsonl", range(30), size=3)
    with file.open("a") as more:
        more.write('\n{"no": "post"}\n{"data": [{"id": "1", "te')
    twarc2 = by_slug("twarc2")
    with file.open("rb") as stream:
        whole = list(twarc2.read(stream, lambda name: None))
    _, cuts = cuts_of(file, part_bytes)
    assert cuts[0].begin == 0 and cuts[-1].end == file.stat().st_size and all(a.end == b.begin for a, b in pairwise(cuts))
    assert [row for cut in cuts for row in rows_of_cut(file, cut, twarc2)] == whole
    assert isinstance(whole[0], Found) and whole[-1].line == 13
