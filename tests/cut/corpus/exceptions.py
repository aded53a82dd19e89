"""Exceptions of the package's own: fields, constructors, texts, hierarchies."""

from __future__ import annotations


class AppError(Exception):
    status = 500

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotFound(AppError):
    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} not found", 44)
        self.what = what


class Denied(AppError):
    def __str__(self) -> str:
        return f"denied({self.code}): {self.message}"


class Bare(Exception):
    """Says nothing to Exception.__init__: its args are what it was called with."""

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high
        self.span = f"{low}..{high}"


class Quiet(ValueError):
    def __init__(self, n: int = 3) -> None:
        super().__init__()
        self.n = n


class Lost(KeyError):
    pass


class LostToo(Lost):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Plain(AppError):
    pass


def _check(n: int) -> int:
    if n % 8 == 1:
        raise NotFound(f"item {n}")
    if n % 8 == 2:
        raise Denied("no", code=n)
    if n % 8 == 3:
        raise Plain("plain")
    if n % 8 == 4:
        raise Bare(n, n + 1)
    if n % 8 == 5:
        raise Quiet
    if n % 8 == 6:
        raise LostToo(f"k{n}")
    if n % 8 == 7:
        raise Lost("gone")
    return n


def checked(n: int) -> int:
    return _check(n)


def caught(n: int) -> str:
    try:
        return str(_check(n))
    except NotFound as e:
        return f"{e.what} {e.code} {e.status} {e}"
    except AppError as e:
        return f"{e.message} {e.code} {e.status} {e}"
    except Bare as e:
        return f"{e.low} {e.high} {e.span}"
    except Quiet as e:
        return f"quiet {e.n}{e}"
    except Lost as e:
        return f"lost {e}"


def by_base(n: int) -> tuple[str, int, int]:
    try:
        _check(n)
    except AppError as e:
        return e.message, e.code, e.status
    except LookupError as e:
        return str(e), 0, 0
    return "", 0, 0


def several(n: int) -> str:
    try:
        _check(n)
    except (NotFound, Denied) as e:
        return e.message + str(e)
    except Exception as e:
        return "other " + str(e)
    return "none"


def raised_again(n: int) -> int:
    try:
        return _check(n)
    except NotFound as e:
        raise Denied(e.what, e.code) from e
    except Plain:
        raise
    except Quiet as e:
        raise Bare(e.n, n) from None


def finally_told(n: int, log: list[str]) -> list[str]:
    try:
        log.append(str(_check(n)))
    except AppError as e:
        log.append(type(e).__name__)
        if isinstance(e, NotFound):
            log.append(e.what)
    except (KeyError, ValueError) as e:
        log.append(f"{type(e).__name__}: {e}")
    finally:
        log.append("end")
    return log


def shown(n: int, text: str) -> str:
    try:
        if n % 3 == 0:
            raise KeyError(text)
        if n % 3 == 1:
            raise ValueError(text, n)
        raise IndexError
    except Exception as e:
        return repr(e) + type(e).__name__
