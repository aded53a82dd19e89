"""Errors with a code, a place, a cause and a next step.

Every mistake a user can make ends in a `CarveError`: a stable kebab-case `code` (documented in
docs/errors/), a one-sentence `message`, an optional source `Span`, an optional `cause` and a
`hint` that says what to do next. The CLI prints it; libraries raise it.

    raise CarveError("store-unreadable", "cannot read the store", cause="disk I/O error",
                     hint="carve status shows which file; move it away to start afresh")

Invariant: codes are never reused for another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source file. Lines and columns count from 1; `end_column` is exclusive."""

    file: str
    line: int
    column: int = 1
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def excerpt(self) -> str | None:
        """The source line with a caret under the span, or None if the file can't be read."""
        try:
            text = Path(self.file).read_text(encoding="utf-8", errors="replace").splitlines()
            line = text[self.line - 1]
        except (OSError, IndexError):
            return None
        width = max(1, (self.end_column or self.column + 1) - self.column)
        width = min(width, max(1, len(line) - self.column + 1))
        # Tabs stay tabs in the caret's line so that it lands under its character.
        pad = "".join("\t" if c == "\t" else " " for c in line[: self.column - 1])
        gutter = str(self.line)
        return f"  {gutter} | {line}\n  {' ' * len(gutter)} | {pad}{'^' * width}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What went wrong, where, and what to do next; a value, so that many come at once."""

    code: str
    message: str
    span: Span | None = None
    cause: str | None = None
    hint: str | None = None

    def render(self) -> str:
        """Plain text of several lines, no colour, no trailing newline."""
        lines = [f"error[{self.code}]: {self.message}"]
        if self.span is not None:
            lines.append(f"  at {self.span}")
            excerpt = self.span.excerpt()
            if excerpt is not None:
                lines.append(excerpt)
        if self.cause:
            lines.append(f"  cause: {self.cause}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict: code, message, file, line, column, cause, hint."""
        return {
            "code": self.code,
            "message": self.message,
            "file": self.span.file if self.span else None,
            "line": self.span.line if self.span else None,
            "column": self.span.column if self.span else None,
            "cause": self.cause,
            "hint": self.hint,
        }


class CarveError(Exception):
    """A user-facing error. `exit_code` is what the CLI ends with (see docs/cli.md)."""

    exit_code = 1

    def __init__(
        self,
        code: str,
        message: str,
        *,
        span: Span | None = None,
        cause: str | None = None,
        hint: str | None = None,
        exit_code: int | None = None,
        others: tuple[Diagnostic, ...] = (),
    ) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, cause, hint)
        # Further diagnostics found in the same run, e.g. every obstacle in one function.
        self.others = others
        if exit_code is not None:
            self.exit_code = exit_code

    @property
    def code(self) -> str:
        return self.diagnostic.code

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return (self.diagnostic, *self.others)

    def render(self) -> str:
        return "\n\n".join(d.render() for d in self.diagnostics)

    def __str__(self) -> str:
        return self.render()


__all__ = ["CarveError", "Diagnostic", "Span"]
