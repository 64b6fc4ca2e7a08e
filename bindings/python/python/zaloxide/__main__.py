"""The program ``zaloxide``: every command of it works on a running :class:`~zaloxide.Bot` too."""

from __future__ import annotations

import signal
import sys

from . import _core


def main() -> int:
    """Runs the command line; the exit code."""
    # The program watches signals itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _core.program(["zaloxide", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
