"""The command line: one file per command, each parses, calls and prints."""

from __future__ import annotations

import sys


def main() -> None:
    """Console-script entry point."""
    from carveout.cli.main import main as run

    sys.exit(run())
