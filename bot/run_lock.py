"""``var/run.lock``: ``./run`` holds it alone, commands hold it together. Who has it alone may start and stop the database."""

from __future__ import annotations

import fcntl
from pathlib import Path

__all__ = ["RunLock"]


class RunLock:
    """Held by this process until ``close`` (or its death); nothing here waits."""

    def __init__(self, var: Path) -> None:
        self._file = (var / "run.lock").open("a")

    def alone(self) -> bool:
        """Whether it is now ours, and nobody else's; what was shared before is let go when not."""
        return self._take(fcntl.LOCK_EX)

    def shared(self) -> bool:
        """Whether it is now ours beside other commands; not while somebody has it alone."""
        return self._take(fcntl.LOCK_SH)

    def let_go(self) -> None:
        """Others may have it; ours again when asked for anew."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let it go for good."""
        self._file.close()

    def _take(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
