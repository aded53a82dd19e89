"""Crypto: XTEA in 32-bit arithmetic over blocks, and a checksum."""

MASK = 0xFFFFFFFF


def encrypt(v0: int, v1: int, key: list[int]) -> tuple[int, int]:
    total = 0
    for _ in range(32):
        v0 = (v0 + ((((v1 << 4) ^ (v1 >> 5)) + v1) ^ (total + key[total & 3]))) & MASK
        total = (total + 0x9E3779B9) & MASK
        v1 = (v1 + ((((v0 << 4) ^ (v0 >> 5)) + v0) ^ (total + key[(total >> 11) & 3]))) & MASK
    return v0, v1


def run(n: int) -> int:
    key = [0x01234567, 0x89ABCDEF, 0x02468ACE, 0x13579BDF]
    check = 0
    for i in range(n):
        a, b = encrypt(i, i ^ check, key)
        check = (check * 31 + a + b) & MASK
    return check
