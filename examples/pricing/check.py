"""A client that checks: it sends books and compares each answer with the reference's own.

    python check.py http://127.0.0.1:8000/value --seconds 10

Says "checking" when it begins, sends on one connection, one request after another, until the time
is over or Ctrl-C; then prints one line of JSON: answers, wrong (not what the Python function gives
for this book, bit for bit), errors (no answer, or another status than 200) and the first of either.
Exit code 1 if there were any.

Invariant: the expected answers come from the plain Python function in this process, computed before
the first request; no carving and no agent runs here.
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import sys
import time
import urllib.parse
from typing import Any

import msgspec
import payloads
from pricing.book import Book, value_book


def expected(body: dict[str, Any]) -> str:
    """What the reference answers, as `canonical` has it."""
    book = msgspec.convert(body, Book)
    return canonical(msgspec.to_builtins(value_book.reference(book)))


def canonical(value: Any) -> str:
    """One text for one value: floats with all their digits, so that equal text is equal bits."""
    return json.dumps(value, sort_keys=True)


class Check:
    """Counts answers until it is told to stop."""

    def __init__(self, url: str, books: int) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host, self._path = parts.netloc, parts.path
        bodies = [payloads.book(seed) for seed in range(books)]
        self._cases = [(json.dumps(body).encode(), expected(body)) for body in bodies]
        self.stopped = False
        self.answers = self.wrong = self.errors = 0
        self.first: str | None = None

    def run(self, seconds: float | None) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        connection = http.client.HTTPConnection(self._host, timeout=30)
        at = 0
        while not self.stopped and (until is None or time.monotonic() < until):
            body, right = self._cases[at % len(self._cases)]
            at += 1
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._error(f"book {at}: {type(error).__name__}: {error}")
                connection.close()
                continue
            if answer.status != 200:
                self._error(f"book {at}: status {answer.status}: {text[:200]!r}")
                continue
            self.answers += 1
            if canonical(json.loads(text)) != right:
                self.wrong += 1
                self.first = self.first or f"book {at}: {text[:200]!r}"
        connection.close()

    def _error(self, what: str) -> None:
        self.errors += 1
        self.first = self.first or what

    def counts(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            "wrong": self.wrong,
            "errors": self.errors,
            "first": self.first,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare each answer with the reference's own.")
    parser.add_argument("url", help="for example http://127.0.0.1:8000/value")
    parser.add_argument("--seconds", type=float, help="until Ctrl-C unless given")
    parser.add_argument("--books", type=int, default=payloads.BOOKS)
    given = parser.parse_args()
    check = Check(given.url, given.books)

    def stop(*_: object) -> None:
        check.stopped = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print("checking", flush=True)
    check.run(given.seconds)
    print(json.dumps(check.counts()))
    return 1 if check.wrong or check.errors else 0


if __name__ == "__main__":
    sys.exit(main())
