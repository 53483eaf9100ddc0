"""The server: Streamlit screens and the plain routes of web/, by `streamlit run app.py`."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from desk import backups, chores, language, start, times
from desk.__main__ import first_sign_in
from web import addresses, edge, kept, out_of_order, proxies, rates
from web.document import DocumentLanguage
from web.routes import ROUTES


@asynccontextmanager
async def ready(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Prepare the database before the first request; stop in plain words when it can't be."""
    with ExitStack() as held:
        try:
            with start.machine():
                held.enter_context(start.running())
                done = start.prepare(now=times.now())
        except start.STOPPED as problem:
            said = [*start.why_not(problem, "ja"), *start.why_not(problem, "en")]
            text = "".join(f"    {one}\n" for one in dict.fromkeys(said))
            print(f"\n  はじめられません / cannot start:\n{text}", file=sys.stderr, flush=True)
            os._exit(1)  # an exception here would bury the sentence under the server's traceback
        if done.first_admin:
            print(first_sign_in(*done.first_admin), flush=True)
        for concern in backups.concerns():
            print(f"  ! {language.say(concern, 'ja')}", file=sys.stderr, flush=True)
        worker = chores.Worker()
        worker.start()
        yield None
        worker.stop()


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
        Middleware(out_of_order.Told),
        Middleware(addresses.NoNumbers, routes=ROUTES),
        Middleware(kept.First, routes=ROUTES),
        Middleware(DocumentLanguage),
    ],
)
