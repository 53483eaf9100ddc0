"""Papers of the planner's analysis: each picture, what became of an action, and the two pages for
the committee.

Like every paper they have an address that is signed and expires (`desk.tickets`). Whoever makes a
ticket is asked for the right, and the paper is drawn in that person's name: it cannot be opened
any more once they may not see it themselves.
"""

from dataclasses import dataclass
from datetime import datetime

from desk import people, tickets
from desk.gaps import table
from desk.gaps.acts import looked_back
from desk.gaps.acts.looked_back import LookBack
from desk.gaps.city import Settings
from desk.gaps.drawn.pictures import DRAWERS
from desk.gaps.report import Report
from desk.gaps.report import report as assessed
from desk.gaps.table import Sources
from desk.people import Actor, require
from desk.refusals import Refused

COVERAGE, CHANGE = "coverage", "change"
KIND = "gap_paper"
PAPERS = (COVERAGE, *DRAWERS)


@dataclass(frozen=True)
class Paper:
    """What a paper is drawn from: the city as assessed when it is opened, and the sources."""

    name: str
    report: Report
    sources: Sources


def ticket(
    actor: Actor, paper: str, settings: Settings, *, now: datetime, merged: bool = False
) -> str:
    """The last part of the address of a paper of `PAPERS`, good for 24 hours.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
        ValueError: for a paper there is not.
    """
    require(actor, "see_neighbourhoods")
    if paper not in PAPERS:
        raise ValueError(paper)
    asked = (settings.kind, settings.metres, settings.when, settings.days, int(merged))
    subject = " ".join(map(str, (actor.id, *asked)))
    return tickets.sign(KIND, f"{paper} {subject}", now=now)


def action_ticket(actor: Actor, found: LookBack, *, most: int, now: datetime) -> str:
    """The same for use before and after an action, looked at over `most` days at the longest.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
    """
    require(actor, "see_neighbourhoods")
    subject = f"{CHANGE} {actor.id} {found.action.id} {most} {found.measure}"
    return tickets.sign(KIND, subject, now=now)


def read(paper: str, ticket: str, *, now: datetime) -> Paper:
    """The paper a ticket stands for, as the city is now.

    Raises:
        Refused: `sheet_expired` for an old, changed or invented address, or that of another
            paper; `use_rates_missing`.
        NotAllowed: when who made the ticket may not see it any more.
    """
    maker, kind, metres, when, days, merged = _asked(paper, ticket, now)
    actor = _maker(maker)
    settings = Settings(kind, int(metres), when, int(days))
    found = assessed(actor, settings, now=now, merged=merged == "1")
    return Paper(paper, found, table.sources(actor))


def read_action(ticket: str, *, now: datetime) -> LookBack:
    """What became of the action a ticket stands for, as it is now.

    Raises:
        Refused, NotAllowed: as `read`; `sheet_expired` also for an action that is gone.
    """
    maker, action_id, most, measure = _asked(CHANGE, ticket, now)
    found = looked_back.looks(
        _maker(maker), now=now, most=int(most), measure=measure, only=action_id
    )
    if not found:
        raise Refused("sheet_expired")
    return found[0]


def _asked(paper: str, ticket: str, now: datetime) -> list[str]:
    """What a ticket says after the name of its paper."""
    name, *asked = tickets.read(KIND, ticket, now=now).split(" ")
    if name != paper:
        raise Refused("sheet_expired")
    return asked


def _maker(id: str) -> Actor:
    maker = people.known(id)
    if maker is None:
        raise Refused("sheet_expired")
    return maker
