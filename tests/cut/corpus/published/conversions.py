"""Bases, units, colours, bits."""

from __future__ import annotations

from math import isinf
from typing import Literal

HEX_TABLE = {hex(i)[2:]: bin(i)[2:].zfill(4) for i in range(16)}
METRIC: dict[str, float] = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048}
SI = ["", "k", "M", "G", "T", "P"]
ENERGY_CONVERSION: dict[str, float] = {
    "joule": 1.0,
    "kilojoule": 1_000,
    "watthour": 3_600,
    "calorie_nutr": 4_186.8,
    "footpound": 1.355_818,
}


def decimal_to_binary(num: int) -> str:
    """
    >>> decimal_to_binary(-40)
    '-0b101000'
    >>> decimal_to_binary(16.16)
    Traceback (most recent call last):
        ...
    TypeError: 'float' object cannot be interpreted as an integer
    """
    if isinstance(num, float):
        raise TypeError("'float' object cannot be interpreted as an integer")
    if isinstance(num, str):
        raise TypeError("'str' object cannot be interpreted as an integer")
    if num == 0:
        return "0b0"
    negative = False
    if num < 0:
        negative = True
        num = -num
    binary: list[int] = []
    while num > 0:
        binary.insert(0, num % 2)
        num >>= 1
    if negative:
        return "-0b" + "".join(str(e) for e in binary)
    return "0b" + "".join(str(e) for e in binary)


def decimal_to_any(num: int, base: int) -> str:
    """
    >>> decimal_to_any(255, 16)
    'FF'
    >>> decimal_to_any(7, 1)
    Traceback (most recent call last):
        ...
    ValueError: base must be >= 2
    """
    if num < 0:
        raise ValueError("parameter must be positive int")
    if base < 2:
        raise ValueError("base must be >= 2")
    if base > 36:
        raise ValueError("base must be <= 36")
    new_value = ""
    mod = 0
    div = 0
    while div != 1:
        div, mod = divmod(num, base)
        if base >= 11 and 9 < mod < 36:
            actual_value = chr(mod + 55)
        else:
            actual_value = str(mod)
        new_value += actual_value
        div = num // base
        num = div
        if div == 0:
            return str(new_value[::-1])
        elif div == 1:
            new_value += str(div)
            return str(new_value[::-1])
    return new_value[::-1]


def binary_to_decimal(bin_string: str) -> int:
    """
    >>> binary_to_decimal("-11101")
    -29
    >>> binary_to_decimal("a")
    Traceback (most recent call last):
        ...
    ValueError: Non-binary value was passed to the function
    """
    bin_string = str(bin_string).strip()
    if not bin_string:
        raise ValueError("Empty string was passed to the function")
    is_negative = bin_string[0] == "-"
    if is_negative:
        bin_string = bin_string[1:]
    if not all(char in "01" for char in bin_string):
        raise ValueError("Non-binary value was passed to the function")
    decimal_number = 0
    for char in bin_string:
        decimal_number = 2 * decimal_number + int(char)
    return -decimal_number if is_negative else decimal_number


def hex_to_bits(text: str) -> str:
    """
    >>> hex_to_bits("AC")
    '10101100'
    """
    return "".join(HEX_TABLE[c] for c in text.lower())


def excel_title_to_column(column_title: str) -> int:
    """
    >>> excel_title_to_column("AB")
    28
    """
    assert column_title.isupper()
    answer = 0
    index = len(column_title) - 1
    power = 0
    while index >= 0:
        value = (ord(column_title[index]) - 64) * pow(26, power)
        answer += value
        power += 1
        index -= 1
    return answer


def length_conversion(value: float, from_type: str, to_type: str) -> float:
    """
    >>> length_conversion(4, "m", "ft")
    13.123359580052492
    >>> length_conversion(4, "wrongUnit", "in")
    Traceback (most recent call last):
      ...
    ValueError: Invalid 'from_type' value: 'wrongUnit'.
    Conversion abbreviations are: mm, cm, m, km, in, ft
    """
    if from_type not in METRIC:
        msg = (
            f"Invalid 'from_type' value: {from_type!r}.\n"
            f"Conversion abbreviations are: {', '.join(METRIC)}"
        )
        raise ValueError(msg)
    if to_type not in METRIC:
        raise ValueError(f"Invalid 'to_type' value: {to_type!r}.")
    return value * METRIC[from_type] / METRIC[to_type]


