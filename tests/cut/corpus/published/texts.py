"""Words, checks, ciphers and encodings."""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from itertools import groupby, permutations
from string import ascii_lowercase, ascii_uppercase

ETAOIN = "ETAOINSHRDLCUMWFGYPBVKJXQZ"
MORSE_CODE_DICT = {
    "A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "F": "..-.", "G": "--.",
    "H": "....", "I": "..", "J": ".---", "K": "-.-", "L": ".-..", "M": "--", "N": "-.",
    "O": "---", "P": ".--.", "Q": "--.-", "R": ".-.", "S": "...", "T": "-", "U": "..-",
    "V": "...-", "W": ".--", "X": "-..-", "Y": "-.--", "Z": "--..", " ": "/",
}  # fmt: skip
REVERSE_DICT = {value: key for key, value in MORSE_CODE_DICT.items()}


def is_palindrome(s: str) -> bool:
    """
    >>> is_palindrome("A man, a plan, a canal: Panama")
    True
    >>> is_palindrome("Mr. Owl ate my metal worm?")
    True
    """
    cleaned = "".join(character for character in s.lower() if character.isalnum())
    return cleaned == cleaned[::-1]


def check_anagrams(first_str: str, second_str: str) -> bool:
    """
    >>> check_anagrams("Silent", "Listen")
    True
    >>> check_anagrams("There", "Their")
    False
    """
    first_str = first_str.lower().strip().replace(" ", "")
    second_str = second_str.lower().strip().replace(" ", "")
    if len(first_str) != len(second_str):
        return False
    count: defaultdict[str, int] = defaultdict(int)
    for i in range(len(first_str)):
        count[first_str[i]] += 1
        count[second_str[i]] -= 1
    return all(_count == 0 for _count in count.values())


def capitalize(sentence: str) -> str:
    """
    >>> capitalize("hello world")
    'Hello world'
    >>> capitalize("")
    ''
    """
    if not sentence:
        return ""
    lower_to_upper = dict(zip(ascii_lowercase, ascii_uppercase))
    return lower_to_upper.get(sentence[0], sentence[0]) + sentence[1:]


def caesar_encrypt(input_string: str, key: int, alphabet: str | None = None) -> str:
    """
    >>> caesar_encrypt("The quick brown fox jumps over the lazy dog", 8)
    'bpm yCqks jzwEv nwF rCuxA wDmz Bpm tiHG lwo'
    >>> caesar_encrypt("a lowercase alphabet", 5, "abcdefghijklmnopqrstuvwxyz")
    'f qtbjwhfxj fqumfgjy'
    """
    alpha = alphabet or string.ascii_letters
    result = ""
    for character in input_string:
        if character not in alpha:
            result += character
        else:
            new_key = (alpha.index(character) + key) % len(alpha)
            result += alpha[new_key]
    return result


def caesar_brute_force(input_string: str) -> dict[int, str]:
    """
    >>> caesar_brute_force("Ab")[25]
    'Bc'
    """
    brute_force_data = {}
    for key in range(1, 26):
        out = ""
        for c in input_string:
            if c.isascii() and c.isupper():
                out += chr((ord(c) - 65 - key) % 26 + 65)
            elif c.isascii() and c.islower():
                out += chr((ord(c) - ord("a") - key) % 26 + ord("a"))
            else:
                out += c
        brute_force_data[key] = out
    return brute_force_data


def vigenere(key: str, message: str, mode: str = "encrypt") -> str:
    """
    >>> vigenere("HDarji", "This is Harshil Darji from Dharmatech.")
    'Akij ra Odrjqqs Gaisq muod Mphumrcmjk.'
    >>> vigenere("", "x")
    Traceback (most recent call last):
    ...
    IndexError: string index out of range
    """
    letters = string.ascii_uppercase
    translated: list[str] = []
    key_index = 0
    key = key.upper()
    for symbol in message:
        num = letters.find(symbol.upper())
        if num != -1:
            if mode == "encrypt":
                num += letters.find(key[key_index])
            elif mode == "decrypt":
                num -= letters.find(key[key_index])
            num %= len(letters)
            if symbol.isupper():
                translated.append(letters[num])
            elif symbol.islower():
                translated.append(letters[num].lower())
            key_index += 1
            if key_index == len(key):
                key_index = 0
        else:
            translated.append(symbol)
    return "".join(translated)


def morse_encrypt(message: str) -> str:
    """
    >>> morse_encrypt("Sos!")
    Traceback (most recent call last):
    ...
    KeyError: '!'
    >>> morse_encrypt("SOS")
    '... --- ...'
    """
    return " ".join(MORSE_CODE_DICT[char] for char in message.upper())


