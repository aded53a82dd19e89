"""Operations that change what the caller passed in, or give it back."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Account:
    name: str
    balance: int
    history: list[int] = field(default_factory=list)


def change(
    how: str,
    numbers: list[int],
    rows: list[list[int]],
    counts: dict[str, int],
    seen: set[int],
    account: Account,
) -> list[list[int]]:
    """Change the arguments in one of many ways; the rows go back to the caller."""
    if how == "sort":
        numbers.sort()
    elif how == "swap":
        numbers[0], numbers[-1] = numbers[-1], numbers[0]
    elif how == "alias":
        first = rows[0]
        rows.append(first)
        first.append(99)
    elif how == "numbers into rows":
        rows.append(numbers)
        numbers.append(7)
    elif how == "dict":
        del counts["a"]
        counts["z"] = len(counts)
        counts["a"] = 5
    elif how == "set":
        seen.add(100)
        seen.discard(1)
    elif how == "account":
        account.balance += 10
        account.history.append(account.balance)
    elif how == "share":
        account.history = numbers
        numbers.append(len(account.history))
    elif how == "raise":
        numbers.append(1)
        account.balance = -1
        raise ValueError("after the change")
    elif how == "overflow":
        numbers.append(1)
        account.balance = account.balance * 9223372036854775807 * 3
    elif how == "new":
        return [numbers[:], numbers[:]]
    elif how == "twice":
        fresh = [1]
        return [fresh, fresh]
    elif how == "walk":
        for number in numbers:
            if number < 3:
                numbers.append(number + 1)
    elif how == "shrink":
        for number in numbers:
            if number % 2 == 0:
                numbers.remove(number)
    return rows
