"""What paid sources have cost and may still cost, in sentences: for `check` and `collect --dry-run`. Spends nothing."""

from collections.abc import Iterator

from db.folder import DataFolder
from db.spending import spent
from db.store import Store
from tracker.problems import Problem
from tracker.records import Campaign


def spend_lines(campaign: Campaign, data: DataFolder, *, now: str) -> Iterator[tuple[str, str]]:
    """How much of the caps is used up, each sentence with its level: ok or warning. Nothing where nothing is paid for."""
    settings = campaign.sources.x
    if settings is None or not data.tracker.is_file():
        return
    try:
        store = Store.open(data, readonly=True)
    except Problem:
        return  # `check` says by itself what is wrong with the store
    try:
        account = spent(store, "x", now=now)
    finally:
        store.close()
    last = "" if account.last_run is None else f"; the last run that paid cost ${account.last_run:.3f}"
    unsettled = f" (of which ${account.unsettled:.3f} at most: no answer came)" if account.unsettled else ""
    told = f"x: ${account.month:.3f} of ${settings.max_cost_month:.2f} are spent in {now[:7]} (UTC){unsettled}{last}."
    left = settings.max_cost_month - account.month
    smallest = settings.price_of_counting() + settings.prices.most(10)
    if left < smallest:
        yield "warning", f"{told} What is left does not do for a page of posts: nothing more is asked of X this month."
    else:
        yield "ok", told