def morse_decrypt(message: str) -> str:
    """
    >>> morse_decrypt("... --- ...")
    'SOS'
    """
    return "".join(REVERSE_DICT[char] for char in message.split())


def rail_fence(input_string: str, key: int) -> str:
    """
    >>> rail_fence("Hello World", 4)
    'HWe olordll'
    >>> rail_fence("This is a message", 0)
    Traceback (most recent call last):
        ...
    ValueError: Height of grid can't be 0 or negative
    """
    temp_grid: list[list[str]] = [[] for _ in range(min(key, 100))]
    lowest = key - 1
    if key <= 0:
        raise ValueError("Height of grid can't be 0 or negative")
    if key == 1 or len(input_string) <= key:
        return input_string
    for position, character in enumerate(input_string):
        num = position % (lowest * 2)
        num = min(num, lowest * 2 - num)
        temp_grid[num].append(character)
    grid = ["".join(row) for row in temp_grid]
    return "".join(grid)


def atbash(sequence: str) -> str:
    """
    >>> atbash("ABCDEFG")
    'ZYXWVUT'
    >>> atbash("aW;;123BX")
    'zD;;123YC'
    """
    letters = string.ascii_letters
    letters_reversed = string.ascii_lowercase[::-1] + string.ascii_uppercase[::-1]
    return "".join(
        letters_reversed[letters.index(c)] if c in letters else c for c in sequence
    )


def rot13(s: str, n: int = 13) -> str:
    """
    >>> rot13(rot13("Hello!"))
    'Hello!'
    """
    out = ""
    for c in s:
        if "A" <= c <= "Z":
            out += chr(ord("A") + (ord(c) - ord("A") + n) % 26)
        elif "a" <= c <= "z":
            out += chr(ord("a") + (ord(c) - ord("a") + n) % 26)
        else:
            out += c
    return out


def luhn_validation(string_: str) -> bool:
    """
    >>> luhn_validation("4111111111111111")
    True
    >>> luhn_validation("36111111111112")
    False
    """
    check_digit: int
    _vector: list[str] = list(string_)
    __vector, check_digit = _vector[:-1], int(_vector[-1])
    vector: list[int] = [int(digit) for digit in __vector]
    vector.reverse()
    for i, digit in enumerate(vector):
        if i & 1 == 0:
            doubled: int = digit * 2
            if doubled > 9:
                doubled -= 9
            check_digit += doubled
        else:
            check_digit += digit
    return check_digit % 10 == 0


def isbn10_check_digit(body: str) -> str:
    """
    >>> isbn10_check_digit("030640615")
    '2'
    >>> isbn10_check_digit("12")
    Traceback (most recent call last):
    ...
    ValueError: expected 9 digits, got '12'
    """
    if len(body) != 9 or not body.isdigit():
        raise ValueError(f"expected 9 digits, got {body!r}")
    total = sum((10 - i) * int(d) for i, d in enumerate(body))
    check = (11 - total % 11) % 11
    return "X" if check == 10 else str(check)


def ean13_valid(code: str) -> bool:
    """
    >>> ean13_valid("4006381333931")
    True
    """
    digits = [int(c) for c in code if c in string.digits]
    if len(digits) != 13:
        return False
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def iban_valid(iban: str) -> bool:
    """
    >>> iban_valid("GB82 WEST 1234 5698 7654 32")
    True
    >>> iban_valid("GB82 WEST 1234 5698 7654 33")
    False
    """
    compact = iban.replace(" ", "").upper()
    if not compact.isalnum() or not compact.isascii() or len(compact) < 5:
        return False
    rearranged = compact[4:] + compact[:4]
    remainder = 0
    for ch in rearranged:
        value = int(ch, 36)
        remainder = (remainder * (100 if value > 9 else 10) + value) % 97
    return remainder == 1


def run_length_encode(text: str) -> list[tuple[str, int]]:
    """
    >>> run_length_encode("AAAABBBCCDAA")
    [('A', 4), ('B', 3), ('C', 2), ('D', 1), ('A', 2)]
    """
    encoded = []
    count = 1
    for i in range(len(text)):
        if i + 1 < len(text) and text[i] == text[i + 1]:
            count += 1
        else:
            encoded.append((text[i], count))
            count = 1
    return encoded


def run_length_decode(encoded: list[tuple[str, int]]) -> str:
    """
    >>> run_length_decode([('A', 4), ('B', 3)])
    'AAAABBB'
    """
    return "".join(char * min(length, 1000) for char, length in encoded)


