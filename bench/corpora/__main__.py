"""Examine corpora, one after another; the last lines say what came of each.

python -m bench.corpora [--out FILE] [--ranking FILE] PACKAGE|FOLDER …
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from bench.corpora.report import Result, ranking
from bench.corpora.sources import NotFetched, Tree, fetched, folder, functions

REPO = Path(__file__).resolve().parents[2]
HOME = REPO / ".build" / "corpora"
BATCH = 400
"""Functions a child process drafts and builds."""
MODULE_S = 120.0
CHILD_S = 3600.0
TEXTS = ("*.doctest", "*.txt", "*.rst")


def examined(tree: Tree, home: Path) -> Result:
    """All the tree's functions in batches, each in a process of its own."""
    found = functions(tree)
    lines: list[dict[str, object]] = []
    texts = [p for kind in TEXTS for p in sorted(tree.root.rglob(kind)) if ">>>" in _read(p)]
    work = home / "work" / tree.label
    work.mkdir(parents=True, exist_ok=True)
    for number, at in enumerate(range(0, len(found), BATCH)):
        batch = found[at : at + BATCH]
        modules = {one.module: [] for one in batch} if batch else {}
        if modules and not at:
            modules[next(iter(modules))] = [str(text) for text in texts]
        plan = {
            "path": [str(tree.path)],
            "names": [one.name for one in batch],
            "modules": modules,
            "home": str(home / "trial"),
            "crates": str(REPO / "crates"),
            "seconds": MODULE_S,
        }
        plan_file, out_file = work / f"plan-{number}.json", work / f"out-{number}.jsonl"
        plan_file.write_text(json.dumps(plan))
        out_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "bench.corpora.calls", str(plan_file), str(out_file)]
        env = os.environ | {"PYTHONWARNINGS": "ignore"}
        with open(work / f"log-{number}.txt", "w") as log:
            try:
                subprocess.run(command, cwd=REPO, env=env, stdout=log, stderr=log, timeout=CHILD_S)
            except subprocess.TimeoutExpired:
                print(f"{tree.label}: batch {number} took longer than {CHILD_S:.0f} s")
        if out_file.exists():
            lines += [json.loads(line) for line in out_file.read_text().splitlines()]
    result = Result.of(tree.label, lines)
    result.finished = sum(line["kind"] == "end" for line in lines) == -(-len(found) // BATCH)
    return result


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.corpora")
    parser.add_argument("corpora", nargs="+", help="a package of the index (name==1.2) or a folder")
    parser.add_argument("--out", type=Path, help="where the results go, as JSON")
    parser.add_argument("--ranking", type=Path, help="where the obstacles go, as JSON")
    parser.add_argument("--home", type=Path, default=HOME, help="what is fetched and built")
    given = parser.parse_args()
    results = []
    for name in given.corpora:
        try:
            tree = folder(Path(name)) if Path(name).is_dir() else fetched(name, given.home)
        except NotFetched as error:
            print(f"error[not-fetched]: {error}", file=sys.stderr)
            return 1
        result = examined(tree, given.home)
        results.append(result)
        for one in result.different:
            print(f"DIFFERENT {one['name']}{one['args']}\n  {one['found']} ({one['source']})")
        for one in result.broken:
            print(f"BROKEN {one['module']}: {one['why']}, last in {one['calling']}")
        print(result.line(), flush=True)
    if given.out:
        given.out.write_text(json.dumps([one.to_json() for one in results], indent=1) + "\n")
    if given.ranking:
        given.ranking.write_text(json.dumps(ranking(results), indent=1) + "\n")
    return 1 if any(one.different or one.broken for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