def energy_conversion(from_type: str, to_type: str, value: float) -> float:
    """
    >>> energy_conversion("kilojoule", "joule", 10)
    10000.0
    >>> energy_conversion("joule", "x", 1)
    Traceback (most recent call last):
        ...
    ValueError: Incorrect 'from_type' or 'to_type' value: 'joule', 'x'
    Valid values are: joule, kilojoule, watthour, calorie_nutr, footpound
    """
    if to_type not in ENERGY_CONVERSION or from_type not in ENERGY_CONVERSION:
        msg = (
            f"Incorrect 'from_type' or 'to_type' value: {from_type!r}, {to_type!r}\n"
            f"Valid values are: {', '.join(ENERGY_CONVERSION)}"
        )
        raise ValueError(msg)
    return value * ENERGY_CONVERSION[from_type] / ENERGY_CONVERSION[to_type]


def celsius_to_fahrenheit(celsius: float, ndigits: int = 2) -> float:
    """
    >>> celsius_to_fahrenheit(273.354, 3)
    524.037
    >>> celsius_to_fahrenheit(40)
    104.0
    >>> celsius_to_fahrenheit("celsius")
    Traceback (most recent call last):
        ...
    ValueError: could not convert string to float: 'celsius'
    """
    return round((float(celsius) * 9 / 5) + 32, ndigits)


def rgb_to_hsv(red: int, green: int, blue: int) -> list[float]:
    """
    >>> rgb_to_hsv(255, 128, 0)
    [30.117647058823536, 1.0, 1.0]
    >>> rgb_to_hsv(256, 0, 0)
    Traceback (most recent call last):
    ...
    Exception: red should be between 0 and 255
    """
    if red < 0 or red > 255:
        raise Exception("red should be between 0 and 255")
    if green < 0 or green > 255:
        raise Exception("green should be between 0 and 255")
    if blue < 0 or blue > 255:
        raise Exception("blue should be between 0 and 255")
    float_red = red / 255
    float_green = green / 255
    float_blue = blue / 255
    value = max(float_red, float_green, float_blue)
    chroma = value - min(float_red, float_green, float_blue)
    saturation = 0 if value == 0 else chroma / value
    if chroma == 0:
        hue = 0.0
    elif value == float_red:
        hue = 60 * (0 + (float_green - float_blue) / chroma)
    elif value == float_green:
        hue = 60 * (2 + (float_blue - float_red) / chroma)
    else:
        hue = 60 * (4 + (float_red - float_green) / chroma)
    hue = (hue + 360) % 360
    return [hue, saturation, value]


def hex_colour(text: str) -> tuple[int, int, int]:
    """
    >>> hex_colour("#ff8000")
    (255, 128, 0)
    >>> hex_colour("ff80")
    Traceback (most recent call last):
    ...
    ValueError: not a colour: 'ff80'
    """
    value = text.removeprefix("#")
    if len(value) == 3:
        value = "".join(2 * c for c in value)
    if len(value) != 6:
        raise ValueError(f"not a colour: {text!r}")
    r, g, b = (int(value[i : i + 2], 16) for i in (0, 2, 4))
    return r, g, b


def human_size(n: float) -> str:
    """
    >>> human_size(123456)
    '123.5k'
    """
    for unit in SI:
        if abs(n) < 1000:
            return f"{n:3.1f}{unit}"
        n /= 1000
    return f"{n:.1f}E"


def ip_to_int(address: str) -> int:
    """
    >>> ip_to_int("192.168.0.1")
    3232235521
    >>> ip_to_int("10.0.255")
    Traceback (most recent call last):
        ...
    ValueError: Invalid IPv4 address format
    """
    octets = [int(octet) for octet in address.split(".")]
    if len(octets) != 4:
        raise ValueError("Invalid IPv4 address format")
    result = 0
    for octet in octets:
        if not 0 <= octet <= 255:
            raise ValueError(f"Invalid IPv4 octet {octet}")
        result = (result << 8) + int(octet)
    return result


def int_to_ip(number: int) -> str:
    """
    >>> int_to_ip(3232235521)
    '192.168.0.1'
    """
    if not (0 <= number <= 4294967295):
        raise ValueError("Invalid IPv4 address value")
    octets = []
    for _ in range(4):
        octet = number & 255
        octets.insert(0, str(octet))
        number >>= 8
    return ".".join(octets)


def bits_set(a: int) -> int:
    """
    >>> bits_set(25)
    3
    >>> bits_set(-1)
    Traceback (most recent call last):
        ...
    ValueError: Input value must be a positive integer
    """
    if a < 0:
        raise ValueError("Input value must be a positive integer")
    elif isinstance(a, float):
        raise TypeError("Input value must be a 'int' type")
    return bin(a).count("1")