def rle_by_groups(text: str) -> str:
    """
    >>> rle_by_groups("aaabb")
    'a3b2'
    """
    return "".join(f"{char}{len(list(group))}" for char, group in groupby(text))


def levenshtein(first_word: str, second_word: str) -> int:
    """
    >>> levenshtein("planet", "planetary")
    3
    """
    if len(first_word) < len(second_word):
        return levenshtein(second_word, first_word)
    if len(second_word) == 0:
        return len(first_word)
    previous_row = list(range(len(second_word) + 1))
    for i, c1 in enumerate(first_word):
        current_row = [i + 1]
        for j, c2 in enumerate(second_word):
            insertions = previous_row[j + 1] + 1
            deletions = current_row[j] + 1
            substitutions = previous_row[j] + (c1 != c2)
            current_row.append(min(insertions, deletions, substitutions))
        previous_row = current_row
    return previous_row[-1]


def hamming_distance(string1: str, string2: str) -> int:
    """
    >>> hamming_distance("python", "pythen")
    1
    >>> hamming_distance("a", "ab")
    Traceback (most recent call last):
      ...
    ValueError: String lengths must match!
    """
    if len(string1) != len(string2):
        raise ValueError("String lengths must match!")
    count = 0
    for char1, char2 in zip(string1, string2):
        if char1 != char2:
            count += 1
    return count


def jaro_winkler(str1: str, str2: str) -> float:
    """
    >>> jaro_winkler("martha", "marhta")
    0.9611111111111111
    >>> jaro_winkler("hello", "")
    0.0
    """

    def get_matched_characters(_str1: str, _str2: str) -> str:
        matched = []
        limit = min(len(_str1), len(_str2)) // 2
        for i, char in enumerate(_str1):
            left = int(max(0, i - limit))
            right = int(min(i + limit + 1, len(_str2)))
            if char in _str2[left:right]:
                matched.append(char)
                _str2 = f"{_str2[0 : _str2.index(char)]} {_str2[_str2.index(char) + 1 :]}"
        return "".join(matched)

    matching_1 = get_matched_characters(str1, str2)
    matching_2 = get_matched_characters(str2, str1)
    match_count = len(matching_1)
    transpositions = (
        len([(c1, c2) for c1, c2 in zip(matching_1, matching_2) if c1 != c2]) // 2
    )
    if not match_count:
        jaro = 0.0
    else:
        jaro = (
            1
            / 3
            * (
                match_count / len(str1)
                + match_count / len(str2)
                + (match_count - transpositions) / match_count
            )
        )
    prefix_len = 0
    for c1, c2 in zip(str1[:4], str2[:4]):
        if c1 == c2:
            prefix_len += 1
        else:
            break
    return jaro + 0.1 * prefix_len * (1 - jaro)


def kmp(pattern: str, text: str) -> int:
    """
    >>> kmp("abc1abc12", "alskfjaldsabc1abc1abc12k23adsfabcabc")
    14
    """
    failure = [0]
    i = 0
    j = 1
    while j < len(pattern):
        if pattern[i] == pattern[j]:
            i += 1
        elif i > 0:
            i = failure[i - 1]
            continue
        j += 1
        failure.append(i)
    i, j = 0, 0
    while i < len(text) and pattern:
        if pattern[j] == text[i]:
            if j == (len(pattern) - 1):
                return i - j
            j += 1
        elif j > 0:
            j = failure[j - 1]
            continue
        i += 1
    return -1


def rabin_karp(pattern: str, text: str) -> bool:
    """
    >>> rabin_karp("abc1abc12", "alskfjaldsabc1abc1abc12k23adsfabcabc")
    True
    """
    alphabet_size = 256
    modulus = 1000003
    p_len = len(pattern)
    t_len = len(text)
    if p_len > t_len:
        return False
    p_hash = 0
    text_hash = 0
    modulus_power = 1
    for i in range(p_len):
        p_hash = (ord(pattern[i]) + p_hash * alphabet_size) % modulus
        text_hash = (ord(text[i]) + text_hash * alphabet_size) % modulus
        if i == p_len - 1:
            continue
        modulus_power = (modulus_power * alphabet_size) % modulus
    for i in range(t_len - p_len + 1):
        if text_hash == p_hash and text[i : i + p_len] == pattern:
            return True
        if i == t_len - p_len:
            continue
        text_hash = (
            (text_hash - ord(text[i]) * modulus_power) * alphabet_size + ord(text[i + p_len])
        ) % modulus
    return False


