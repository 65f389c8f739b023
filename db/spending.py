"""The ledger of paid calls: each is entered before it is made, at the most that it can cost, and settled when it is answered.

What was entered and not settled (a run was killed in between, or no answer came) stands at its most: a cap is never passed
because something went wrong. Looking at the caps and entering is one transaction, so two runs cannot both take what is left.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from db.store import Store
from tracker.problems import BudgetStop

HALF_A_CENT_OF_A_CENT = 0.00005
"""Sums of prices are floating point; a difference below this is none."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What the ledger holds of one source, US dollars: of this month (UTC), of the last run that paid anything, and of that
    month's entries whose cost never became known (they stand at their most)."""

    month: float
    last_run: float | None
    unsettled: float


class Ledger:
    """What one run may spend at one source. Caps in US dollars; by_hand: that of the run was given for this run alone.
    Implements `tracker.sources.asking.Spending`."""

    def __init__(
        self,
        store: Store,
        run_id: int,
        source: str,
        *,
        cap_run: float,
        cap_month: float,
        clock: Callable[[], str],
        by_hand: bool = False,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._source = source
        self._cap_run = cap_run
        self._cap_month = cap_month
        self._clock = clock
        self._run_key = "--max-cost" if by_hand else "max_cost_run"

    def before(self, what: str, units: int, usd: float) -> int:
        """Enter a call at the most that it can cost, committed before this returns; gives the entry's number.

        Raises BudgetStop where it would pass the cap of the run or of the month; nothing is entered then."""
        entered: list[int] = []

        def enter(db: sqlite3.Connection) -> None:
            now = self._clock()
            run, month = db.execute(SPENT, self._asked(now)).fetchone()
            self._refuse_past(usd, run, self._cap_run, "run", self._run_key)
            self._refuse_past(usd, month, self._cap_month, f"month {now[:7]}", "max_cost_month")
            row = [self._run_id, now, self._source, what, units, usd, usd]
            cursor = db.execute(
                "insert into spend(run_id, at, source, what, units, usd, most_usd) values (?, ?, ?, ?, ?, ?, ?)", row
            )
            entered.append(cursor.lastrowid or 0)

        self._store.transaction(enter)
        return entered[0]

    def settle(self, entry: int, units: int, usd: float) -> None:
        """Enter what the call came to, be it more than was thought."""
        self._store.transaction(
            lambda db: db.execute(
                "update spend set units = ?, usd = ?, settled_at = ? where id = ?", [units, usd, self._clock(), entry]
            )
        )

    def left(self) -> float:
        """US dollars that may still be spent in this run."""
        row = self._store.rows(SPENT, self._asked(self._clock()))[0]
        return max(0.0, min(self._cap_run - _usd(row["run"]), self._cap_month - _usd(row["month"])))

    def spent_on(self, what: str) -> float:
        """US dollars that this run has spent, or set aside, on calls whose `what` begins so."""
        asked = {"run": self._run_id, "source": self._source, "what": what}
        return _usd(self._store.rows(SPENT_ON, asked)[0]["usd"])

    def _asked(self, now: str) -> dict[str, object]:
        return {"run": self._run_id, "source": self._source, "month": now[:7]}

    def _refuse_past(self, usd: float, spent: float, cap: float, of_what: str, key: str) -> None:
        if spent + usd <= cap + HALF_A_CENT_OF_A_CENT:
            return
        place = f"`{key}`" if key.startswith("--") else f"`{key}` of [sources.{self._source}] in campaign.toml"
        raise BudgetStop(
            f"No more is asked of {self._source}: the next call may cost ${usd:.3f}, and of the ${_short(cap)} for the {of_what} "
            f"${max(0.0, cap - spent):.3f} are left.",
            why=f"The cap {place} holds; ${spent:.3f} are spent or set aside.",
            safe="What was fetched before is kept, with the place where to go on.",
            next_step=f"The next run goes on from there, once there is room under the cap. To go on sooner, raise `{key}`.",
        )


def _short(usd: float) -> str:
    """An amount with two places, or three where it needs them."""
    return f"{usd:.2f}" if round(usd, 2) == round(usd, 3) else f"{usd:.3f}"


def spent(store: Store, source: str, *, now: str) -> Spent:
    """What the ledger holds of a source at `now` (UTC). Reads only."""
    rows = store.rows(STANDING, {"source": source, "month": now[:7]})
    row = rows[0]
    last = row["last_run"]
    return Spent(_usd(row["month"]), None if last is None else _usd(last), _usd(row["unsettled"]))


def _usd(value: object) -> float:
    return round(float(str(value)), 6)


SPENT = """
select
    coalesce((select sum(usd) from spend where run_id = :run and source = :source), 0.0) as run,
    coalesce((select sum(usd) from spend where source = :source and at >= :month || '-01' and at < :month || '-32'), 0.0) as month
"""
SPENT_ON = """
select coalesce(sum(usd), 0.0) as usd from spend
where run_id = :run and source = :source and substr(what, 1, length(:what)) = :what
"""
STANDING = """
select
    coalesce(sum(usd), 0.0) as month,
    coalesce(sum(usd) filter (where settled_at is null), 0.0) as unsettled,
    (
        select sum(usd) from spend
        where source = :source and run_id = (select max(run_id) from spend where source = :source)
    ) as last_run
from spend
where source = :source and at >= :month || '-01' and at < :month || '-32'
"""
