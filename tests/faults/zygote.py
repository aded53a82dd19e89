"""A process that has the command line imported and forks one `carve` after the other.

    python -m tests.faults.zygote        # JSON requests on stdin, exit codes on stdout

Starting an interpreter and importing Typer and Rich takes a third of a second; the family tests
run hundreds of commands. Each is a process of its own all the same, with its own descriptors,
environment and folder. Tests of the streams and signals themselves start the real script.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from typing import Any

from carveout.cli import main as carve  # before its submodule of the same name is imported


def child(request: dict[str, Any]) -> int:
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[:] = [p for p in sys.path if p not in ("", os.getcwd())]
    sys.path[:0] = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    nowhere = os.open(os.devnull, os.O_RDONLY)
    out, err = (os.open(request[name], os.O_WRONLY | os.O_CREAT) for name in ("out", "err"))
    for fd, wanted in ((nowhere, 0), (out, 1), (err, 2)):
        os.dup2(fd, wanted)
    sys.stdin = os.fdopen(0, "r", encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8")
    sys.argv = ["carve", *request["arguments"]]
    try:
        carve()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def main() -> None:
    for command in import_module("carveout.cli.main").COMMANDS:
        import_module(f"carveout.cli.{command}")
    for name in ("rich.console", "rich.live", "carveout.prove", "carveout.find", "carveout.store"):
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                code = child(request)
                sys.stdout.flush()
                sys.stderr.flush()
            except BaseException as error:
                os.write(2, f"Traceback of the zygote's child: {error!r}\n".encode())
            finally:
                os._exit(code)
        signal.signal(signal.SIGALRM, lambda *_, pid=pid: os.kill(pid, signal.SIGKILL))
        signal.alarm(int(request["timeout_s"]))
        _, status = os.waitpid(pid, 0)
        signal.alarm(0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
