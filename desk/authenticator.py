"""The second proof of people with a password: an authenticator app, or a recovery code.

Whoever has only the password gets a ticket that says so, and nothing else: no session, no right,
no name. The ticket leads to `sessions.give_code`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from desk import codes, people, store, tickets, times, totp, tries
from desk.people import Actor
from desk.refusals import NotAllowed, Refused
from desk.store import key
from desk.store.engine import Row

TICKET_HOLDS = timedelta(minutes=5)  # from the password to the code
SETTING_UP = timedelta(minutes=30)  # to find the telephone, the app and the button


@dataclass(frozen=True)
class Beginning:
    """What an app must be told, and the ticket that brings it back with the first code.

    `replaces`: there is an app already, and a code of it is wanted too.
    """

    secret: str
    address: str
    ticket: str
    replaces: bool


def begin(actor: Actor, *, now: datetime) -> Beginning:
    """A new secret for the app of a person; nothing is stored until `confirm`.

    Raises:
        NotAllowed: `sign_in_first`, `locked`, or `not_allowed` for who has no use for one.
    """
    row = _may_set_up(actor)
    secret = totp.new_secret()
    ticket = _ticket("app", [actor.id, totp.sealed(secret)], now + SETTING_UP)
    return _beginning(row, secret, ticket)


def resume(actor: Actor, *, ticket: str, now: datetime) -> Beginning:
    """The same secret once more, after a code that was not right.

    Raises:
        Refused: `setting_up_late`, and what `begin` raises.
    """
    row = _may_set_up(actor)
    return _beginning(row, _secret_of(actor, ticket, now), ticket)


def _beginning(row: Row, secret: str, ticket: str) -> Beginning:
    address = totp.address(secret, row["name"])
    return Beginning(secret, address, ticket, replaces=_replaces(row, secret))


def _replaces(row: Row, secret: str) -> bool:
    """Whether another app is in the place; the same one is a form that was sent twice."""
    return row["totp_secret"] is not None and totp.opened(row["totp_secret"]) != secret


def confirm(
    actor: Actor,
    *,
    ticket: str,
    code: str,
    now: datetime,
    secret: str = "",
    present: str = "",
    place: str = "",
) -> list[str]:
    """The app shows the right code: from now on it is asked for at every sign-in.

    Args:
        secret: to put another app in the place of one, the password again.
        present: then also a code of the app until now, or a recovery code.
        place: where they are tried (`tries.place_of`).

    Returns:
        The recovery codes, which nobody can be shown again.

    Raises:
        Refused: `code_wrong`, `setting_up_late`, `code_present_wrong`, and what `begin`,
            `tries.prove` and `prove` raise.
    """
    row = _may_set_up(actor)
    fresh = _secret_of(actor, ticket, now)
    step = totp.step_of(fresh, codes.read_code(code), now=now, after=None)
    if step is None:
        raise Refused("code_wrong", field="code")
    if _replaces(row, fresh):
        tries.prove(row, secret, place, now)
        if not prove(row, present, now=now):
            raise Refused("code_present_wrong", field="present")
    made = totp.new_recovery()
    hashed = totp.stored_recovery(made)
    with store.transaction(by=actor, lock=f"person {actor.id}", counted=False) as write:
        write.run(
            "UPDATE person SET totp_secret = :secret, totp_step = :step, recovery = :recovery "
            "WHERE id = :id",
            secret=totp.sealed(fresh),
            step=step,
            recovery=hashed,
            id=actor.id,
        )
    return made


def _may_set_up(actor: Actor) -> Row:
    if actor.role == "public":
        raise NotAllowed("sign_in_first")
    if actor.locked:
        raise NotAllowed("locked")
    if actor.role == "volunteer" or actor.must_change:
        raise NotAllowed("not_allowed")
    row = store.one("SELECT * FROM person WHERE id = :id", id=actor.id)
    if row is None or row["secret"] is None:  # who signs in with the city's account
        raise NotAllowed("not_allowed")
    return row


def _secret_of(actor: Actor, ticket: str, now: datetime) -> str:
    match _read("app", ticket, now):
        case [actor.id, str(sealed)] if secret := totp.opened(sealed):
            return secret
    raise Refused("setting_up_late")


def ticket_for(person: Row, *, now: datetime) -> str:
    """For who gave the right password: leads to the code, while the password stays what it is."""
    return _ticket("code", [person["id"], _mark(person)], now + TICKET_HOLDS)


def person_of(ticket: str, *, now: datetime) -> Row:
    """Whose ticket it is.

    Raises:
        Refused: `code_late` for an old, changed or invented one.
    """
    match _read("code", ticket, now):
        case [str(person_id), str(mark)]:
            row = store.one("SELECT * FROM person WHERE id = :id AND active = 1", id=person_id)
            if row and row["totp_secret"] and _mark(row) == mark:
                return row
    tries.refused(people.PUBLIC, "code_late")
    raise Refused("code_late")


def prove(person: Row, code: str, *, now: datetime) -> bool:
    """Whether a code of the app, or a recovery code, is right and was not used before.

    Wrong codes are counted wherever they are tried, for whoever tries one has the password: 5 in
    15 minutes and 20 in a day, as with PINs.

    Args:
        person: their row, as `person_of` gives it.

    Raises:
        Refused: `sign_in_locked` or `sign_in_blocked`.
    """
    tries.may_try(person, tries.CODE, now)
    if not _take(person, code, now):
        tries.count_wrong(person, tries.CODE, now)
        return False
    tries.forget_wrong(person, tries.CODE)
    return True


def _take(person: Row, code: str, now: datetime) -> bool:
    """Use a code up; False when it is wrong or was used before."""
    typed = codes.read_code(code)
    secret = totp.opened(person["totp_secret"])
    if secret and len(typed) == totp.DIGITS:
        before, column = person["totp_step"], "totp_step"
        after: object = totp.step_of(secret, typed, now=now, after=before)
    else:
        before, column = person["recovery"], "recovery"
        after = totp.recovery_without(before, typed)
    if after is None:
        return False
    same = f"{column} IS NULL" if before is None else f"{column} = :before"
    # Of two who come with one code at the same moment, one is first.
    with store.transaction(by=people.actor_from(person), counted=False) as write:
        taken = write.run(
            f"UPDATE person SET {column} = :after WHERE id = :id AND {same}",
            after=after,
            id=person["id"],
            **({} if before is None else {"before": before}),
        )
    return taken == 1


def _mark(person: Row) -> str:
    """Tells one stored password from the next, and says nothing of either."""
    return str(_signer("mark").dumps(person["secret"] or "")).rpartition(".")[2]


def _ticket(kind: str, facts: list[Any], until: datetime) -> str:
    return str(_signer(kind).dumps([facts, times.stamp(until)]))


def _read(kind: str, ticket: str, now: datetime) -> list[Any]:
    """The facts of a ticket; an empty list when it is none, or too old."""
    try:
        facts, until = _signer(kind).loads(ticket)
    except BadSignature:
        return []
    return list(facts) if times.stamp(now) <= until else []


def _signer(kind: str) -> URLSafeSerializer:
    return tickets.signer(key.derived("second proof"), kind)
