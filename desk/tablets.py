"""Shared tablets: enrolled once by a code that lives ten minutes, taken off at once when lost.

On an enrolled tablet a volunteer is a name and a PIN (`sessions.sign_in`). The tablet's browser
keeps a secret of 128 bits in a cookie; the database has its SHA-256. Here an administrator also
sees who is signed in where, and ends a session.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from desk import forms, people, sessions, store, times
from desk.people import Actor
from desk.refusals import N_, Refused
from desk.store.engine import Row

CODE_LIVES = timedelta(minutes=10)
KEPT = timedelta(days=400)  # of the cookie, from each sign-in on: browsers keep none longer
NAME_MOST = 40  # characters


def make(actor: Actor, *, id: str, name: str, now: datetime) -> str:
    """Name a tablet that is to be enrolled; the same `id` again makes a new code for it.

    Returns:
        The code, for the address its browser opens within ten minutes; its SHA-256 is stored.

    Raises:
        Refused: what `forms.text` raises, `tablet_exists`, or `tablet_enrolled`.
    """
    people.require(actor, "manage_people")
    name = forms.text(name, label=N_("Name"), field="name", most=NAME_MOST, needed=True)
    code = secrets.token_hex(16)
    with store.transaction(by=actor, counted=False) as write:
        write.run(
            "DELETE FROM tablet WHERE enrolled_at IS NULL AND id <> :id AND code_until <= :now",
            id=id,
            now=times.stamp(now),
        )
        others = write.one(
            "SELECT 1 AS yes FROM tablet WHERE name = :name AND id <> :id AND revoked_at IS NULL",
            name=name,
            id=id,
        )
        if others:
            raise Refused("tablet_exists", field="name", name=name)
        done = write.rows(
            "INSERT INTO tablet (id, name, code_sha256, code_until, made_at, made_by) "
            "VALUES (:id, :name, :code, :until, :now, :by) ON CONFLICT (id) DO UPDATE "
            "SET name = excluded.name, code_sha256 = excluded.code_sha256, "
            "code_until = excluded.code_until WHERE tablet.enrolled_at IS NULL RETURNING id",
            id=id,
            name=name,
            code=sessions.digest(code),
            until=times.stamp(now + CODE_LIVES),
            now=times.stamp(now),
            by=actor.id,
        )
        if not done:
            raise Refused("tablet_enrolled", name=name)
    return code


def waiting(code: str, *, now: datetime) -> str:
    """The name of the tablet a code is for.

    Raises:
        Refused: `tablet_code` when it was used, is too old, or none.
    """
    return str(_waiting(code, now)["name"])


def _waiting(code: str, now: datetime) -> Row:
    found = store.one(
        "SELECT id, name, made_by FROM tablet WHERE code_sha256 = :code AND code_until > :now "
        "AND enrolled_at IS NULL AND revoked_at IS NULL",
        code=sessions.digest(code),
        now=times.stamp(now),
    )
    if found is None:
        raise Refused("tablet_code")
    return found


def enrol(code: str, *, now: datetime) -> str:
    """The browser that brings the code is this tablet from now on; no code works twice.

    Returns:
        The tablet's secret, for a cookie.

    Raises:
        Refused: `tablet_code`.
    """
    tablet = _waiting(code, now)
    secret = secrets.token_urlsafe(16)
    # Whoever made the code answers for who used it.
    by = people.known(tablet["made_by"]) or store.SYSTEM
    with store.transaction(by=by, counted=False) as write:
        done = write.rows(
            "UPDATE tablet SET sha256 = :sha256, enrolled_at = :now, seen_at = :now, "
            "code_sha256 = NULL, code_until = NULL "
            "WHERE code_sha256 = :code AND enrolled_at IS NULL AND revoked_at IS NULL RETURNING id",
            sha256=sessions.digest(secret),
            code=sessions.digest(code),
            now=times.stamp(now),
        )
        if not done:
            raise Refused("tablet_code")
    return secret


def named(secret: str | None) -> str:
    """The name of the enrolled tablet whose secret this is; "" when it is none."""
    id = sessions.tablet_of(secret)
    found = store.one("SELECT name FROM tablet WHERE id = :id", id=id) if id else None
    return str(found["name"]) if found else ""


def revoke(actor: Actor, *, tablet_id: str, now: datetime) -> None:
    """Take a tablet off at once: its sessions end, and no PIN works there any more.

    Raises:
        Refused: `tablet_gone` when it is off already, or none.
    """
    people.require(actor, "manage_people")
    with store.transaction(by=actor, counted=False) as write:
        done = write.rows(
            "UPDATE tablet SET revoked_at = :now, revoked_by = :by "
            "WHERE id = :id AND revoked_at IS NULL RETURNING id",
            now=times.stamp(now),
            by=actor.id,
            id=tablet_id,
        )
        if not done:
            raise Refused("tablet_gone")
        write.run("DELETE FROM session WHERE tablet_id = :id", id=tablet_id)


def all_tablets(actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """The enrolled tablets by name: id, name, enrolled_at, seen_at (moments), who (names).

    `seen_at` is when somebody last signed in, or touched the screen while signed in.
    """
    people.require(actor, "manage_people")
    here = open_sessions(actor, now=now)
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "enrolled_at": times.moment(row["enrolled_at"]),
            "seen_at": max(
                times.moment(row["seen_at"]),
                *(one["seen_at"] for one in here if one["tablet_id"] == row["id"]),
                times.moment(row["enrolled_at"]),
            ),
            "who": [one["name"] for one in here if one["tablet_id"] == row["id"]],
        }
        for row in store.rows(
            "SELECT id, name, enrolled_at, COALESCE(seen_at, enrolled_at) AS seen_at FROM tablet "
            "WHERE enrolled_at IS NOT NULL AND revoked_at IS NULL ORDER BY name"
        )
    ]


def is_enrolled(actor: Actor, *, tablet_id: str) -> bool:
    """Whether a browser has taken the tablet's code."""
    people.require(actor, "manage_people")
    sql = "SELECT 1 AS yes FROM tablet WHERE id = :id AND enrolled_at IS NOT NULL"
    return store.one(sql, id=tablet_id) is not None


def open_sessions(actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Who is signed in where (`sessions.everywhere`), for administrators."""
    people.require(actor, "manage_people")
    return sessions.everywhere(now)


def end_session(actor: Actor, *, session_id: str) -> None:
    """End somebody's session at once.

    Raises:
        Refused: `session_gone` when it is over already.
    """
    people.require(actor, "manage_people")
    with store.transaction(by=actor, counted=False) as write:
        done = write.rows("DELETE FROM session WHERE id = :id RETURNING person_id", id=session_id)
        if not done:
            raise Refused("session_gone")
    store.note(actor, "tablets.end_session", person=done[0]["person_id"])
