"""Calendar feeds: classes as iCalendar (RFC 5545), for everybody and for one who teaches.

A feed names no resident and nobody who teaches, and shows no draft. It changes only when the
classes do: no property but those that say when it was made depends on the moment of asking.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from icalendar import Calendar, Component, Event, Timezone, TimezoneStandard, vText

from desk import classes, language, store, times
from desk.classes import ClassView
from desk.people import RIGHTS, Actor, require
from desk.refusals import Refused

BACK = timedelta(days=60)  # how long a class that is over, or was cancelled, stays
AHEAD = timedelta(days=180)
REFRESH = timedelta(hours=1)  # how often a calendar program should ask again
TZID = "Asia/Tokyo"
_RIGHT = "see_today"
_SHOWN = (
    "c.published_at IS NOT NULL AND c.starts_at < :end AND ("
    "(c.status = 'open' AND c.ends_at >= :since) OR "
    "(c.status = 'cancelled' AND (c.cancelled_at >= :since OR c.ends_at > :now)))"
)
_TAUGHT = (
    "EXISTS (SELECT 1 FROM class_instructor mine JOIN instructor me ON me.id = mine.instructor_id "
    "WHERE mine.class_id = c.id AND me.person_id = :person)"
)
# RFC 5545 has no way to write these, and some readers split lines at the last three.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def public(*, now: datetime, venue_id: str | None = None) -> list[ClassView]:
    """The published classes of a feed, of one venue or all: from 60 days back to 180 ahead.

    A cancelled class stays for 60 days after the cancel, and until its end.
    """
    where = f"{_SHOWN} AND c.venue_id = :venue" if venue_id else _SHOWN
    return _found(where, now, **({"venue": venue_id} if venue_id else {}))


def _found(where: str, now: datetime, **facts: Any) -> list[ClassView]:
    with store.engine().reading() as reader:
        return classes.views(
            reader,
            where,
            since=times.stamp(now - BACK),
            now=times.stamp(now),
            end=times.stamp(now + AHEAD),
            **facts,
        )


def own_address(actor: Actor, *, now: datetime) -> str:
    """A new secret for somebody's own calendar; the old one stops working at once.

    Returns:
        32 hexadecimal characters (128 bits), shown once: only their SHA-256 is stored.
    """
    require(actor, "see_today")
    secret = secrets.token_hex(16)
    with store.transaction(by=actor) as write:
        write.run(
            "INSERT INTO feed (person_id, sha256, made_at) VALUES (:person, :sha256, :now) "
            "ON CONFLICT (person_id) DO UPDATE SET sha256 = excluded.sha256, "
            "made_at = excluded.made_at",
            person=actor.id,
            sha256=_digest(secret),
            now=times.stamp(now),
        )
    return secret


def own_state(actor: Actor) -> tuple[datetime | None, bool]:
    """When somebody's address was made, if it was, and whether they are listed as teaching."""
    require(actor, "see_today")
    feed = store.one("SELECT made_at FROM feed WHERE person_id = :id", id=actor.id)
    listed = "SELECT id FROM instructor WHERE person_id = :id AND active = 1"
    teaches = store.one(listed, id=actor.id)
    return times.moment(feed["made_at"]) if feed else None, teaches is not None


def own(secret: str, *, now: datetime) -> list[ClassView]:
    """The published classes that the owner of a secret address teaches; the secret is the proof.

    Raises:
        Refused: `feed_unknown` for an old or invented one, or when its owner has left.
    """
    person = store.one(
        "SELECT p.id, p.role FROM feed f JOIN person p ON p.id = f.person_id "
        "WHERE f.sha256 = :sha256 AND p.active = 1",
        sha256=_digest(secret),
    )
    if person is None or _RIGHT not in RIGHTS[person["role"]]:
        raise Refused("feed_unknown")
    return _found(f"{_SHOWN} AND {_TAUGHT}", now, person=person["id"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def mark(found: Iterable[ClassView], *facts: str, now: datetime) -> str:
    """A short text that is another one when the feed would be, or an hour later."""
    seen = (list(found), facts, times.stamp(now)[:13])
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def calendar(
    found: Iterable[ClassView],
    *,
    name: str,
    now: datetime,
    site: str = "",
    lang: str = language.DEFAULT,
) -> bytes:
    """Classes as an iCalendar file in UTF-8, lines of at most 75 octets.

    `name` is what calendar programs call it; `site` is where the pages are, without a last slash.
    """
    updated = _updated(now, lang)
    made = Calendar()
    made.add("prodid", "-//Machikado Desk//machikado-desk//JA")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    # The library escapes only what it knows to be text.
    told = {"name": name, "x-wr-calname": name, "description": updated, "x-wr-caldesc": updated}
    for key, text in told.items():
        made.add(key, vText(_plain(text)))
    made.add("x-wr-timezone", TZID)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    made.add_component(_tokyo())
    for one in found:
        made.add_component(_event(one, now, site, lang))
    body: bytes = made.to_ical()
    return body


def _event(one: ClassView, now: datetime, site: str, lang: str) -> Component:
    _ = language.catalogue(lang).gettext
    cancelled = one.status == "cancelled"
    changed = one.changed_at or one.published_at or one.starts_at
    title = f"【{_('Sample')}】{one.name(lang)}" if one.trial else one.name(lang)
    bring = f"{_('Please bring:')} {'・'.join(one.bring)}" if one.bring else ""
    seats = one.seats_in_words(lang) if one.ends_at > now else ""
    told = _("This class was cancelled.") if cancelled else seats
    about = "\n".join(filter(None, (told, one.about, bring, _updated(now, lang))))
    event = Event()
    event.add("uid", f"{one.id}@machikado-desk")
    event.add("sequence", one.version - 1)
    # Without METHOD, DTSTAMP is the moment of the last revision (RFC 5545, 3.8.7.2).
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("created", one.published_at or changed)
    event.add("dtstart", times.local(one.starts_at))
    event.add("dtend", times.local(one.ends_at))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    # Some programs show no status, so the words say it too.
    event.add("summary", _plain(f"【{_('Cancelled')}】{title}" if cancelled else title))
    event.add("location", _plain("、".join(filter(None, (f"{one.venue} {one.room}", one.address)))))
    event.add("description", _plain(about))
    if site:
        event.add("url", f"{site}/classes/{quote(one.id, safe='')}")
    return event


def _updated(now: datetime, lang: str) -> str:
    _ = language.catalogue(lang).gettext
    words = _("Last updated: {moment}")
    return words.format(moment=times.show(now, lang))


def _plain(text: str) -> str:
    r"""Text iCalendar can carry. The library reads `\N` as a new line, so the sign is widened."""
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\N", "＼N")
    return _CONTROL.sub("", unbroken)


def _tokyo() -> Timezone:
    """Asia/Tokyo: nine hours before UTC, without summer time since 1951."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", TZID)
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - RFC 5545: its own local time
    standard.add("tzoffsetfrom", timedelta(hours=9))
    standard.add("tzoffsetto", timedelta(hours=9))
    standard.add("tzname", "JST")
    zone.add_component(standard)
    return zone
