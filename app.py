"""The server: Streamlit screens and the plain routes of web/, by `streamlit run app.py`."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from desk import facts, start, times
from desk.__main__ import first_sign_in
from desk.language import say
from desk.refusals import Refused
from web import addresses, edge, kept, proxies, rates
from web.document import DocumentLanguage
from web.routes import ROUTES


@asynccontextmanager
async def ready(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Prepare the database before the first request; stop in plain words when it can't be."""
    try:
        done = start.prepare(now=times.now())
    except (facts.UnreadableFile, Refused) as error:
        problem = say(error, "ja") if isinstance(error, Refused) else error
        print(f"\n  はじめられません / cannot start:\n    {problem}\n", file=sys.stderr, flush=True)
        os._exit(1)  # an exception here would bury the sentence under the server's traceback
    if done.first_admin:
        print(first_sign_in(*done.first_admin), flush=True)
    yield None


try:
    proxies.believe(proxies.named())
except ValueError as problem:
    raise SystemExit(
        f"\n  はじめられません / cannot start:\n    DESK_PROXIES: {problem}\n"
    ) from None

app = st.App(
    "pages/frame.py",
    lifespan=ready,
    routes=ROUTES,
    exception_handlers={Exception: edge.broken(ROUTES)},
    middleware=[
        Middleware(edge.Edge, routes=ROUTES),
        Middleware(rates.Rates),
        Middleware(addresses.NoNumbers, routes=ROUTES),
        Middleware(kept.First, routes=ROUTES),
        Middleware(DocumentLanguage),
    ],
)
