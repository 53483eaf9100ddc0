"""Counting what visitors do who stay nobody: in this process's memory, under a mixed-up address
nobody can read back. Behind a server that hides visitors all of them are one.
"""

import hashlib
import secrets

from limits import RateLimitItem, RateLimitItemPerDay
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from web import pages

ONE_A_DAY = RateLimitItemPerDay(1)  # of one visitor about one subject
_SALT = secrets.token_bytes(16)


def mixed(text: str) -> str:
    """Something to tell texts apart by, while this process lives, and to read nothing from."""
    return hashlib.blake2b(text.encode(), key=_SALT).hexdigest()


class OnceADay:
    """What a visitor does about a subject counts once a day, and within limits."""

    def __init__(self, of_a_visitor: RateLimitItem, of_all: RateLimitItem) -> None:
        self.limits = of_a_visitor, of_all
        self.storage = MemoryStorage()
        self._counted = MovingWindowRateLimiter(self.storage)

    def did(self, request: Request, subject: str) -> bool:
        """True when this visitor was counted for the subject today."""
        return not self._counted.test(ONE_A_DAY, mixed(pages.visitor(request)), subject)

    def count(self, request: Request, subject: str) -> bool:
        """Count it; False when the visitor, or all visitors together, did too much this hour."""
        who = mixed(pages.visitor(request))
        of_a_visitor, of_all = self.limits
        return (
            self._counted.hit(of_a_visitor, who)
            and self._counted.hit(of_all)
            and self._counted.hit(ONE_A_DAY, who, subject)
        )
