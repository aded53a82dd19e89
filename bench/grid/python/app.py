"""The service in FastAPI, as most people would write it: dataclasses, aiohttp, sqlite3 in threads.

GRID_DB=items.db GRID_UPSTREAM=http://127.0.0.1:9000 uvicorn app:app
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import domain
import items
import trees
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

UPSTREAM = os.environ["GRID_UPSTREAM"]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    trees.probe()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(UPSTREAM, connector=connector) as session:
        app.state.session = session
        yield


app = FastAPI(title="Grid", lifespan=lifespan)


@app.exception_handler(ValueError)
async def out_of_range(_: Request, error: ValueError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 400)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/items/{number}")
def find_item(number: int) -> items.Item:
    found = items.find(number)
    if found is None:
        raise HTTPException(404, f"no item {number}")
    return found


@app.post("/items", status_code=201)
def add_item(new: items.NewItem) -> items.Item:
    return items.add(new)


@app.post("/quote")
async def quote(order: domain.Order) -> domain.Quote:
    return domain.quote(order)


@app.post("/digest")
async def digest(document: domain.Document) -> domain.Digest:
    return domain.digest(document)


async def ask(session: aiohttp.ClientSession, number: int) -> int:
    async with session.get(f"/up/{number}") as response:
        return int((await response.json())["value"])


@app.get("/fanout")
async def fanout(request: Request) -> dict[str, Any]:
    session = request.app.state.session
    values = await asyncio.gather(*(ask(session, n) for n in (1, 2, 3)))
    return {"values": values, "total": sum(values)}


@app.get("/trees/{depth}")
async def plant(depth: int) -> trees.Trees:
    return trees.plant(depth)


@app.get("/runtime")
async def runtime() -> dict[str, Any]:
    return trees.runtime()
