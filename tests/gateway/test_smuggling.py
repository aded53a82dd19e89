"""No request that two parsers may read differently reaches an upstream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.gateway.corpus import HIDDEN, cases, strictly
from tests.gateway.zoo import Zoo

from carveout.gateway import Route, Running, Timeouts, Upstream

FOLLOW_UP = b"GET /after HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"


async def _send(host: str, port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(data)
        # What waits for more of a body ends by itself, by the gateway's time-outs.
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def _marked(n: int, data: bytes) -> bytes:
    """The same bytes with hosts that tell this case from others; lengths stay."""
    return data.replace(b"a.example", b"a%03d.exam" % n).replace(b"Host: inner", b"Host: i%04d" % n)


def test_the_corpus_is_never_forwarded_ambiguously(gateway: Callable[..., Running]) -> None:
    corpus = [(name, _marked(n, data + FOLLOW_UP)) for n, (name, data) in enumerate(cases())]
    assert len(corpus) >= 500
    with Zoo() as upstream:
        running = gateway(
            upstreams={"zoo": Upstream(endpoints=[upstream.url])},
            routes=[Route(name="all", prefix="/", upstream="zoo")],
            timeouts=Timeouts(header_ms=1_000, stall_ms=1_000, drain_ms=2_000),
        )
        host, port = running.addresses[0].rsplit(":", 1)

        async def all_of_them() -> list[bytes]:
            gate = asyncio.Semaphore(32)

            async def one(data: bytes) -> bytes:
                async with gate:
                    return await _send(host, int(port), data)

            return await asyncio.gather(*(one(data) for _, data in corpus))

        answers = asyncio.run(all_of_them())
        # What it forwarded was clean, byte for byte.
        assert upstream.dirty == []
        forwarded: dict[bytes, list[bytes]] = {}
        for request in upstream.seen:
            target, host_header = request.target.encode(), (request.get("host") or "").encode()
            forwarded.setdefault(host_header, []).append(target)
    for n, (name, data) in enumerate(corpus):
        expected = strictly(data)
        for mark in (b"a%03d.exam" % n, b"i%04d" % n):
            # A prefix of what is beyond doubt: never more, never another order.
            allowed = [target for target, host_header in expected if host_header == mark]
            got = forwarded.get(mark, [])
            assert got == allowed[: len(got)], (name, data, got, allowed)
    # The corpus is not simply refused whole, nor does the hidden request never pass in plain sight.
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) > 20
    assert sum(answer.startswith(b"HTTP/1.1 4") for answer in answers) > 300
    assert any(HIDDEN.split()[1] in targets for targets in forwarded.values())
