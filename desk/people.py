"""People: who is here, what their role may do, and how they prove it.

A page that is hidden is not a page that is protected: every function of `desk/` that writes, or
reads what is not public, calls `require` itself.
"""

import hashlib
import itertools
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from desk import forms, store, times
from desk.refusals import N_, NotAllowed, Refused
from desk.store.engine import Row

ROLES = {
    "volunteer": N_("Volunteer"),
    "staff": N_("Staff"),
    "planner": N_("Planner"),
    "admin": N_("Administrator"),
}

_DESK = frozenset({"see_today", "book", "check_in", "log", "keep_drafts"})
_STAFF = _DESK | {
    "schedule",
    "see_neighbourhoods",
    "plan_actions",
    "see_programme",
    "check_wifi",
    "import_data",
    "see_consultations",
    "correct_consultations",
    "edit_guide",
    "see_incidents",
    "publish_use",
}
RIGHTS: dict[str, frozenset[str]] = {
    "public": frozenset(),
    "volunteer": _DESK,
    "staff": _STAFF,
    "planner": frozenset(
        {
            "see_neighbourhoods",
            "plan_actions",
            "see_programme",
            "see_consultations",
            "publish_use",
            "keep_drafts",
        }
    ),
    "admin": _STAFF | {"manage_people", "begin"},
}

PIN_DIGITS = 6
PASSWORD_LEAST = 15
WRONG_TRIES = 5
LOCK = timedelta(minutes=15)
SESSION = timedelta(hours=12)
FIRST_ADMIN = "admin"
COOKIE = "desk_session"
DEVICE_COOKIE = "desk_device"  # which browser this is: no proof of anything
DEVICE_KEPT = timedelta(days=400)

_DEVICE = re.compile(r"[\w-]{22}")
_hasher = PasswordHasher()
# Verified when the name is unknown, so that an unknown name takes as long as a wrong PIN.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something; `PUBLIC` is anybody who has not signed in."""

    id: str
    name: str
    role: str
    must_change: bool = False

    def may(self, right: str) -> bool:
        return right in RIGHTS[self.role]


PUBLIC = Actor("", "", "public")


def require(actor: Actor, right: str) -> None:
    """Raise NotAllowed unless the actor's role has the right."""
    if actor.may(right) and not actor.must_change:
        return
    raise NotAllowed("sign_in_first" if actor.role == "public" else "not_allowed")


def sign_in(*, name: str, secret: str, now: datetime) -> str:
    """Check a PIN or password and open a session of 12 hours.

    Returns:
        The session's token, for a cookie; only its SHA-256 is stored.

    Raises:
        Refused: `sign_in_wrong`, or `sign_in_locked` after 5 wrong tries for 15 minutes.
    """
    name = name.strip()
    person = store.one("SELECT * FROM person WHERE name = :name AND active = 1", name=name)
    if person and person["locked_until"] and person["locked_until"] > times.stamp(now):
        raise Refused(
            "sign_in_locked", until=times.show_clock(times.moment(person["locked_until"]))
        )
    if not _matches(person["secret"] if person else None, secret):
        if person:
            _count_wrong(person["id"], now)
        raise Refused("sign_in_wrong")
    assert person is not None  # _matches is False for nobody
    token = secrets.token_urlsafe(32)
    with store.transaction() as write:
        write.run("DELETE FROM session WHERE ends_at < :now", now=times.stamp(now))
        write.run(
            "UPDATE person SET wrong = 0, locked_until = NULL WHERE id = :id", id=person["id"]
        )
        _open_session(write, token, person["id"], now)
    return token


def _matches(stored: str | None, secret: str) -> bool:
    try:
        return _hasher.verify(stored or _NOBODY, secret) and stored is not None
    except VerifyMismatchError:
        return False


