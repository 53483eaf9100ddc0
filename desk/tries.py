"""Tries at proving who one is: how many may be wrong before nobody may try any more.

They are counted where they are made: at a shared tablet, or by a visitor's address, so that nobody
from afar shuts a person out of the tablet before them.
"""

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta

from desk import people, proof, store, times
from desk.people import Actor
from desk.refusals import Refused
from desk.store import key
from desk.store.engine import Row

WRONG_TRIES, LOCK = 5, timedelta(minutes=15)  # at one place
WRONG_A_DAY = 20  # anywhere: then an administrator must let a volunteer in
CODE = "code"  # the place where codes are tried: one for all, whoever comes so far has the password
FORGIVEN = "forgiven"  # the place of wrong tries that a right one followed


def place_of(visitor: str) -> str:
    """A visitor's address mixed with a key that is not in the database: it can be counted, and
    not read."""
    return hmac.digest(key.derived("place"), visitor.encode(), hashlib.sha256).hex()[:16]


def prove(person: Row | None, secret: str, place: str, now: datetime) -> Row:
    """The secret is right: wrong tries here are forgiven. Else they are counted.

    Returns:
        The person's row as it is now: a hash of other days is made anew.

    Raises:
        Refused: `sign_in_wrong`, and what `may_try` raises.
    """
    if person:
        may_try(person, place, now)
    if not proof.matches(person["secret"] if person else None, secret):
        if person:
            count_wrong(person, place, now)
        else:
            refused(people.PUBLIC, "sign_in_wrong")
        raise Refused("sign_in_wrong")
    assert person is not None
    forget_wrong(person, place)
    if not proof.outdated(person["secret"]):
        return person
    hashed = proof.hashed(secret)
    with store.transaction(by=people.actor_from(person), counted=False) as write:
        write.run(
            "UPDATE person SET secret = :secret WHERE id = :id", secret=hashed, id=person["id"]
        )
    return {**person, "secret": hashed}


def refused(who: Actor, code: str) -> None:
    """Have the audit say that a try was not counted, or was nobody's, and why."""
    people.refused(who, code, what="sessions.refused")


def forget_wrong(person: Row, place: str) -> None:
    """A right try: the wrong ones before it lock nothing any more."""
    with store.transaction(by=people.actor_from(person), counted=False) as write:
        write.run(
            # They lock nothing any more, but are still among the 20 of a day.
            "UPDATE sign_in_try SET place = :forgiven WHERE person_id = :id AND place = :place",
            forgiven=FORGIVEN,
            id=person["id"],
            place=place,
        )


def may_try(person: Row, place: str, now: datetime) -> None:
    """Raise Refused (`sign_in_locked`, `sign_in_blocked`) after too many wrong tries."""
    if person["blocked_at"]:
        refused(people.actor_from(person), "sign_in_blocked")
        raise Refused("sign_in_blocked")
    recent = store.rows(
        "SELECT at FROM sign_in_try WHERE person_id = :id AND place = :place AND at > :since "
        "ORDER BY at DESC LIMIT :most",
        id=person["id"],
        place=place,
        since=times.stamp(now - LOCK),
        most=WRONG_TRIES,
    )
    if len(recent) == WRONG_TRIES:
        until = times.moment(recent[-1]["at"]) + LOCK
        refused(people.actor_from(person), "sign_in_locked")
        raise Refused("sign_in_locked", until=times.show_clock(until))


def count_wrong(person: Row, place: str, now: datetime) -> None:
    """One more wrong try; too many in a day, and an administrator must let the person in."""
    by = people.actor_from(person)
    with store.transaction(lock=f"person {person['id']}", by=by, counted=False) as write:
        old = times.stamp(now - timedelta(days=1))
        write.run("DELETE FROM sign_in_try WHERE at <= :old", old=old)
        write.run(
            "INSERT INTO sign_in_try (id, person_id, place, at) VALUES (:id, :person, :place, :at)",
            id=str(uuid.uuid4()),
            person=person["id"],
            place=place,
            at=times.stamp(now),
        )
        today = write.rows("SELECT place FROM sign_in_try WHERE person_id = :id", id=person["id"])
        # An office account has a long password: nobody from afar must shut its owner out.
        # Whoever tries codes has that password already.
        volunteer = person["role"] == "volunteer"
        if sum(volunteer or one["place"] == CODE for one in today) >= WRONG_A_DAY:
            write.run(
                "UPDATE person SET blocked_at = :at WHERE id = :id",
                at=times.stamp(now),
                id=person["id"],
            )
    store.note(by, "sessions.wrong_secret", place=place)
