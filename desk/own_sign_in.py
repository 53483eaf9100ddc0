"""What somebody sees and changes of their own sign-in: what proves who they are, and where else
they are signed in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk import people, sessions, store, times, tries
from desk.people import Actor
from desk.refusals import NotAllowed, Refused
from desk.store.engine import Row


@dataclass(frozen=True)
class Own:
    """The sign-in of one person, seen from one of their sessions.

    Attributes:
        secret: whether they have a PIN or password here; who signs in with the city's account has
            none.
        app: whether a code of an app is asked for.
        others: their other sessions, as `sessions.everywhere` gives them.
    """

    actor: Actor
    secret: bool
    app: bool
    others: list[dict[str, Any]]


def look(token: str | None, *, now: datetime) -> Own:
    """The own sign-in of the person of a session.

    Raises:
        NotAllowed: `sign_in_first` or `locked`.
    """
    row = _row(token, now)
    others = [
        one
        for one in sessions.everywhere(now)
        if one["person_id"] == row["id"] and one["id"] != row["session_id"]
    ]
    return Own(_actor(row), bool(row["secret"]), bool(row["totp_secret"]), others)


def end(
    token: str | None, *, ids: Collection[str], now: datetime, secret: str = "", place: str = ""
) -> int:
    """End other sessions of the person of this one, and say how many there were.

    Args:
        ids: of them, as `look` gives them; those of others and this one stay.
        secret: the PIN or password again; who has none here must have signed in minutes ago.
        place: where it is tried (`tries.place_of`), when it is no tablet.

    Raises:
        NotAllowed: `sign_in_first` or `locked`.
        Refused: `sessions_none` when none was chosen, what `tries.prove` raises, or
            `prove_with_city` for who signed in with the city's account long ago.
    """
    row = _row(token, now)
    if not ids:
        raise Refused("sessions_none", field="session")
    who = _actor(row)
    if row["secret"] is None:
        try:
            people.require_proof(who, now=now)
        except NotAllowed:
            raise Refused("prove_with_city") from None
    else:
        tries.prove(row, secret, row["tablet_id"] or place, now)
    with store.transaction(by=who, counted=False) as write:
        ended = sum(
            write.run(
                "DELETE FROM session WHERE id = :id AND person_id = :person_id AND id <> :here",
                id=id,
                person_id=row["id"],
                here=row["session_id"],
            )
            for id in sorted(set(ids))
        )
    store.note(who, "own_sign_in.end", ended=ended)
    return ended


def _row(token: str | None, now: datetime) -> Row:
    row = sessions.found(token, now)
    if row is None:
        raise NotAllowed("sign_in_first")
    if sessions.is_locked(row, now):
        raise NotAllowed("locked")
    return row


def _actor(row: Row) -> Actor:
    return people.actor_from(row, proved_at=times.moment(row["proved_at"]))