def _count_wrong(person_id: str, now: datetime) -> None:
    with store.transaction(lock=f"person {person_id}") as write:
        row = write.one("SELECT wrong FROM person WHERE id = :id", id=person_id)
        wrong = (row["wrong"] if row else 0) + 1
        locked = wrong >= WRONG_TRIES
        write.run(
            "UPDATE person SET wrong = :wrong, locked_until = :until WHERE id = :id",
            wrong=0 if locked else wrong,
            until=times.stamp(now + LOCK) if locked else None,
            id=person_id,
        )


def _open_session(write: store.Writer, token: str, person_id: str, now: datetime) -> None:
    write.run(
        "INSERT INTO session (id, person_id, made_at, ends_at) "
        "VALUES (:id, :person_id, :made_at, :ends_at)",
        id=_digest(token),
        person_id=person_id,
        made_at=times.stamp(now),
        ends_at=times.stamp(now + SESSION),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of(token: str | None, *, now: datetime) -> Actor:
    """The person whose session this is; PUBLIC when there is none, or it is over."""
    if not token:
        return PUBLIC
    row = store.one(
        "SELECT p.id, p.name, p.role, p.must_change FROM session s "
        "JOIN person p ON p.id = s.person_id "
        "WHERE s.id = :id AND s.ends_at > :now AND p.active = 1",
        id=_digest(token),
        now=times.stamp(now),
    )
    return _actor(row) if row else PUBLIC


def known(id: str) -> Actor | None:
    """The person with this id, as far as they still have access; None otherwise."""
    row = store.one(
        "SELECT id, name, role, must_change FROM person WHERE id = :id AND active = 1", id=id
    )
    return _actor(row) if row else None


def _actor(row: Row) -> Actor:
    return Actor(row["id"], row["name"], row["role"], bool(row["must_change"]))


def device_of(cookie: object) -> str:
    """The id of a browser by its cookie; "" when there is none, or it is not one of ours."""
    return cookie if isinstance(cookie, str) and _DEVICE.fullmatch(cookie) else ""


def new_device() -> str:
    """An id for a browser that has none."""
    return secrets.token_urlsafe(16)


def sign_out(token: str | None) -> None:
    """End a session; nothing happens when there is none."""
    if token:
        with store.transaction() as write:
            write.run("DELETE FROM session WHERE id = :id", id=_digest(token))


def change_secret(actor: Actor, *, secret: str, now: datetime) -> str:
    """Choose an own PIN or password; every other session of the person ends.

    Returns:
        The token of a new session.

    Raises:
        Refused: `pin_form`, `password_short`, or `password_same`.
    """
    if actor.role == "public":
        raise NotAllowed("sign_in_first")
    check_secret(actor.role, secret)
    row = store.one("SELECT secret FROM person WHERE id = :id", id=actor.id)
    if row and _matches(row["secret"], secret):
        raise Refused("password_same", field="secret")
    hashed = _hasher.hash(secret)
    token = secrets.token_urlsafe(32)
    with store.transaction() as write:
        write.run(
            "UPDATE person SET secret = :secret, must_change = 0 WHERE id = :id",
            secret=hashed,
            id=actor.id,
        )
        write.run("DELETE FROM session WHERE person_id = :id", id=actor.id)
        _open_session(write, token, actor.id, now)
    return token


def check_secret(role: str, secret: str) -> None:
    """A volunteer has a PIN of 6 digits, everybody else a password of 15 characters or more."""
    if role == "volunteer":
        if not (secret.isascii() and secret.isdigit() and len(secret) == PIN_DIGITS):
            raise Refused("pin_form", field="secret")
        steps = {int(after) - int(before) for before, after in itertools.pairwise(secret)}
        if steps in ({0}, {1}, {-1}):
            raise Refused("pin_form", field="secret")
    elif len(secret) < PASSWORD_LEAST:
        raise Refused("password_short", field="secret", least=PASSWORD_LEAST)


def add(actor: Actor, *, id: str, name: str, role: str, secret: str, now: datetime) -> None:
    """Register a person; the same `id` twice is one person.

    Raises:
        Refused: `missing`, `role_unknown`, `pin_form`, `password_short`, or `person_exists`.
    """
    require(actor, "manage_people")
    name = forms.text(name, label=N_("Name"), field="name", most=40, needed=True)
    if role not in ROLES:
        raise Refused("role_unknown", field="role")
    check_secret(role, secret)
    hashed = _hasher.hash(secret)
    with store.transaction() as write:
        found = write.one("SELECT id FROM person WHERE name = :name", name=name)
        if found and found["id"] != id:
            raise Refused("person_exists", field="name", name=name)
        write.run(
            "INSERT INTO person (id, name, role, secret, must_change, made_at, trial) "
            "VALUES (:id, :name, :role, :secret, 0, :made_at, 0) ON CONFLICT (id) DO NOTHING",
            id=id,
            name=name,
            role=role,
            secret=hashed,
            made_at=times.stamp(now),
        )


def retire(actor: Actor, *, person_id: str) -> None:
    """Take away a person's access at once; what they wrote stays.

    Raises:
        Refused: `person_unknown` or `last_admin`.
    """
    require(actor, "manage_people")
    with store.transaction() as write:
        person = write.one("SELECT role FROM person WHERE id = :id AND active = 1", id=person_id)
        if person is None:
            raise Refused("person_unknown")
        admins = write.one("SELECT COUNT(*) AS n FROM person WHERE role = 'admin' AND active = 1")
        if person["role"] == "admin" and admins and admins["n"] == 1:
            raise Refused("last_admin")
        write.run("DELETE FROM session WHERE person_id = :id", id=person_id)
        write.run("DELETE FROM draft WHERE person_id = :id", id=person_id)
        # The name is free again: a returning volunteer is registered anew.
        write.run(
            "UPDATE person SET active = 0, secret = NULL, name = name || :mark WHERE id = :id",
            mark=f" ({person_id[:8]})",
            id=person_id,
        )


def all_active(actor: Actor) -> list[dict[str, Any]]:
    """Everybody who can sign in, by role and name: id, name, role."""
    require(actor, "manage_people")
    return store.rows(
        "SELECT id, name, role FROM person WHERE active = 1 AND secret IS NOT NULL "
        "ORDER BY role, name"
    )


def names(actor: Actor) -> dict[str, str]:
    """The names of everybody who can sign in, by id: to link an instructor to an account."""
    require(actor, "schedule")
    return {
        row["id"]: row["name"]
        for row in store.rows(
            "SELECT id, name FROM person WHERE active = 1 AND secret IS NOT NULL ORDER BY name"
        )
    }


def first_admin(now: datetime) -> tuple[str, str] | None:
    """Name and one-time password of the first administrator, until somebody has used it.

    Made anew at every start while nobody has chosen a password of their own, so that a closed
    terminal locks nobody out. None once an administrator exists.
    """
    admins = store.rows(
        "SELECT name, must_change FROM person WHERE role = 'admin' AND active = 1 ORDER BY made_at"
    )
    if any(not admin["must_change"] for admin in admins):
        return None
    name = admins[0]["name"] if admins else FIRST_ADMIN
    return name, _give_one_time(name, now)


def reset_admin(*, name: str, now: datetime) -> str:
    """A new one-time password for an administrator who forgot theirs: from the terminal only.

    Raises:
        Refused: `person_unknown` unless an administrator has that name.
    """
    sql = "SELECT id FROM person WHERE name = :name AND role = 'admin' AND active = 1"
    if not store.one(sql, name=name):
        raise Refused("person_unknown")
    return _give_one_time(name, now)


def _give_one_time(name: str, now: datetime) -> str:
    one_time = "-".join(secrets.token_hex(2) for _ in range(4))
    hashed = _hasher.hash(one_time)
    with store.transaction() as write:
        write.run(
            "INSERT INTO person (id, name, role, secret, must_change, made_at) "
            "VALUES (:id, :name, 'admin', :secret, 1, :now) ON CONFLICT (name) DO UPDATE "
            "SET secret = excluded.secret, must_change = 1, locked_until = NULL",
            id=str(uuid.uuid4()),
            name=name,
            secret=hashed,
            now=times.stamp(now),
        )
    return one_time
