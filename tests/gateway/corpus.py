# ruff: noqa: E501 - tables of bytes read better in long lines
"""Requests that two parsers may read differently: a few ideas, multiplied out.

`cases()` gives (name, bytes). Every one that hides a second request hides `GET /smuggled`. What is
known from research on request smuggling is in it: CL.TE, TE.CL, TE.TE, CL.0, H1 line ends, blanks
and control characters around names, values and sizes, duplicates, folded lines, several Hosts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: inner\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + HIDDEN


def request(
    *lines: bytes, body: bytes = b"", first: bytes = b"POST /probe HTTP/1.1", end: bytes = b"\r\n"
) -> bytes:
    return end.join([first, b"Host: a.example", *lines, b"", b""]) + body


def _transfer_encodings() -> Iterator[tuple[str, bytes]]:
    names = [
        b"Transfer-Encoding", b"transfer-encoding", b"TRANSFER-ENCODING", b"Transfer_Encoding",
        b"Transfer-Encoding ", b" Transfer-Encoding", b"\tTransfer-Encoding", b"Transfer-Encoding\t",
        b"Transfer-Encoding\x0b", b"Transfer-Encoding\0", b"X: y\nTransfer-Encoding",
        b"X: y\rTransfer-Encoding", b"Transfer Encoding", b"Transfer-\xc3\x89ncoding",
        b"\x00Transfer-Encoding", b"\xefTransfer-Encoding", b"Transfer-Encoding\x7f",
    ]  # fmt: skip
    values = [
        b"chunked", b" chunked", b"chunked ", b"\tchunked", b"Chunked", b"CHUNKED", b"xchunked",
        b"chunked, identity", b"identity, chunked", b"identity", b"gzip, chunked", b"chunked, chunked",
        b"\x0bchunked", b"chunked\x0b", b"chunked\0", b'"chunked"', b"chunked;q=1", b"chunk", b"",
        b",chunked", b"chunked,", b"c\xc5\xabunked", b"'chunked'", b"chunked\r X: y", b"\r\n chunked",
        b"chunked\x7f",
    ]  # fmt: skip
    for name in names:
        for value in values if name == names[0] else values[:4]:
            line = name + b":" + value
            length = b"Content-Length: %d" % len(CHUNKED)
            label = f"te {name!r} {value!r}"
            yield f"{label} then length", request(line, length, body=CHUNKED)
            yield f"{label} after length", request(length, line, body=CHUNKED)
            yield f"{label} alone", request(line, body=CHUNKED)
            yield (
                f"{label} short length",
                request(line, b"Content-Length: 4", body=b"27\r\n" + HIDDEN),
            )
    for second in (b"identity", b"chunked", b"x", b""):
        both = (b"Transfer-Encoding: chunked", b"Transfer-Encoding: " + second)
        yield f"te twice {second!r}", request(*both, body=CHUNKED)
        yield f"te twice reversed {second!r}", request(*reversed(both), body=CHUNKED)


def _lengths() -> Iterator[tuple[str, bytes]]:
    n = len(HIDDEN)
    values = [
        b"+%d" % n, b"-1", b"0x%x" % n, b"%d," % n, b"%d, %d" % (n, n), b"0, %d" % n, b"%d 0" % n,
        b"%d;" % n, b"%d.0" % n, b"0%d" % n, b"1e1", b"", b" ", b"\x0b%d" % n, b"%d\x0b" % n,
        b"%d\0" % n, b"9" * 25, b"18446744073709551616", b"\xd9\xa1", b"0 ", b"%d\r" % n, b"'0'",
        b"0\n", b"0x0", b"00", b"_0", b"0_0", b"NaN",
    ]  # fmt: skip
    for value in values:
        line = b"Content-Length: " + value
        yield f"length {value!r}", request(line, body=HIDDEN)
        yield f"length {value!r} then 0", request(line, b"Content-Length: 0", body=HIDDEN)
        yield f"length 0 then {value!r}", request(b"Content-Length: 0", line, body=HIDDEN)
    names = [
        b"Content-Length ", b" Content-Length", b"Content_Length", b"Content-Length\t",
        b"Content Length", b"Content-Length\0", b"\x0bContent-Length", b"X: y\nContent-Length",
    ]  # fmt: skip
    for name in names:
        line = name + b": %d" % n
        yield f"length name {name!r}", request(line, body=HIDDEN)
        yield f"length name {name!r} and 0", request(line, b"Content-Length: 0", body=HIDDEN)
        yield f"0 and length name {name!r}", request(b"Content-Length: 0", line, body=HIDDEN)
    for method in (b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"get", b"TRACE", b"CONNECT"):
        first = method + b" /probe HTTP/1.1"
        yield f"{method!r} with body", request(b"Content-Length: %d" % n, body=HIDDEN, first=first)
        yield (
            f"{method!r} chunked",
            request(
                b"Transfer-Encoding: chunked",
                body=b"%x\r\n%s\r\n0\r\n\r\n" % (n, HIDDEN),
                first=first,
            ),
        )


def _chunks() -> Iterator[tuple[str, bytes]]:
    n = len(HIDDEN)
    sizes = [
        b"%x" % n, b"0x%x" % n, b"+%x" % n, b"-1", b" %x" % n, b"%x " % n, b"\t%x" % n, b"%x\t" % n,
        b"%x;" % n, b"%x;a=b" % n, b'%x;a="b"' % n, b"%x;a\nb" % n, b"%x;a\rb" % n, b"%x\0" % n,
        b"", b"g", b"%x,0" % n, b"00000000000000000%x" % n, b"f" * 17, b"1" * 16, b"%x;\x0b" % n,
        b"%x;" % n + b"e" * 5000, b"0;\n" + HIDDEN,
    ]  # fmt: skip
    ends = [b"\r\n", b"\n", b"\r", b"\n\r", b"\r\r\n", b"", b"\0\r\n"]
    te = b"Transfer-Encoding: chunked"
    for size in sizes:
        yield f"chunk size {size!r}", request(te, body=size + b"\r\n" + HIDDEN + b"\r\n0\r\n\r\n")
    for end in ends:
        yield f"after size {end!r}", request(te, body=b"%x" % n + end + HIDDEN + b"\r\n0\r\n\r\n")
        yield f"after data {end!r}", request(te, body=b"1\r\nx" + end + b"0\r\n\r\n" + HIDDEN)
        yield f"after last {end!r}", request(te, body=b"0" + end + b"\r\n" + HIDDEN)
        yield f"final {end!r}", request(te, body=b"0\r\n" + end + HIDDEN)
        yield f"trailer {end!r}", request(te, body=b"0\r\nX: y" + end + b"\r\n" + HIDDEN)
    for trailer in (
        b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Host: b", b"X : y", b" X: y", b"X",
        b"X: a\0b", b"X: a\rb", b": y", b"Authorization: x", b"Connection: close",
    ):  # fmt: skip
        yield f"trailer {trailer!r}", request(te, body=b"0\r\n" + trailer + b"\r\n\r\n" + HIDDEN)


def _lines() -> Iterator[tuple[str, bytes]]:
    for end in (b"\n", b"\r", b"\n\r", b"\r\r\n", b"\r\n\0", b"\x0b\r\n", b"\x85\r\n"):
        yield f"line end {end!r}", request(b"X: y", end=end) + HIDDEN
        yield f"one line end {end!r}", request(b"X: y" + end + b"Z: z")
        yield f"hidden header {end!r}", request(b"X: y" + end + b"Content-Length: 39", body=HIDDEN)
        yield f"head ends {end!r}", request(b"X: y")[:-2] + end + HIDDEN
    for fold in (b"\r\n ", b"\r\n\t", b"\n ", b"\r ", b"\r\n  \r\n"):
        yield f"fold {fold!r}", request(b"X: y" + fold + b"Content-Length: 39", body=HIDDEN)
        yield f"fold te {fold!r}", request(b"Transfer-Encoding:" + fold + b"chunked", body=CHUNKED)
    for first in (
        b"POST  /probe HTTP/1.1", b"POST /probe  HTTP/1.1", b" POST /probe HTTP/1.1",
        b"POST\t/probe\tHTTP/1.1", b"POST /probe HTTP/1.1 ", b"POST /probe", b"POST /probe HTTP/0.9",
        b"POST /probe HTTP/1.2", b"POST /probe HTTP/2.0", b"POST /probe HTTP/1.10", b"POST /probe http/1.1",
        b"POST /probe HTTP/1.1\x0b", b"POST /pro be HTTP/1.1", b"POST /probe\0 HTTP/1.1",
        b"POST /probe\x7f HTTP/1.1", b"POST /\xff HTTP/1.1", b"P\0ST /probe HTTP/1.1", b"POST probe HTTP/1.1",
        b"POST http://b.example/probe HTTP/1.1", b"POST //b.example/probe HTTP/1.1",
        b"POST http://a.example@b/probe HTTP/1.1", b"POST /probe#x HTTP/1.1", b"POST /a/../smuggled HTTP/1.1",
        b"POST /%2e%2e/smuggled HTTP/1.1", b"POST /.%2E/smuggled HTTP/1.1", b"POST /./smuggled HTTP/1.1",
        b"POST \\smuggled HTTP/1.1", b"POST /%00 HTTP/1.1", b"POST /%0d%0aX:y HTTP/1.1", b"POST * HTTP/1.1",
        b"PRI * HTTP/2.0", b"POST /probe HTTP/1.0", b"GET /probe HTTP/1.1\r\nHost: a\r\n\r\nGET /smuggled HTTP/1.0",
    ):  # fmt: skip
        yield f"first line {first!r}", request(b"Content-Length: 0", first=first)
    for line in (
        b"Host: b.example", b"host: a.example", b"Host : b", b" Host: b", b"X-Host: b", b"Host\0: b",
        b": y", b"X", b"X y: z", b"X\x0b: y", b"X: \0", b"X: \x01", b"X: \x7f", b"(X): y", b"X@: y",
        b"X:y\rHost: b", b"Host:", b"Host: :80", b"Host: a,b", b"Host: a b", b"Host: a/b", b"Host: a?b", b"Host: a@b",
        b"Host: [::1", b"Host: a:b", b"Host: a:99999", b"Host: \xc3\xa9", b"Connection: Content-Length",
        b"Connection: Host", b"Connection: Transfer-Encoding", b"Upgrade: h2c", b"Expect: 100-continue",
        b"Expect: x", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", b"Keep-Alive: x", b"Trailer: Content-Length",
    ):  # fmt: skip
        yield f"line {line!r}", request(line, b"Content-Length: 0")
        yield (
            f"line {line!r} with body",
            request(line, b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
        )
        swapped = request(b"Content-Length: 0").replace(b"Host: a.example", line)
        yield f"line {line!r} for Host", swapped


def cases() -> list[tuple[str, bytes]]:
    found = [*_transfer_encodings(), *_lengths(), *_chunks(), *_lines()]
    assert len({name for name, _ in found}) == len(found)
    return found


_FIRST = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (/[!-~]*|\*) HTTP/1\.[01]")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(;[\t -~]{0,256})?")


def strictly(data: bytes) -> list[tuple[bytes, bytes]]:
    """(target, host) of each request in `data` that every parser reads alike, up to the first that
    is in doubt. Written apart from the gateway, from RFC 9112."""
    found = []
    while True:
        head, end, data = data.partition(b"\r\n\r\n")
        lines = head.removeprefix(b"\r\n").split(b"\r\n")
        first = _FIRST.fullmatch(lines[0])
        fields = [_FIELD.fullmatch(line) for line in lines[1:]]
        if not end or not first or not all(fields):
            return found
        named: dict[bytes, list[bytes]] = {}
        for match in fields:
            assert match is not None
            named.setdefault(match[1].lower(), []).append(match[2])
        hosts, lengths = named.get(b"host", []), named.get(b"content-length", [])
        codings = named.get(b"transfer-encoding", [])
        if len(hosts) != 1 or len(lengths) + len(codings) > 1:
            return found
        if codings:
            rest = _after_chunks(data) if codings[0].lower() == b"chunked" else None
        elif lengths:
            whole = re.fullmatch(rb"[0-9]{1,18}", lengths[0]) and int(lengths[0]) <= len(data)
            rest = data[int(lengths[0]) :] if whole else None
        else:
            rest = data
        if rest is None:
            return found
        found.append((first[2], hosts[0]))
        data = rest


def _after_chunks(data: bytes) -> bytes | None:
    while True:
        line, end, data = data.partition(b"\r\n")
        match = _SIZE.fullmatch(line)
        if not end or not match:
            return None
        size = int(match[1], 16)
        if size == 0:
            break
        if data[size : size + 2] != b"\r\n":
            return None
        data = data[size + 2 :]
    while True:
        line, end, data = data.partition(b"\r\n")
        if not end:
            return None
        if not line:
            return data
        if not _FIELD.fullmatch(line):
            return None
