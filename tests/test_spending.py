"""The ledger of paid calls: entered before they are made, at their most; no cap is passed, whatever happens in between."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.runs import begin_run
from db.spending import Ledger, spent
from db.store import Store
from pipelines.spending import spend_lines
from tracker.problems import BudgetStop
from tracker.records import Campaign
from tracker.source_settings import Sources, XSettings

NOW = "2026-11-30T23:59:59Z"
NEXT_MONTH = "2026-12-01T00:00:00Z"


def ledger(store: Store, run: int, *, cap_run: float = 5.0, cap_month: float = 50.0, now: str = NOW) -> Ledger:
    return Ledger(store, run, "x", cap_run=cap_run, cap_month=cap_month, clock=lambda: now)


def a_run(store: Store) -> int:
    return begin_run(store, "collect", now=NOW, version="1")


def entries(store: Store) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in store.rows("select what, units, usd, most_usd, settled_at from spend order by id")]


def test_a_call_stands_at_its_most_until_it_is_settled(folder: DataFolder) -> None:
    store = Store.open(folder)
    book = ledger(store, a_run(store))
    entry = book.before("recent search", 100, 2.5)
    assert entries(store) == [("recent search", 100, 2.5, 2.5, None)]
    assert book.left() == pytest.approx(2.5)
    book.settle(entry, 3, 0.045)
    assert entries(store) == [("recent search", 3, 0.045, 2.5, NOW)]
    assert book.left() == pytest.approx(4.955)


def test_what_came_to_more_than_was_thought_is_entered_as_it_is(folder: DataFolder) -> None:
    store = Store.open(folder)
    book = ledger(store, a_run(store), cap_run=1.0)
    book.settle(book.before("recent search", 10, 0.25), 80, 2.0)
    assert book.left() == 0.0
    with pytest.raises(BudgetStop):
        book.before("recent counts", 1, 0.005)


def test_the_cap_of_a_run_stops_before_it_is_passed_and_enters_nothing(folder: DataFolder) -> None:
    store = Store.open(folder)
    book = ledger(store, a_run(store), cap_run=0.02)
    for _ in range(4):
        book.before("recent counts", 1, 0.005)
    with pytest.raises(BudgetStop) as stop:
        book.before("recent counts", 1, 0.005)
    assert len(entries(store)) == 4
    assert stop.value.status == "budget-stop"
    assert stop.value.exit_code == 3
    assert "max_cost_run" in str(stop.value) and "$0.02 for the run" in str(stop.value)
    another = ledger(store, a_run(store), cap_run=0.02)
    another.before("recent counts", 1, 0.005)


def test_the_cap_of_a_month_holds_over_its_runs_and_ends_with_it_in_utc(folder: DataFolder) -> None:
    store = Store.open(folder)
    for _ in range(3):
        book = ledger(store, a_run(store), cap_run=1.0, cap_month=2.5)
        book.settle(book.before("recent search", 10, 0.8), 10, 0.8)
    with pytest.raises(BudgetStop, match=r"month 2026-11.*max_cost_month"):
        ledger(store, a_run(store), cap_run=1.0, cap_month=2.5).before("recent search", 10, 0.8)
    ledger(store, a_run(store), cap_run=1.0, cap_month=2.5, now=NEXT_MONTH).before("recent search", 10, 0.8)
    assert spent(store, "x", now=NOW).month == pytest.approx(2.4)
    assert spent(store, "x", now=NEXT_MONTH).month == pytest.approx(0.8)


@pytest.mark.parametrize("full_archive", [False, True])
def test_what_is_left_is_held_against_the_count_that_comes_before_a_page(folder: DataFolder, full_archive: bool) -> None:
    store = Store.open(folder)
    ledger(store, a_run(store)).before("recent search", 10, 1.0)
    store.close()
    campaign = Campaign("c", "Buses", sources=Sources(x=XSettings(full_archive=full_archive, max_cost_month=1.257)))
    ((level, told),) = spend_lines(campaign, folder, now=NOW)
    assert "$1.000 of $1.26 are spent in 2026-11 (UTC)" in told
    assert level == ("warning" if full_archive else "ok"), "a count costs half a cent, of the archive a whole one; a page $0.25"


def test_each_source_has_its_own_account(folder: DataFolder) -> None:
    store = Store.open(folder)
    run = a_run(store)
    ledger(store, run, cap_run=1.0).before("recent search", 10, 1.0)
    Ledger(store, run, "other", cap_run=1.0, cap_month=1.0, clock=lambda: NOW).before("a call", 1, 1.0)
    assert spent(store, "other", now=NOW).month == 1.0


KILLED = """
import os, signal, sys
from pathlib import Path
from db.folder import DataFolder
from db.spending import Ledger
from db.store import Store
store = Store.open(DataFolder(Path(sys.argv[1])))
book = Ledger(store, int(sys.argv[2]), "x", cap_run=5.0, cap_month=50.0, clock=lambda: "2026-11-30T23:59:59Z")
book.before("recent search", 100, 2.5)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_killed_between_entering_and_settling_has_spent_the_most(folder: DataFolder) -> None:
    store = Store.open(folder)
    run = a_run(store)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder.root), str(run)], cwd=Path(__file__).parents[1])
    assert killed.returncode == -signal.SIGKILL
    assert entries(store) == [("recent search", 100, 2.5, 2.5, None)]
    told = spent(store, "x", now=NOW)
    assert (told.month, told.last_run, told.unsettled) == (2.5, 2.5, 2.5)


GREEDY = """
import sys
from pathlib import Path
from db.folder import DataFolder
from db.spending import Ledger
from db.store import Store
from pipelines.spending import spend_lines
from tracker.problems import BudgetStop
from tracker.records import Campaign
from tracker.source_settings import Sources, XSettings
store = Store.open(DataFolder(Path(sys.argv[1])))
book = Ledger(store, int(sys.argv[2]), "x", cap_run=100.0, cap_month=2.0, clock=lambda: "2026-11-30T23:59:59Z")
sys.stdin.readline()
try:
    while True:
        book.before("recent search", 1, 0.03)
except BudgetStop:
    pass
"""


def test_runs_side_by_side_cannot_spend_the_same_dollar_twice(folder: DataFolder) -> None:
    store = Store.open(folder)
    run = a_run(store)
    command = [sys.executable, "-c", GREEDY, str(folder.root), str(run)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[1], env=os.environ) for _ in range(3)]
    for one in both:
        one.communicate(b"go\n")
    assert [one.returncode for one in both] == [0, 0, 0]
    assert spent(store, "x", now=NOW).month == pytest.approx(1.98)
    assert len(entries(store)) == 66