def z_function(input_str: str) -> list[int]:
    """
    >>> z_function("abracadabra")
    [0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 1]
    """
    z_result = [0 for i in range(len(input_str))]
    left_pointer, right_pointer = 0, 0
    for i in range(1, len(input_str)):
        if i <= right_pointer:
            min_edge = min(right_pointer - i + 1, z_result[i - left_pointer])
            z_result[i] = min_edge
        while i + z_result[i] < len(input_str) and input_str[z_result[i]] == input_str[i + z_result[i]]:
            z_result[i] += 1
        if i + z_result[i] - 1 > right_pointer:
            left_pointer, right_pointer = i, i + z_result[i] - 1
    return z_result


def manacher(input_string: str) -> str:
    """
    >>> manacher('abbbaba')
    'abbba'
    >>> manacher('')
    ''
    """
    new_input_string = "|".join(f"|{input_string}|") if input_string else ""
    best, start, length = "", 0, len(new_input_string)
    radii = [0] * length
    centre = right = 0
    for i in range(length):
        k = min(radii[2 * centre - i], right - i) if i < right else 0
        while i - k - 1 >= 0 and i + k + 1 < length and new_input_string[i - k - 1] == new_input_string[i + k + 1]:
            k += 1
        radii[i] = k
        if i + k > right:
            centre, right = i, i + k
        if k > start:
            start = k
            best = new_input_string[i - k : i + k + 1]
    return best.replace("|", "")


def word_patterns(word: str) -> str:
    """
    >>> word_patterns("pattern")
    '0.1.2.2.3.4.5'
    """
    word = word.upper()
    next_num = 0
    letter_nums = {}
    word_pattern = []
    for letter in word:
        if letter not in letter_nums:
            letter_nums[letter] = str(next_num)
            next_num += 1
        word_pattern.append(letter_nums[letter])
    return ".".join(word_pattern)


def letter_frequency(message: str) -> dict[str, int]:
    """
    >>> letter_frequency("Hello World")["L"]
    3
    """
    letter_count = {letter: 0 for letter in string.ascii_uppercase}
    for letter in message.upper():
        if letter in ascii_uppercase:
            letter_count[letter] += 1
    return letter_count


def english_frequency_order(message: str) -> str:
    """
    >>> english_frequency_order("Hello World")
    'LOWDRHEZQXJKVBPYGFMUCSNIAT'
    """
    letter_to_freq = letter_frequency(message)
    freq_to_letter: dict[int, list[str]] = {freq: [] for letter, freq in letter_to_freq.items()}
    for letter in ascii_uppercase:
        freq_to_letter[letter_to_freq[letter]].append(letter)
    freq_to_letter_str: dict[int, str] = {}
    for freq in freq_to_letter:
        freq_to_letter[freq].sort(key=ETAOIN.find, reverse=True)
        freq_to_letter_str[freq] = "".join(freq_to_letter[freq])
    freq_pairs = list(freq_to_letter_str.items())
    freq_pairs.sort(key=lambda x: x[0], reverse=True)
    return "".join([freq_pair[1] for freq_pair in freq_pairs])


def is_pangram(input_str: str = "The quick brown fox jumps over the lazy dog") -> bool:
    """
    >>> is_pangram()
    True
    >>> is_pangram("hello")
    False
    """
    frequency = set()
    input_str = input_str.replace(" ", "")
    for alpha in input_str:
        if "a" <= alpha.lower() <= "z":
            frequency.add(alpha.lower())
    return len(frequency) == 26


def is_isogram(text: str) -> bool:
    """
    >>> is_isogram('Uncopyrightable')
    True
    >>> is_isogram('copy1')
    Traceback (most recent call last):
     ...
    ValueError: String must only contain alphabetic characters.
    """
    if not all(x.isalpha() for x in text):
        raise ValueError("String must only contain alphabetic characters.")
    letters = sorted(text.lower())
    return len(letters) == len(set(letters))


def snake_to_camel(input_str: str, use_pascal: bool = False) -> str:
    """
    >>> snake_to_camel("some_random_string")
    'someRandomString'
    >>> snake_to_camel("some_random_string", use_pascal=True)
    'SomeRandomString'
    >>> snake_to_camel(123)
    Traceback (most recent call last):
        ...
    ValueError: Expected string as input, found <class 'int'>
    """
    if not isinstance(input_str, str):
        msg = f"Expected string as input, found {type(input_str)}"
        raise ValueError(msg)
    words = input_str.split("_")
    start_index = 0 if use_pascal else 1
    words_to_capitalize = words[start_index:]
    capitalized_words = [word[0].upper() + word[1:] for word in words_to_capitalize]
    initial_word = "" if use_pascal else words[0]
    return "".join([initial_word, *capitalized_words])


