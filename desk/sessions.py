"""Sessions: who signed in at which browser, until when, and whether the screen is locked.

A session ends 12 hours after it began. Before that it locks when nobody touched the screen for a
while, or when its person steps away; then it has no rights until the PIN or password was given
again, and what was typed under the lock is still there.
"""

import hashlib
import re
import secrets
import uuid
from datetime import datetime, timedelta

from desk import authenticator, people, proof, store, times
from desk.people import Actor
from desk.refusals import NotAllowed, Refused
from desk.store.engine import Row, Writer

LASTS = timedelta(hours=12)
WRONG_TRIES, LOCK = 5, timedelta(minutes=15)  # at one place
WRONG_A_DAY = 20  # anywhere: then an administrator must let a volunteer in
# How long a screen may lie untouched: where visitors sit beside it, and at an office desk.
IDLE, IDLE_OFFICE = timedelta(minutes=3), timedelta(minutes=30)
CODE = "code"  # the place where codes are tried: one for all, whoever comes so far has the password
SEEN_EVERY = timedelta(seconds=30)  # a browser tells no more often that it was touched
COOKIE = "desk_session"
DEVICE_COOKIE = "desk_device"  # which browser this is: no proof of anything
DEVICE_KEPT = timedelta(days=400)

_DEVICE = re.compile(r"[\w-]{22}")


def sign_in(*, name: str, secret: str, now: datetime, place: str = "") -> str:
    """Check a PIN or password and open a session, unless a code of an app is wanted too.

    Args:
        place: where it is tried, to count wrong tries: a tablet, or a visitor's mixed-up address.

    Returns:
        The session's token, for a cookie; only its SHA-256 is stored.

    Raises:
        Refused: `sign_in_wrong`, `sign_in_locked` after 5 wrong tries at this place for 15
            minutes, `sign_in_blocked` after 20 in a day, `access_over` after the last day of
            their access, or `code_wanted`: its `ticket` leads to `give_code`.
    """
    person = store.one("SELECT * FROM person WHERE name = :name AND active = 1", name=name.strip())
    _prove(person, secret, place, now)
    assert person is not None  # nobody proves nothing
    if people.over(person, now):
        raise Refused("access_over")
    if person["totp_secret"]:
        raise Refused("code_wanted", ticket=authenticator.ticket_for(person, now=now))
    return open_for(person, now=now, how="sessions.sign_in", place=place)


def give_code(*, ticket: str, code: str, now: datetime) -> str:
    """After the password: check a code of the app, or a recovery code, and open a session.

    Wrong codes are counted wherever they are tried, for whoever tries one has the password: 5 in
    15 minutes and 20 in a day, as with PINs.

    Returns:
        The session's token.

    Raises:
        Refused: `code_late`, `code_wrong`, `sign_in_locked` or `sign_in_blocked`.
    """
    person = authenticator.person_of(ticket, now=now)
    _may_try(person, CODE, now)
    if not authenticator.take(person, code, now=now):
        _count_wrong(person, CODE, now)
        raise Refused("code_wrong", field="code")
    _forget_wrong(person, CODE)
    return open_for(person, now=now, how="sessions.give_code", place=CODE)


def open_for(person: Row, *, now: datetime, how: str, place: str = "") -> str:
    """A session for who has proved to be this person; its token.

    Args:
        how: what the audit calls the way they came.
    """
    who = people.actor_from(person)
    token = secrets.token_urlsafe(32)
    with store.transaction(by=who) as write:
        write.run("DELETE FROM session WHERE ends_at < :now", now=times.stamp(now))
        _open(write, token, person["id"], now)
    store.note(who, how, place=place)
    return token


def _prove(person: Row | None, secret: str, place: str, now: datetime) -> None:
    """The secret is right: wrong tries here are forgotten. Else they are counted."""
    if person:
        _may_try(person, place, now)
    if not proof.matches(person["secret"] if person else None, secret):
        if person:
            _count_wrong(person, place, now)
        raise Refused("sign_in_wrong")
    assert person is not None
    _forget_wrong(person, place)
    if proof.outdated(person["secret"]):
        with store.transaction(by=people.actor_from(person), counted=False) as write:
            write.run(
                "UPDATE person SET secret = :secret WHERE id = :id",
                secret=proof.hashed(secret),
                id=person["id"],
            )


def _forget_wrong(person: Row, place: str) -> None:
    with store.transaction(by=people.actor_from(person), counted=False) as write:
        write.run(
            "DELETE FROM sign_in_try WHERE person_id = :id AND place = :place",
            id=person["id"],
            place=place,
        )


def _may_try(person: Row, place: str, now: datetime) -> None:
    if person["blocked_at"]:
        raise Refused("sign_in_blocked")
    tries = store.rows(
        "SELECT at FROM sign_in_try WHERE person_id = :id AND place = :place AND at > :since "
        "ORDER BY at DESC LIMIT :most",
        id=person["id"],
        place=place,
        since=times.stamp(now - LOCK),
        most=WRONG_TRIES,
    )
    if len(tries) == WRONG_TRIES:
        until = times.moment(tries[-1]["at"]) + LOCK
        raise Refused("sign_in_locked", until=times.show_clock(until))


def _count_wrong(person: Row, place: str, now: datetime) -> None:
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
        tries = write.rows("SELECT place FROM sign_in_try WHERE person_id = :id", id=person["id"])
        # An office account has a long password: nobody from afar must shut its owner out.
        # Whoever tries codes has that password already.
        volunteer = person["role"] == "volunteer"
        if sum(volunteer or one["place"] == CODE for one in tries) >= WRONG_A_DAY:
            write.run(
                "UPDATE person SET blocked_at = :at WHERE id = :id",
                at=times.stamp(now),
                id=person["id"],
            )
    store.note(by, "sessions.wrong_secret", place=place)


