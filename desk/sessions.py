"""Sessions: who signed in at which browser, until when, and whether the screen is locked.

A session ends 12 hours after it began. Before that it locks when nobody touched the screen for a
while, or when its person steps away; then it has no rights until the PIN or password was given
again, and what was typed under the lock is still there. A volunteer's is on an enrolled tablet
(`tablets`), and over when the tablet is taken off.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from desk import authenticator, people, proof, store, times, tries
from desk.people import Actor
from desk.refusals import NotAllowed, Refused
from desk.store.engine import Row, Writer

LASTS = timedelta(hours=12)
AGAIN = timedelta(hours=12)  # so long after its end a PIN makes a volunteer's session anew
# How long a screen may lie untouched: where visitors sit beside it, and at an office desk.
IDLE, IDLE_OFFICE = timedelta(minutes=3), timedelta(minutes=30)
SEEN_EVERY = timedelta(seconds=30)  # a browser tells no more often that it was touched
COOKIE = "desk_session"
DEVICE_COOKIE = "desk_device"  # which browser this is: no proof of anything
DEVICE_KEPT = timedelta(days=400)
TABLET_COOKIE = "__Host-desk_tablet"  # which shared tablet this is, and the proof of it
TABLET_SEEN = timedelta(hours=1)  # a tablet's last use is written down no more often

_DEVICE = re.compile(r"[\w-]{22}")
_PIN = re.compile(rf"[0-9]{{{proof.PIN_DIGITS}}}")


def sign_in(*, name: str, secret: str, now: datetime, place: str = "", tablet: str = "") -> str:
    """Check a PIN or password and open a session, unless a code of an app is wanted too.

    Args:
        place: where it is tried, to count wrong tries, when it is no tablet (`tries.place_of`).
        tablet: the secret of the browser's tablet, if it is enrolled; a PIN works only there.

    Returns:
        The session's token, for a cookie; only its SHA-256 is stored.

    Raises:
        Refused: `tablet_unknown` for a PIN at any other browser, `sign_in_wrong`,
            `sign_in_locked` after 5 wrong tries at this place for 15 minutes, `sign_in_blocked`
            after 20 of a volunteer in a day, `access_over` after the last day of their access, or
            `code_wanted`: its `ticket` leads to `give_code`.
    """
    person = store.one("SELECT * FROM person WHERE name = :name AND active = 1", name=name.strip())
    tablet_id = tablet_of(tablet)
    pin = _PIN.fullmatch(secret)
    if tablet_id is None and (pin or (person and person["role"] == "volunteer")):
        # From afar nobody learns whether a PIN is right or whose name is one, or shuts one out.
        proof.matches(None, secret)
        tries.refused(people.PUBLIC, "tablet_unknown")
        raise Refused("tablet_unknown" if pin else "sign_in_wrong")
    place = tablet_id or place
    person = tries.prove(person, secret, place, now)
    if people.over(person, now):
        tries.refused(people.actor_from(person), "access_over")
        raise Refused("access_over")
    if person["totp_secret"]:
        raise Refused("code_wanted", ticket=authenticator.ticket_for(person, now=now))
    return open_for(person, now=now, how="sessions.sign_in", place=place, tablet_id=tablet_id)


def give_code(*, ticket: str, code: str, now: datetime) -> str:
    """After the password: check a code of the app, or a recovery code, and open a session.

    Returns:
        The session's token.

    Raises:
        Refused: `code_late`, `code_wrong`, and what `authenticator.prove` raises.
    """
    person = authenticator.person_of(ticket, now=now)
    if not authenticator.prove(person, code, now=now):
        raise Refused("code_wrong", field="code")
    return open_for(person, now=now, how="sessions.give_code", place=tries.CODE)


def open_for(
    person: Row, *, now: datetime, how: str, place: str = "", tablet_id: str | None = None
) -> str:
    """A session for who has proved to be this person; its token.

    Args:
        how: what the audit calls the way they came.
    """
    who = people.actor_from(person)
    token = secrets.token_urlsafe(32)
    with store.transaction(by=who) as write:
        write.run(
            "DELETE FROM session WHERE ends_at < :long_ago", long_ago=times.stamp(now - AGAIN)
        )
        _open(write, token, person["id"], tablet_id, now)
        write.run(  # not more often: each time is a row of the audit
            "UPDATE tablet SET seen_at = :at WHERE id = :id AND seen_at < :before",
            at=times.stamp(now),
            id=tablet_id,
            before=times.stamp(now - TABLET_SEEN),
        )
    store.note(who, how, place=place)
    return token


def tablet_of(secret: str | None) -> str | None:
    """The id of the enrolled tablet whose secret this is, None when it is none (any more)."""
    if not secret:
        return None
    found = store.one(
        "SELECT id FROM tablet WHERE sha256 = :sha256 AND revoked_at IS NULL",
        sha256=digest(secret),
    )
    return found["id"] if found else None


def _open(write: Writer, token: str, person_id: str, tablet_id: str | None, now: datetime) -> None:
    at = times.stamp(now)
    write.run(
        "INSERT INTO session (id, person_id, tablet_id, made_at, ends_at, seen_at, proved_at) "
        "VALUES (:id, :person_id, :tablet_id, :at, :ends_at, :at, :at)",
        id=digest(token),
        person_id=person_id,
        tablet_id=tablet_id,
        at=at,
        ends_at=times.stamp(now + LASTS),
    )


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of(token: str | None, *, now: datetime) -> Actor:
    """The person whose session this is, locked or not; PUBLIC when there is none, or it is over."""
    row = found(token, now)
    if row is None:
        return people.PUBLIC
    return people.actor_from(
        row, locked=is_locked(row, now), proved_at=times.moment(row["proved_at"])
    )


# Of sessions that count: whose person may sign in, at a tablet that was not taken off; a
# volunteer's is always at one.
LIVE = (
    "SELECT p.*, s.tablet_id, s.locked_at, s.id AS session_id, s.made_at AS began_at, s.ends_at, "
    "COALESCE(s.seen_at, s.made_at) AS seen_at, COALESCE(s.proved_at, s.made_at) AS proved_at, "
    "t.name AS tablet FROM session s JOIN person p ON p.id = s.person_id "
    "LEFT JOIN tablet t ON t.id = s.tablet_id "
    "WHERE s.ends_at > :now AND p.active = 1 AND t.revoked_at IS NULL "
    "AND (p.expires_on IS NULL OR p.expires_on >= :today) "
    "AND (p.role <> 'volunteer' OR s.tablet_id IS NOT NULL)"
)


def found(token: str | None, now: datetime) -> Row | None:
    """The session of a token as a row of `LIVE`, locked or not; None when it is over or none."""
    if not token:
        return None
    return store.one(
        f"{LIVE} AND s.id = :id",
        id=digest(token),
        now=times.stamp(now),
        today=times.today(now).isoformat(),
    )


def everywhere(now: datetime) -> list[dict[str, Any]]:
    """Who is signed in where, the last touched first: id, person_id, name, role, tablet_id, tablet
    (its name; None at any other browser), began_at, seen_at (moments), locked."""
    return [
        {
            "id": row["session_id"],
            "person_id": row["id"],
            "name": row["name"],
            "role": row["role"],
            "tablet_id": row["tablet_id"],
            "tablet": row["tablet"],
            "began_at": times.moment(row["began_at"]),
            "seen_at": times.moment(row["seen_at"]),
            "locked": is_locked(row, now),
        }
        for row in store.rows(
            f"{LIVE} ORDER BY COALESCE(s.seen_at, s.made_at) DESC, s.id",
            now=times.stamp(now),
            today=times.today(now).isoformat(),
        )
    ]


def is_locked(row: Row, now: datetime) -> bool:
    """Whether a session of `LIVE` is locked: somebody did so, or nobody touched the screen."""
    # The browser locks at the minute; a server that has not heard of the last touch is later.
    untouched = now - times.moment(row["seen_at"])
    # A touch to come is a clock that was set back: nobody knows how long ago it was.
    late = not -SEEN_EVERY <= untouched < idle(row["role"]) + SEEN_EVERY
    return bool(row["locked_at"]) or late


def idle(role: str) -> timedelta:
    """How long the screen of a role may lie untouched."""
    return IDLE if role == "volunteer" else IDLE_OFFICE


def seen(token: str | None, *, now: datetime) -> bool:
    """Somebody touched the screen; False when it is locked, or there is no session."""
    row = found(token, now)
    if row is None or is_locked(row, now):
        return False
    if now - times.moment(row["seen_at"]) >= SEEN_EVERY / 2:
        _set(row, "seen_at", now)
    return True


def lock(token: str | None, *, now: datetime) -> None:
    """Somebody steps away (席をはなれる): no rights until they prove again who they are."""
    row = found(token, now)
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

    A volunteer's session that ended by itself hours ago begins anew, for 12 hours, on the same
    tablet: the form under the lock stays. Others sign in again, with all that asks for.

    Raises:
        NotAllowed: `sign_in_first` when the session is over.
        Refused: `sign_in_wrong`, `sign_in_locked` or `sign_in_blocked`, or `prove_with_city`
            for who has no password here: they sign in once more with the city's account.
    """
    row = found(token, now)
    over = row is None
    if row is None:
        row = found(token, now - AGAIN)
        if row and people.over(row, now):
            row = None
    if row is None or (over and row["role"] != "volunteer"):
        raise NotAllowed("sign_in_first")
    if row["secret"] is None:
        raise Refused("prove_with_city")
    place = row["tablet_id"] or place
    tries.prove(row, secret, place, now)
    with store.transaction(by=people.actor_from(row), counted=False) as write:
        write.run(
            "UPDATE session SET locked_at = NULL, seen_at = :at, proved_at = :at, "
            "made_at = :made_at, ends_at = :ends_at WHERE id = :id",
            at=times.stamp(now),
            made_at=times.stamp(now) if over else row["began_at"],
            ends_at=times.stamp(now + LASTS) if over else row["ends_at"],
            id=row["session_id"],
        )
    store.note(
        people.actor_from(row), "sessions.sign_in" if over else "sessions.prove", place=place
    )


