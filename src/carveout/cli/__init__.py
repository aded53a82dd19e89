"""The command line: one file per command, each parses, calls and prints."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Console-script entry point."""
    try:
        from carveout.cli.main import main as run

        code = run()
    except KeyboardInterrupt:  # before the command line was there to say more
        print("error[interrupted]: the command was stopped before its end", file=sys.stderr)
        code = 130
    # What is left is the interpreter's own end, which Ctrl-C must not turn into a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