def binary_xor(a: int, b: int) -> str:
    """
    >>> binary_xor(25, 32)
    '0b111001'
    """
    if a < 0 or b < 0:
        raise ValueError("the value of both inputs must be positive")
    a_binary = str(bin(a))[2:]
    b_binary = str(bin(b))[2:]
    max_len = max(len(a_binary), len(b_binary))
    return "0b" + "".join(
        str(int(char_a != char_b))
        for char_a, char_b in zip(a_binary.zfill(max_len), b_binary.zfill(max_len))
    )


def twos_complement(number: int) -> str:
    """
    >>> twos_complement(-17)
    '0b101111'
    >>> twos_complement(1)
    Traceback (most recent call last):
        ...
    ValueError: input must be a negative integer
    """
    if number > 0:
        raise ValueError("input must be a negative integer")
    binary_number_length = len(bin(number)[3:])
    twos_complement_number = bin(abs(number) - (1 << binary_number_length))[3:]
    twos_complement_number = (
        (
            "1"
            + "0" * (binary_number_length - len(twos_complement_number))
            + twos_complement_number
        )
        if number < 0
        else "0"
    )
    return "0b" + twos_complement_number


def reverse_bits(number: int) -> int:
    """
    >>> reverse_bits(25)
    2550136832
    """
    if number < 0:
        raise ValueError("the value of input must be positive")
    result = 0
    for _ in range(32):
        result = (result << 1) | (number & 1)
        number >>= 1
    return result


def gray_code(bit_count: int) -> list[str]:
    """
    >>> gray_code(2)
    ['00', '01', '11', '10']
    """
    if bit_count > 8 or bit_count < 0:
        raise ValueError("The given input must be between 0 and 8")
    if bit_count == 0:
        return ["0"]
    if bit_count == 1:
        return ["0", "1"]
    smaller = gray_code(bit_count - 1)
    return ["0" + s for s in smaller] + ["1" + s for s in reversed(smaller)]


def weekday(year: int, month: int, day: int) -> str:
    """
    >>> weekday(2024, 2, 29)
    'Thursday'
    """
    if not 1 <= month <= 12:
        raise ValueError("month should be between 1 to 12")
    names = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    t = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
    if month < 3:
        year -= 1
    return names[(year + year // 4 - year // 100 + year // 400 + t[month - 1] + day) % 7]


def pressure(value: float, unit: Literal["pa", "bar", "psi"]) -> float:
    """
    >>> pressure(1, "bar")
    100000
    """
    if unit == "pa":
        return value
    if unit == "bar":
        return value * 100_000
    if isinf(value):
        raise OverflowError("infinite pressure")
    return value * 6894.76


def seconds_to_text(seconds: int, *, short: bool = False) -> str:
    """
    >>> seconds_to_text(3725)
    '1 hour, 2 minutes, 5 seconds'
    >>> seconds_to_text(60, short=True)
    '1m'
    """
    parts: list[str] = []
    for name, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if not count:
            continue
        parts.append(f"{count}{name[0]}" if short else f"{count} {name}{'s' if count != 1 else ''}")
    return (" " if short else ", ").join(parts) or "0 seconds"


def price_with_tax(price: float, tax_rate: float) -> float:
    """
    >>> price_with_tax(100, 0.25)
    125.0
    """
    return price * (1 + tax_rate)


def equated_monthly(principal: float, rate_per_annum: float, years_to_repay: int) -> float:
    """
    >>> equated_monthly(25000, 0.12, 3)
    830.3577453212793
    >>> equated_monthly(0, 0.12, 3)
    Traceback (most recent call last):
        ...
    Exception: Principal borrowed must be > 0
    """
    if principal <= 0:
        raise Exception("Principal borrowed must be > 0")
    if rate_per_annum < 0:
        raise Exception("Rate of interest must be >= 0")
    if years_to_repay <= 0 or not isinstance(years_to_repay, int):
        raise Exception("Years to repay must be an integer > 0")
    rate_per_month = rate_per_annum / 12
    number_of_payments = years_to_repay * 12
    return (
        principal
        * rate_per_month
        * (1 + rate_per_month) ** number_of_payments
        / ((1 + rate_per_month) ** number_of_payments - 1)
    )


def present_value(discount_rate: float, cash_flows: list[float]) -> float:
    """
    >>> present_value(0.13, [10, 20.70, -293, 297])
    4.69
    >>> present_value(0.13, [])
    Traceback (most recent call last):
        ...
    ValueError: Cash flows list cannot be empty
    """
    if discount_rate < 0:
        raise ValueError("Discount rate cannot be negative")
    if not cash_flows:
        raise ValueError("Cash flows list cannot be empty")
    value = sum(cash_flow / ((1 + discount_rate) ** i) for i, cash_flow in enumerate(cash_flows))
    return round(value, ndigits=2)