def sign_out(token: str | None, *, now: datetime) -> None:
    """End a session, also one that a PIN could begin anew; nothing happens when there is none."""
    row = found(token, now - AGAIN)
    if row:
        with store.transaction(by=people.actor_from(row), counted=False) as write:
            write.run("DELETE FROM session WHERE id = :id", id=row["session_id"])
        store.note(people.actor_from(row), "sessions.sign_out")


def mark(token: str) -> str:
    """Tells one session from another for the browser's script, and is of no other use."""
    return digest(f"mark {token}")[:16]


def change_secret(
    actor: Actor,
    *,
    secret: str,
    now: datetime,
    current: str = "",
    place: str = "",
    tablet: str = "",
) -> str:
    """Choose an own PIN or password; every other session of the person ends.

    Args:
        current: the one until now; not asked for after a one-time one.
        tablet: the secret of the browser's tablet, if it is enrolled.

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
        tries.prove(row, current, place, now)
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
        _open(write, token, actor.id, tablet_of(tablet), now)
    return token


def device_of(cookie: object) -> str:
    """The id of a browser by its cookie; "" when there is none, or it is not one of ours."""
    return cookie if isinstance(cookie, str) and _DEVICE.fullmatch(cookie) else ""


def new_device() -> str:
    """An id for a browser that has none."""
    return secrets.token_urlsafe(16)
