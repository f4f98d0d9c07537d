"""The ``gaze`` command."""

import signal
import sys

from ._native import run_command


def main() -> None:
    """Runs the command with the program's own arguments, and exits."""
    # Python only notes Ctrl-C down for later; the command handles it itself, or ends.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_command(sys.argv))


if __name__ == "__main__":
    main()
