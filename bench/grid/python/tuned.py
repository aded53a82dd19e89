"""The service in Starlette with msgspec and aiohttp: Python by people who count microseconds.

granian --interface asgi tuned:app
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import domain
import items
import msgspec
import trees
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

UPSTREAM = os.environ["GRID_UPSTREAM"]
ENCODER = msgspec.json.Encoder()
ORDER = msgspec.json.Decoder(domain.Order)
DOCUMENT = msgspec.json.Decoder(domain.Document)
NEW_ITEM = msgspec.json.Decoder(items.NewItem)


class Upstream(msgspec.Struct):
    value: int


UPSTREAM_ANSWER = msgspec.json.Decoder(Upstream)


def answer(value: object, status: int = 200) -> Response:
    return Response(ENCODER.encode(value), status, media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    trees.probe()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(UPSTREAM, connector=connector) as session:
        app.state.session = session
        yield


async def health(_: Request) -> Response:
    return answer({"status": "ok"})


async def find_item(request: Request) -> Response:
    number = request.path_params["number"]
    found = items.find(number)
    if found is None:
        return answer({"detail": f"no item {number}"}, 404)
    return answer(found)


async def add_item(request: Request) -> Response:
    return answer(items.add(NEW_ITEM.decode(await request.body())), 201)


async def quote(request: Request) -> Response:
    return answer(domain.quote(ORDER.decode(await request.body())))


async def digest(request: Request) -> Response:
    return answer(domain.digest(DOCUMENT.decode(await request.body())))


async def ask(session: aiohttp.ClientSession, number: int) -> int:
    async with session.get(f"/up/{number}") as response:
        return UPSTREAM_ANSWER.decode(await response.read()).value


async def fanout(request: Request) -> Response:
    session = request.app.state.session
    values = await asyncio.gather(*(ask(session, n) for n in (1, 2, 3)))
    return answer({"values": values, "total": sum(values)})


async def plant(request: Request) -> Response:
    return answer(trees.plant(request.path_params["depth"]))


async def runtime(_: Request) -> Response:
    return answer(trees.runtime())


async def invalid(_: Request, error: Exception) -> Response:
    return answer({"detail": str(error)}, 422)


async def out_of_range(_: Request, error: Exception) -> Response:
    return answer({"detail": str(error)}, 400)


app = Starlette(
    routes=[
        Route("/health", health),
        Route("/items/{number:int}", find_item),
        Route("/items", add_item, methods=["POST"]),
        Route("/quote", quote, methods=["POST"]),
        Route("/digest", digest, methods=["POST"]),
        Route("/fanout", fanout),
        Route("/trees/{depth:int}", plant),
        Route("/runtime", runtime),
    ],
    lifespan=lifespan,
    exception_handlers={
        msgspec.ValidationError: invalid,
        msgspec.DecodeError: invalid,
        ValueError: out_of_range,
    },
)
