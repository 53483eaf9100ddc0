"""Middleware: while the machine fails, every page says so in plain words."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.refusals import OutOfOrder
from web import pages


class Told:
    """Answers 503 where the disk or the database fails before an answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except OutOfOrder as problem:
            if begun or scope["type"] != "http":
                raise
            await pages.out_of_order(Request(scope), problem)(scope, receive, send)
