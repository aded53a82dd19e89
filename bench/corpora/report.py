"""What the lines of `calls` add up to: drafted, compared, different; and what stands in the way.

result = Result.of(lines)
result.to_json(), ranking([result])
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Result:
    """One corpus."""

    label: str
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    drafted: list[str] = field(default_factory=list)
    plain: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    by_function: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    different: list[dict[str, Any]] = field(default_factory=list)
    broken: list[dict[str, Any]] = field(default_factory=list)
    examples: Counter[str] = field(default_factory=Counter)
    finished: bool = False

    @classmethod
    def of(cls, label: str, lines: Iterable[dict[str, Any]]) -> Result:
        result = cls(label)
        calling: dict[str, Any] = {}
        for line in lines:
            kind = line["kind"]
            if kind == "tried":
                if line["refusals"]:
                    result.refused[line["name"]] = line["refusals"]
                else:
                    result.drafted.append(line["name"])
                if line["plain"]:
                    result.plain[line["name"]] = line["plain"]
            elif kind == "calling":
                calling = line
            elif kind == "counts":
                for what in ("same", "declined", "different", "skipped"):
                    result.calls[f"{line['source']}: {what}"] += line[what]
                    result.calls[what] += line[what]
                    result.by_function[line["name"]][what] += line[what]
            elif kind == "different":
                result.different.append(line)
            elif kind == "examples":
                result.examples.update(tried=line["tried"], failed=line["failed"])
            elif kind == "broken":
                result.broken.append(line | {"calling": calling})
            elif kind == "end":
                result.finished = True
        return result

    @property
    def functions(self) -> int:
        return len(self.drafted) + len(self.refused)

    def to_json(self) -> dict[str, Any]:
        """For the results file."""
        return {
            "corpus": self.label,
            "functions": self.functions,
            "drafted": len(self.drafted),
            "share": round(len(self.drafted) / self.functions, 3) if self.functions else None,
            "drafted again, every object counted": len(self.plain),
            "calls": dict(sorted(self.calls.items())),
            "examples": dict(self.examples),
            "different": self.different,
            "broken": self.broken,
            "finished": self.finished,
        }

    def line(self) -> str:
        """One line for people."""
        n, made = self.functions, len(self.drafted)
        share = 100 * made / n if n else 0.0
        return (
            f"{self.label:28} functions {n:5}  drafted {made:5} ({share:4.1f} %)  "
            f"same {self.calls['same']:7}  declined {self.calls['declined']:6}  "
            f"DIFFERENT {self.calls['different']:4} in {len({d['name'] for d in self.different})}  "
            f"broken {len(self.broken)}" + ("" if self.finished else "  NOT FINISHED")
        )


def construct(refusal: dict[str, Any]) -> tuple[str, str]:
    """A refusal's code and message without the names that are the program's own."""
    message = re.sub(r'"[^"]*"', '"…"', refusal["message"])
    message = re.sub(r"\b\w+\.\w+(\.\w+)*:\w+", "…", message)
    message = re.sub(r"\bline \d+", "line …", message)
    return refusal["code"], message[:140]


def ranking(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Obstacles by the functions that lack nothing else, then by all they stand in."""
    alone: Counter[tuple[str, str]] = Counter()
    stands: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        for name, refusals in result.refused.items():
            found = {construct(one) for one in refusals}
            stands.update(found)
            if len(found) == 1:
                alone.update(found)
            for one in found:
                # Those that lack nothing else come first.
                where[one].insert(0 if len(found) == 1 else len(where[one]), name)
    order = sorted(stands, key=lambda one: (-alone[one], -stands[one], one))
    return [
        {
            "code": code,
            "construct": said,
            "alone": alone[code, said],
            "functions": stands[code, said],
            "examples": where[code, said][:4],
        }
        for code, said in order
    ]
