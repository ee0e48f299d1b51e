"""The peak memory of a process and its children."""

import contextlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

MEGABYTE = 1_000_000


class PeakMemory:
    """The largest resident memory, in megabytes, that a process and its children held together."""

    def __init__(self):
        self.megabytes = 0.0

    @contextlib.contextmanager
    def of(self, pid: int, interval: float = 0.1) -> Iterator[None]:
        """Watch the process with this identifier while the block runs.

        Parameters
        ----------
        pid : int
            The identifier of the process.
        interval : float, seconds
            Between two looks; the last look is taken when the block ends.
        """
        finished = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(pid, interval, finished), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            watcher.join()

    def watch(self, pid: int, interval: float, finished: threading.Event) -> None:
        """Look at a process again and again until told that it is finished, or until it ends."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            is_last_look = False
            while not is_last_look:
                is_last_look = finished.wait(interval)
                held = max(tree_bytes(process), high_water(pid))
                self.megabytes = max(self.megabytes, held / MEGABYTE)


def tree_bytes(process: psutil.Process) -> int:
    """Return the resident bytes of a process and its children; one that ended counts nothing."""
    total = process.memory_info().rss
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += child.memory_info().rss
    return total


def high_water(pid: int) -> int:
    """Return the most bytes a process has held, as Linux remembers it between two looks; else 0."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0
