"""The conformance suite h2spec (a Go module of summerwind's), where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from carveout.gateway import Running

_GO_BIN = Path(os.environ.get("GOBIN", Path.home() / "go" / "bin"))
H2SPEC = shutil.which("h2spec") or shutil.which("h2spec", path=str(_GO_BIN))


@pytest.mark.skipif(H2SPEC is None, reason="h2spec is not installed")
def test_h2spec_finds_nothing(simple: Running) -> None:
    assert H2SPEC is not None
    host, _, port = simple.addresses[0].rpartition(":")
    command = [H2SPEC, "-h", host, "-p", port, "--timeout", "15"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert " 0 failed" in done.stdout, done.stdout[-3000:]