def _open(write: Writer, token: str, person_id: str, now: datetime) -> None:
    at = times.stamp(now)
    write.run(
        "INSERT INTO session (id, person_id, made_at, ends_at, seen_at, proved_at) "
        "VALUES (:id, :person_id, :at, :ends_at, :at, :at)",
        id=digest(token),
        person_id=person_id,
        at=at,
        ends_at=times.stamp(now + LASTS),
    )


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of(token: str | None, *, now: datetime) -> Actor:
    """The person whose session this is, locked or not; PUBLIC when there is none, or it is over."""
    row = _found(token, now)
    if row is None:
        return people.PUBLIC
    return people.actor_from(
        row, locked=_is_locked(row, now), proved_at=times.moment(row["proved_at"])
    )


def _found(token: str | None, now: datetime) -> Row | None:
    if not token:
        return None
    return store.one(
        "SELECT p.*, s.tablet_id, s.locked_at, s.id AS session_id, "
        "COALESCE(s.seen_at, s.made_at) AS seen_at, COALESCE(s.proved_at, s.made_at) AS proved_at "
        "FROM session s JOIN person p ON p.id = s.person_id "
        "WHERE s.id = :id AND s.ends_at > :now AND p.active = 1 "
        "AND (p.expires_on IS NULL OR p.expires_on >= :today)",
        id=digest(token),
        now=times.stamp(now),
        today=times.today(now).isoformat(),
    )


def _is_locked(row: Row, now: datetime) -> bool:
    idle = IDLE if row["role"] == "volunteer" else IDLE_OFFICE
    # The browser locks at the minute; a server that has not heard of the last touch is later.
    untouched = now - times.moment(row["seen_at"])
    # A touch to come is a clock that was set back: nobody knows how long ago it was.
    return bool(row["locked_at"]) or not -SEEN_EVERY <= untouched < idle + SEEN_EVERY


def seen(token: str | None, *, now: datetime) -> bool:
    """Somebody touched the screen; False when it is locked, or there is no session."""
    row = _found(token, now)
    if row is None or _is_locked(row, now):
        return False
    if now - times.moment(row["seen_at"]) >= SEEN_EVERY / 2:
        _set(row, "seen_at", now)
    return True


def lock(token: str | None, *, now: datetime) -> None:
    """Somebody steps away (席をはなれる): no rights until they prove again who they are."""
    row = _found(token, now)
    if row and not row["locked_at"]:
        _set(row, "locked_at", now)


def _set(row: Row, column: str, now: datetime) -> None:
    with store.transaction(by=people.actor_from(row), counted=False) as write:
        write.run(
            f"UPDATE session SET {column} = :at WHERE id = :id",
            at=times.stamp(now),
            id=row["session_id"],
        )


def prove(token: str | None, *, secret: str, now: datetime, place: str = "") -> None:
    """The person of a session proves again who they are: it is unlocked, and they may do for a
    while what asks for a recent proof.

    Raises:
        NotAllowed: `sign_in_first` when the session is over.
        Refused: `sign_in_wrong`, `sign_in_locked` or `sign_in_blocked`, or `prove_with_city`
            for who has no password here: they sign in once more with the city's account.
    """
    row = _found(token, now)
    if row is None:
        raise NotAllowed("sign_in_first")
    if row["secret"] is None:
        raise Refused("prove_with_city")
    _prove(row, secret, place, now)
    with store.transaction(by=people.actor_from(row), counted=False) as write:
        write.run(
            "UPDATE session SET locked_at = NULL, seen_at = :at, proved_at = :at WHERE id = :id",
            at=times.stamp(now),
            id=row["session_id"],
        )
    store.note(people.actor_from(row), "sessions.prove", place=place)


def sign_out(token: str | None, *, now: datetime) -> None:
    """End a session; nothing happens when there is none."""
    row = _found(token, now)
    if row:
        with store.transaction(by=people.actor_from(row), counted=False) as write:
            write.run("DELETE FROM session WHERE id = :id", id=row["session_id"])
        store.note(people.actor_from(row), "sessions.sign_out")


def change_secret(
    actor: Actor, *, secret: str, now: datetime, current: str = "", place: str = ""
) -> str:
    """Choose an own PIN or password; every other session of the person ends.

    Args:
        current: the one until now; not asked for after a one-time one.

    Returns:
        The token of a new session.

    Raises:
        Refused: what `proof.check` raises, `password_same`, or what is wrong with `current`: what
            `prove` raises.
    """
    if actor.role == "public":
        raise NotAllowed("sign_in_first")
    if actor.locked:
        raise NotAllowed("locked")
    row = store.one("SELECT * FROM person WHERE id = :id", id=actor.id)
    if row is None or row["secret"] is None:
        raise NotAllowed("not_allowed")  # who signs in with the city's account
    if not actor.must_change:
        _prove(row, current, place, now)
    proof.check(actor.role, secret, own=(actor.name,))
    if proof.matches(row["secret"], secret):
        raise Refused("password_same", field="secret")
    hashed = proof.hashed(secret)
    token = secrets.token_urlsafe(32)
    with store.transaction(by=actor) as write:
        write.run(
            "UPDATE person SET secret = :secret, must_change = 0 WHERE id = :id",
            secret=hashed,
            id=actor.id,
        )
        write.run("DELETE FROM session WHERE person_id = :id", id=actor.id)
        _open(write, token, actor.id, now)
    return token


def device_of(cookie: object) -> str:
    """The id of a browser by its cookie; "" when there is none, or it is not one of ours."""
    return cookie if isinstance(cookie, str) and _DEVICE.fullmatch(cookie) else ""


def new_device() -> str:
    """An id for a browser that has none."""
    return secrets.token_urlsafe(16)
