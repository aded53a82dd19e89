"""try, except, else, finally; what handlers catch and what passes them."""

from __future__ import annotations


class AppError(ValueError):
    pass


class Missing(AppError):
    pass


class Odd(Exception):
    pass


def parsed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return -1


def looked_up(d: dict[str, int], xs: list[int], key: str, i: int) -> int:
    try:
        value = xs[i] // d[key]
    except LookupError:
        value = -1
    except ArithmeticError as e:
        value = len(str(e))
    else:
        value += 1000
    return value


def shown(d: dict[str, int], xs: list[int], key: str, i: int) -> str:
    try:
        return str(xs[i] // d[key])
    except (KeyError, IndexError) as e:
        return f"not there: {e}"
    except Exception as e:
        return "other: " + str(e)


def own(n: int) -> str:
    try:
        if n > 10:
            raise Missing("gone", n)
        if n > 5:
            raise AppError(f"bad {n}")
        if n > 3:
            raise Odd
        if n > 2:
            raise KeyError("k", 1.5)
        if n > 1:
            raise KeyError(n)
        if n < -5:
            raise NotImplementedError
    except Missing as e:
        return f"missing {e}"
    except ValueError as e:
        return f"value {e}"
    except RuntimeError as e:
        return f"runtime {e}"
    except LookupError as e:
        return f"lookup {e}"
    return "fine"


def reraised(n: int, xs: list[int]) -> int:
    seen = 0
    try:
        seen = xs[n]
        try:
            return 100 // n
        except ZeroDivisionError:
            seen += 1
            raise
        finally:
            seen += 10
    except IndexError as e:
        raise AppError(f"no item {n}") from e
    except ZeroDivisionError as error:
        if seen > 15:
            raise error
        return seen


def final_return(n: int) -> int:
    try:
        if n > 2:
            raise ValueError(n)
        return 100 // n
    finally:
        if n % 2:
            return -1


def final_always(n: int) -> int:
    try:
        return n * n * n * n * n
    finally:
        return n


def in_a_loop(texts: list[str]) -> tuple[int, int, list[str]]:
    total = bad = 0
    log: list[str] = []
    for text in texts:
        try:
            value = int(text)
            if value < 0:
                continue
            if value > 10**6:
                break
        except ValueError:
            bad += 1
            log.append(text)
            if bad > 2:
                break
        else:
            total += value
        finally:
            log.append("|")
    else:
        log.append("end")
    return total, bad, log


def _checked(n: int) -> int:
    if n < 0:
        raise Missing(n)
    return n


def through_helpers(ns: list[int]) -> int:
    total = 0
    for n in ns:
        try:
            total += _checked(n)
        except AppError:
            total -= 1
    return total


def half_done(xs: list[int], d: dict[str, int]) -> tuple[list[int], dict[str, int]]:
    out: list[int] = []
    try:
        for i, x in enumerate(xs):
            out.append(x)
            d[str(i)] = 100 // x
    except ZeroDivisionError:
        out.append(-1)
    return out, d


def handler_that_fails(xs: list[int], d: dict[int, int]) -> int:
    try:
        return xs[3]
    except IndexError:
        return d[len(xs)]


def else_that_fails(xs: list[int]) -> int:
    try:
        n = len(xs)
    except IndexError:
        n = 0
    else:
        n = xs[n // 2]
    finally:
        xs.append(1)
    return n


def bare(text: str) -> float:
    try:
        return float(text)
    except:  # noqa: E722
        return 0.0


def hidden(n: int) -> str:
    try:
        try:
            if n:
                raise KeyError(n)
        except KeyError:
            raise Missing("inner") from None
        finally:
            n = 0
    except Missing as e:
        return str(e)
    return "none"


def moved(xs: list[int], i: int) -> list[int]:
    ys = [x + 1 for x in xs]
    try:
        zs = ys
        zs.append(xs[i])
        return zs
    except IndexError:
        ys.append(0)
        return ys


def looping_retry(n: int) -> int:
    tries = 0
    while True:
        try:
            tries += 1
            if tries < n % 5:
                raise ValueError(tries)
            return tries
        except ValueError:
            if tries > 2:
                return -tries


def unbound_after(xs: list[int]) -> int:
    try:
        first = xs[0]
        second = xs[1]
    except IndexError:
        second = 7
    return first + second


def falls_through(text: str) -> str | None:
    try:
        return text[3]
    except IndexError:
        pass
    return None


def bools(values: list[str]) -> bool:
    try:
        return all(int(v) > 0 for v in values)
    except ValueError:
        return False


def overflow(a: float, b: int) -> float:
    try:
        return a**b
    except OverflowError:
        return -1.0
    except ZeroDivisionError:
        return -2.0


def returned_then_changed(xs: list[int], n: int) -> list[int]:
    ys = [n]
    try:
        if n > 3:
            return ys
        ys.append(xs[n])
        return xs
    except IndexError:
        ys = [0]
        return ys
    finally:
        ys.append(7)
        xs.append(8)


class _Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> int:
        if len(text) > 3:
            raise AppError(text)
        self.lines.append(text)
        return len(text)


def objects_in_try(texts: list[str]) -> list[str]:
    log = _Log()
    total = 0
    for text in texts:
        try:
            total += log.note(text)
        except AppError as e:
            log.lines.append(f"!{e}")
            if total > 5:
                break
        else:
            log.lines.append("ok")
    log.lines.append(str(total))
    return log.lines


def nested_loops(rows: list[list[int]]) -> int:
    found = 0
    for row in rows:
        try:
            for x in row:
                try:
                    found += 100 // x
                except ZeroDivisionError:
                    if len(row) > 2:
                        raise LookupError(x) from None
                    continue
                if found > 500:
                    break
            else:
                found += 1
        except LookupError:
            found -= 1
            break
        finally:
            found += 2
    return found


def swapped(a: list[int], b: list[int], i: int) -> tuple[list[int], list[int]]:
    try:
        a, b = b, a
        a[i] = 5
        b.append(a[i + 1])
    except IndexError:
        a, b = a + b, b
    return a, b
