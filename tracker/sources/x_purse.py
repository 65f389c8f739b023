"""The part of a run's money that goes into looking again: at threads, and at posts that are known. Collecting comes first."""

from tracker.problems import BudgetStop
from tracker.sources.asking import Spending
from tracker.telling import per_cent

SHARE = 0.2
"""Of what new posts leave of a run's money, for threads, and as much for posts that are known. Without it a debate of a few
hundred posts would use up the month by being looked at again, and new posts would not be collected."""


class Purse:
    """A ledger of which only a share may be used, for calls whose names begin with `label`. Implements Spending."""

    def __init__(self, spending: Spending, label: str, share: float = SHARE) -> None:
        self._spending = spending
        self._label = label
        self._share = share

    def before(self, what: str, units: int, usd: float) -> int:
        """Enter a call. Raises BudgetStop where the share is used up, or the ledger has no room."""
        if usd > self.left() + 1e-9:
            raise BudgetStop(
                f"No more is spent on {self._label} in this run.",
                why=f"They may cost {per_cent(self._share)} of what new posts leave of a run's money, so it lasts for those.",
                safe="What was fetched before is kept.",
                next_step="The next run goes on with those that were not looked at for longest.",
            )
        return self._spending.before(f"{self._label}: {what}", units, usd)

    def settle(self, entry: int, units: int, usd: float) -> None:
        """Enter what the call came to."""
        self._spending.settle(entry, units, usd)

    def left(self) -> float:
        """US dollars of the share that are left."""
        used, left = self.spent_on(""), self._spending.left()
        return max(min(left, self._share * (left + used) - used), 0.0)

    def spent_on(self, what: str) -> float:
        """US dollars that this run has spent on such calls."""
        return self._spending.spent_on(f"{self._label}: {what}")
