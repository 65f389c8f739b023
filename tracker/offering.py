"""Which post is offered while others have posts open. Pure; times are given: seconds of a clock that never goes back."""

from collections.abc import Callable, Sequence, Set
from threading import Lock

Key = tuple[str, str]

OPEN_SECONDS = 600.0
"""So long a post that was offered, and neither saved nor skipped since, counts as being read."""


class OpenPosts:
    """Which posts coders have open. It is kept in the memory of the process that serves the pages (there is one): what it forgets
    at a restart costs a third reading at most, and nothing that is counted hangs on it."""

    def __init__(self) -> None:
        self._open: dict[Key, dict[str, float]] = {}
        self._one_at_a_time = Lock()

    def offer(self, coder: str, left: Sequence[Key], readers: Callable[[Key], Set[str]], most: int, now: float) -> Key | None:
        """The first of the posts `left` that fewer than `most` others have read (`readers`, in lower case) or have open. Where
        there is none, the first, so that nobody waits for a tab that was left open. It is open with the coder from here on."""
        me = coder.casefold()
        with self._one_at_a_time:
            for key, since in list(self._open.items()):
                self._open[key] = {who: at for who, at in since.items() if now - at < OPEN_SECONDS}
                if not self._open[key]:
                    del self._open[key]
            free = (key for key in left if len((readers(key) | self._open.get(key, {}).keys()) - {me}) < most)
            chosen = next(free, left[0] if left else None)
            if chosen is not None:
                self._open.setdefault(chosen, {})[me] = now
        return chosen

    def opened(self, coder: str, key: Key, now: float) -> None:
        """Note that a coder has opened this post, from wherever."""
        with self._one_at_a_time:
            self._open.setdefault(key, {})[coder.casefold()] = now

    def leave(self, coder: str, key: Key) -> None:
        """Note that a coder left this post for others. One that was saved may stay: its coder is then among the readers."""
        with self._one_at_a_time:
            self._open.get(key, {}).pop(coder.casefold(), None)
