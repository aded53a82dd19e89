"""Every command where it can meet a user on a bad day: empty folders, broken files, odd terminals.

Real processes of `carve`; the family of commands is `WAYS`, one way to call each.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.shop import Done, Shop, carve, carve_command

from carveout.build import Artifact
from carveout.cli.main import COMMANDS

OP = "shop.prices:price"
WAYS: dict[str, list[str]] = {
    "find": ["find", "--seconds", "1"],
    "survey": ["survey", "."],
    "cut": ["cut", OP, "--no-build"],
    "prove": ["prove", OP],
    "move": ["move", OP, "shadow"],
    "back": ["back", OP],
    "run": ["run", "--", "true"],
    "status": ["status"],
    "doctor": ["doctor"],
    "check": ["check"],
    "gateway": ["gateway", "check"],
}
FAILING = ("find", "cut", "prove", "move", "back", "check")
"""Commands that can do nothing in an empty folder."""


def test_every_command_is_here() -> None:
    assert set(WAYS) == set(COMMANDS)


def plain(folder: Path, *arguments: str, **extra: str) -> Done:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CARVEOUT")}
    return carve(*arguments, cwd=folder, environment=kept | extra)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / ".git").mkdir()  # the root, whatever stands above
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_folder_gets_help_and_stays_empty(command: str, empty: Path) -> None:
    done = plain(empty, *WAYS[command])
    assert "Traceback" not in done.err
    if command in ("cut", "prove"):
        done.fails("operation-not-found", place="No module named 'shop'", next="run carve in")
    elif command == "find":
        done.fails("nothing-running", exit_code=4, next="start the service")
    elif command == "gateway":
        done.fails("gateway-file", cause=str(empty / "carve.toml"))
    elif command in FAILING:
        done.fails("store-missing", cause=str(empty), next="put @operation above")
    else:
        assert done.code == 0, done.err
    if command == "status":
        assert "put @operation above a typed function" in done.out
    assert [p.name for p in empty.iterdir()] == [".git"]


@pytest.mark.parametrize("command", ["cut", "prove", "move", "back"])
def test_a_bare_name_in_an_empty_folder(command: str, empty: Path) -> None:
    plain(empty, command, "price").fails("store-missing", next="@operation")


BROKEN_SETTINGS = {
    "no TOML": ("[record\n", "carve.toml:1:8", "not valid TOML", "correct the line"),
    "key": (
        "[record]\nsampel_rate = 1\n",
        "carve.toml:2:1",
        "no setting is called record.sampel_rate",
        "did you mean record.sample_rate?",
    ),
    "table": ("[recrod]\nx = 1\n", "carve.toml:1:1", "called recrod", "did you mean record?"),
    "value": ("[slo]\np99_ms = 'soon'\n", "carve.toml:2:1", "'soon', expected", "settings.md"),
}


# The gateway reads its own table of the file, and says what is wrong there.
@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"gateway"}))
def test_a_broken_settings_file_is_located(command: str, empty: Path) -> None:
    text, place, message, hint = BROKEN_SETTINGS["key"]
    (empty / "carve.toml").write_text(text)
    done = plain(empty, *WAYS[command])
    said = done.out + done.err
    assert done.code == 1
    assert "Traceback" not in said
    caret = () if command == "doctor" else ("  2 | sampel_rate = 1\n    | ^^^^^^^^^^^",)
    for part in (place, message, hint, *caret):
        assert part in said, said


@pytest.mark.parametrize("kind", BROKEN_SETTINGS)
def test_what_is_wrong_with_the_settings(kind: str, empty: Path) -> None:
    text, place, message, hint = BROKEN_SETTINGS[kind]
    (empty / "carve.toml").write_text(text)
    plain(empty, "back", OP).fails("setting-invalid", place=place, message=message, hint=hint)


def test_tables_of_other_parts_are_left_to_them(empty: Path) -> None:
    (empty / "carve.toml").write_text("[services.api]\ncommand = 'x'\n[gateway]\nport = 1\n")
    plain(empty, "back", OP).fails("store-missing")


MODULES = {
    "import nosuchlibrary\n": ("module-broken", "broken.py:1:", "'nosuchlibrary'"),
    "x = 1\ny = x / 0\n": ("module-broken", "broken.py:2:5", "ZeroDivisionError"),
    "def f(:\n": ("module-broken", "broken.py:1:7", "SyntaxError"),
    "import sys\nsys.exit(3)\n": ("module-broken", "broken.py:2:1", "SystemExit: 3"),
    "import json\njson.loads('{')\n": ("module-broken", "broken.py:2:1", "JSONDecodeError"),
    "from carveout import operation\n\n@operation\ndef f(x: object) -> int:\n    return 1\n": (
        "type-cannot-cross",
        "broken.py:4",
        "object",
    ),
    "def g() -> int:\n    return 1\n": ("operation-not-found", "broken.py:1:1", "broken has no f"),
}


@pytest.mark.parametrize("source", MODULES, ids=[m[2] for m in MODULES.values()])
@pytest.mark.parametrize("command", ["cut", "prove"])
def test_a_module_that_cannot_be_used(command: str, source: str, empty: Path) -> None:
    (empty / "broken.py").write_text(source)
    code, place, cause = MODULES[source]
    plain(empty, command, "broken:f").fails(code, place=place, cause=cause)
    assert not (empty / ".carveout").exists()


def test_check_goes_on_past_a_module_that_is_gone(shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    (shop.root / "shop" / "prices.py").write_text("raise RuntimeError('half edited')\n")
    done = shop.carve("check", "--json")
    assert done.code == 3
    (row,) = done.json["operations"]
    assert row["ok"] is False
    assert "importing shop.prices fails" in row["problem"]


# Standard streams ------------------------------------------------------------------------------


@pytest.fixture
def busy(shop: Shop, artifact: Artifact) -> Shop:
    """A store with something to show, more than a pipe holds."""
    shop.register(artifact)
    with shop.store() as store:
        for number in range(40):
            store.note(f"shop.prices:price{number}", "info", "x" * 4000)
    return shop


@pytest.mark.parametrize("way", [["status"], ["status", "--json"], ["doctor"], ["--help"]])
def test_the_reader_goes_away(way: list[str], busy: Shop) -> None:
    """`carve status | head -1`"""
    process = subprocess.Popen(
        carve_command(*way),
        cwd=busy.root,
        env=busy.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    # What fitted into the pipe was written without anybody noticing.
    assert process.wait(30) in (0, 1, 141)


@pytest.mark.parametrize("way", [["status"], ["status", "--json"], ["doctor"], ["--help"]])
def test_standard_output_is_full(way: list[str], busy: Shop) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            carve_command(*way),
            cwd=busy.root,
            env=busy.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    text = done.stderr.decode()
    assert done.returncode == 1
    assert text.startswith("error[output-unwritable]: "), text
    assert "No space left on device" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("command", ["status", "doctor", "check", "back"])
def test_closed_streams(command: str, busy: Shop) -> None:
    """As under some supervisors: no descriptor 0, 1 or 2; the store must not become one of them."""
    line = " ".join(carve_command(*WAYS[command])) + " <&- >&- 2>&-"
    done = subprocess.run(
        ["sh", "-c", line], cwd=busy.root, env=busy.environment(), check=False, timeout=60
    )
    assert done.returncode in (0, 1, 3)
    with busy.store() as store:
        assert len(store.operations()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_that_is_not_utf_8(command: str, busy: Shop) -> None:
    odd = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    done = busy.carve(
        *WAYS[command], environment=odd | {"PATH": "/usr/bin:/bin", "HOME": "/"}, script=True
    )
    assert "Traceback" not in done.err, done.err
    assert "internal" not in done.err, done.err
    assert (done.out + done.err).isascii()


@pytest.mark.parametrize("command", ["status", "doctor", "check", "back", "move"])
def test_json_is_all_there_is(command: str, busy: Shop) -> None:
    prices = busy.root / "shop" / "prices.py"
    prices.write_text(
        "print('noise')\nimport os; os.system('echo more noise')\n" + prices.read_text()
    )
    done = busy.carve(*WAYS[command], "--json")
    assert isinstance(done.json, dict)


@pytest.mark.parametrize("command", COMMANDS)
def test_json_of_an_error(command: str, empty: Path) -> None:
    (empty / "carve.toml").write_text("[record\n")
    way = WAYS[command]
    # The command's own options come before the command that `carve run` is given.
    done = (
        plain(empty, *way[:1], "--json", *way[1:])
        if command == "run"
        else plain(empty, *way, "--json")
    )
    assert done.code == 1
    if command == "status":
        assert done.json["code"] == "setting-invalid"
        assert done.json["line"] == 1
    elif command == "doctor":
        assert not done.json["ok"]
    else:
        (error,) = done.json["errors"]
        assert error["code"] == ("gateway-config" if command == "gateway" else "setting-invalid")
        assert (error["line"], bool(error["hint"])) == (1, True)


def on_a_terminal(shop: Shop, *arguments: str, columns: int = 40, **extra: str) -> str:
    """What `carve` shows on a terminal of that width."""
    main, side = pty.openpty()
    environment = shop.environment(COLUMNS=str(columns), LINES="24", TERM="xterm-256color", **extra)
    process = subprocess.Popen(
        carve_command(*arguments),
        cwd=shop.root,
        env=environment,
        stdin=side,
        stdout=side,
        stderr=side,
    )
    os.close(side)
    shown = b""
    try:
        while select.select([main], [], [], 60)[0]:
            try:
                piece = os.read(main, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            shown += piece
    finally:
        os.close(main)
        process.wait(30)
    return shown.decode(errors="replace")


def unstyled(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_forty_columns(command: str, shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    shown = on_a_terminal(shop, *WAYS[command])
    assert "Traceback" not in shown
    assert "internal" not in shown
    if command == "status":
        # Whatever is cut, which operation it is can be read.
        assert OP in unstyled(shown).replace("\n", "")


@pytest.mark.parametrize("command", ["status", "--help"])
def test_no_color(command: str, shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    shown = on_a_terminal(shop, command, columns=100, NO_COLOR="1")
    colours = re.findall(r"\x1b\[[0-9;]*3[0-9][0-9;]*m", shown)
    assert colours == []


def test_the_current_folder_is_gone(shop: Shop) -> None:
    gone = shop.root / "gone"
    gone.mkdir()
    command = " ".join(carve_command("status"))
    done = subprocess.run(
        ["sh", "-c", f"rmdir {gone}; {command}"],
        cwd=gone,
        env=shop.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error[folder-gone]: ")


def test_a_defect_of_ours_is_called_one(empty: Path) -> None:
    """No traceback unless it is asked for."""
    script = (
        "import sys\nfrom carveout.cli import main, status\n"
        "def run(**_): raise AttributeError('planted')\n"
        "status.run = run\nsys.argv = ['carve', 'status']\nmain()\n"
    )
    for wanted in ("off", "on"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=empty,
            env={**os.environ, "CARVEOUT_TRACEBACK": wanted},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "error[internal]: " in done.stderr
        assert "cause: AttributeError: planted" in done.stderr
        assert ("Traceback" in done.stderr) == (wanted == "on")


def test_doctor_locates_broken_settings(empty: Path) -> None:
    (empty / "carve.toml").write_text("[place]\nplacement = 'moon'\n")
    done = plain(empty, "doctor", "--json")
    checks = {check["name"]: check for check in done.json["checks"]}
    assert done.code == 1
    assert "carve.toml:2:1" in checks["settings"]["detail"]
    assert json.dumps(checks["store"]["ok"]) == "false"


Preexec = Callable[[], None]


def test_an_odd_name_is_no_traceback(empty: Path) -> None:
    for name in ("", ":", "a:", ":b", "a b:c", "a..b:c", "\udcff:x", "a:b:c", "-", "💥:x"):
        for command in ("cut", "back"):
            done = plain(empty, command, "--", name) if name == "-" else plain(empty, command, name)
            assert done.code in (1, 2)
            assert "Traceback" not in done.err
            assert "error[internal]" not in done.err, (command, name, done.err)