def count_vowels(s: str) -> int:
    """
    >>> count_vowels("the quick BROWN fox")
    5
    """
    vowels = "aeiouAEIOU"
    return sum(1 for char in s if char in vowels)


def most_common_words(text: str, n: int) -> list[tuple[str, int]]:
    """
    >>> most_common_words("a b a c b a", 2)
    [('a', 3), ('b', 2)]
    """
    return Counter(text.split()).most_common(n)


def barcode_mask(values: list[int]) -> str:
    """
    >>> barcode_mask([1, 0, 255])
    '0x01 0x00 0xff'
    """
    return " ".join(f"0x{v:02x}" for v in values)


def remove_duplicate_words(key: str) -> str:
    """
    >>> remove_duplicate_words('Hello World!!')
    'Helo Wrd'
    """
    key_no_dups = ""
    for ch in key:
        if ch == " " or (ch not in key_no_dups and ch.isalpha()):
            key_no_dups += ch
    return key_no_dups


def all_permutations(text: str) -> list[str]:
    """
    >>> all_permutations("abc")
    ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']
    """
    return ["".join(p) for p in permutations(text[:5])]


def validate_phone(phone: str) -> bool:
    """
    >>> validate_phone("+91123456789")
    False
    >>> validate_phone("9876543218")
    True
    """
    pat = re.compile(r"^(\+91[\-\s]?)?[0]?(91)?[789]\d{9}$")
    if match := re.search(pat, phone):
        return match.string == phone
    return False


def justify(line: str, max_width: int) -> list[str]:
    """
    >>> justify("This is an example of text justification.", 16)
    ['This    is    an', 'example  of text', 'justification.  ']
    """
    words = line.split()
    answer: list[str] = []
    row: list[str] = []
    width = 0
    for inner_word in words:
        if width + len(inner_word) + len(row) <= max_width:
            row.append(inner_word)
            width += len(inner_word)
        else:
            answer.append(_spread(row, width, max_width))
            row, width = [inner_word], len(inner_word)
    remaining_spaces = max_width - width - len(row)
    answer.append(" ".join(row) + (remaining_spaces + 1) * " ")
    return answer


def _spread(row: list[str], width: int, max_width: int) -> str:
    overall = max_width - width
    if len(row) == 1:
        return row[0] + " " * overall
    spaces_to_insert_between_words = len(row) - 1
    num_spaces = spaces_to_insert_between_words * [overall // spaces_to_insert_between_words]
    for i in range(overall % spaces_to_insert_between_words):
        num_spaces[i] += 1
    aligned = []
    for i in range(spaces_to_insert_between_words):
        aligned.append(row[i])
        aligned.append(num_spaces[i] * " ")
    aligned.append(row[-1])
    return "".join(aligned)


def base64_by_hand(data: bytes) -> str:
    """
    >>> base64_by_hand(b"This pull request")
    'VGhpcyBwdWxsIHJlcXVlc3Q='
    """
    table = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    binary_stream = "".join(bin(byte)[2:].zfill(8) for byte in data)
    padding_needed = len(binary_stream) % 6 != 0
    if padding_needed:
        padding = "=" * ((6 - len(binary_stream) % 6) // 2)
        binary_stream += "0" * (6 - len(binary_stream) % 6)
    else:
        padding = ""
    return (
        "".join(
            table[int(binary_stream[index : index + 6], 2)]
            for index in range(0, len(binary_stream), 6)
        )
        + padding
    )


def split_by(string_: str, separator: str = " ") -> list[str]:
    """
    >>> split_by("apple#banana#cherry#orange", separator='#')
    ['apple', 'banana', 'cherry', 'orange']
    """
    split_words = []
    last_index = 0
    for index, char in enumerate(string_):
        if char == separator:
            split_words.append(string_[last_index:index])
            last_index = index + 1
        if index + 1 == len(string_):
            split_words.append(string_[last_index : index + 1])
    return split_words


def phonetic(word: str) -> str:
    """
    >>> phonetic("Robert")
    'R163'
    """
    codes = {"BFPV": "1", "CGJKQSXZ": "2", "DT": "3", "L": "4", "MN": "5", "R": "6"}

    def code(ch: str) -> str:
        for letters, digit in codes.items():
            if ch in letters:
                return digit
        return ""

    word = word.upper()
    if not word:
        return ""
    out, last = word[0], code(word[0])
    for ch in word[1:]:
        digit = code(ch)
        if digit and digit != last:
            out += digit
        if ch not in "HW":
            last = digit
    return (out + "000")[:4]
