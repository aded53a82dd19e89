"""Other people's clients and attackers: websockets, slowhttptest, ten thousand that wait."""

from __future__ import annotations

import asyncio
import csv
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websockets
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from carveout.gateway import Limits, Route, Running, Timeouts, Upstream

Make = Callable[..., Running]


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        if message == "close":
            await connection.close(4001, "as asked")
            return
        await connection.send(message)


def test_the_websockets_package_on_both_sides(gateway: Make) -> None:
    """Text, binary, fragments, compression, ping, subprotocol, closing codes, many at once."""

    chat = [Subprotocol("chat")]

    async def scenario() -> None:
        async with serve(_echo, "127.0.0.1", 0, subprotocols=chat) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            running = await asyncio.to_thread(
                lambda: gateway(
                    upstreams={"ws": Upstream(endpoints=[f"http://127.0.0.1:{port}"])},
                    routes=[Route(prefix="/", upstream="ws")],
                )
            )
            url = f"ws://{running.addresses[0]}/"
            async with connect(url, subprotocols=chat) as client:
                assert client.subprotocol == "chat"
                for message in ("hello", b"\0\xff" * 1_000, "ü" * 40_000, ""):
                    await client.send(message)
                    assert await client.recv() == message
                await client.send(iter(["one ", "two ", "three"]))
                assert await client.recv() == "one two three"
                await asyncio.wait_for(await client.ping(b"there"), 20)
                await client.send("close")
                with pytest.raises(websockets.ConnectionClosed) as caught:
                    await client.recv()
                assert caught.value.rcvd is not None
                assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4001, "as asked")

            async def one(n: int) -> None:
                async with connect(url, compression=None, subprotocols=chat) as client:
                    for turn in range(20):
                        await client.send(f"{n}-{turn}")
                        assert await client.recv() == f"{n}-{turn}"

            await asyncio.gather(*(one(n) for n in range(30)))

    asyncio.run(scenario())


@contextmanager
def _descriptors() -> Iterator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_idle_connections_are_held(gateway: Make, zoo: Zoo) -> None:
    """Each has sent a request. What one costs is said by `make soak`; here it is bounded."""
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        timeouts=Timeouts(drain_ms=200, idle_ms=600_000),
    )

    def resident_kib() -> int:
        status = Path(f"/proc/{running.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    with _descriptors() as most:
        count = min(10_000, most - 500)
        clients = []
        before = resident_kib()
        for _ in range(count):
            client = Client(running.addresses[0])
            client.send(b"GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.socket.recv(4096).startswith(b"HTTP/1.1 204")
            clients.append(client)
        assert running.state()["connections"] >= count
        each = (resident_kib() - before) / count
        # The first and the last are still served.
        for client in (clients[0], clients[-1]):
            assert client.ask("GET /x").status == 200
        for client in clients:
            client.close()
    assert each < 40, f"{each:.1f} KiB a connection"
    eventually(lambda: running.state()["connections"] < 10)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("slow headers", ["-H", "-i", "1"]),
        ("slow body", ["-B", "-i", "1", "-s", "8192"]),
        ("slow read", ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"]),
        ("range", ["-R", "-a", "5", "-b", "2000"]),
    ],
)
def test_slowhttptest_keeps_nobody_out_and_is_cleared(
    gateway: Make, zoo: Zoo, tmp_path: Path, kind: str, arguments: list[str]
) -> None:
    tool = shutil.which("slowhttptest")
    if tool is None:
        pytest.skip("slowhttptest is not installed")
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        timeouts=Timeouts(
            header_ms=2_000, idle_ms=2_000, stall_ms=2_000, total_ms=5_000, drain_ms=200
        ),
        limits=Limits(least_bytes_per_second=500),
    )
    url = f"http://{running.addresses[0]}/bytes/3000000"
    size = ["-c", "200", "-r", "100", "-l", "8", "-p", "5"]
    command = [tool, *arguments, *size, "-g", "-o", str(tmp_path / "found"), "-u", url]
    attack = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    served = 0
    try:
        while attack.poll() is None:
            with Client(running.addresses[0]) as client:
                assert client.ask("GET /x").status == 200, kind
            served += 1
            time.sleep(0.2)
    finally:
        attack.kill()
        attack.wait()
    assert served > 5
    # Its own view: the service was there in every second.
    with (tmp_path / "found.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row.get("Service Available")]
    assert rows
    assert all(int(row["Service Available"]) > 0 for row in rows), rows
    eventually(lambda: running.state()["connections"] == 0)
