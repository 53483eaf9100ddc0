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
    """What an app must be told, and the ticket that brings it back with the first code."""

    secret: str
    address: str
    ticket: str


def begin(actor: Actor, *, now: datetime) -> Beginning:
    """A new secret for the app of a person; nothing is stored until `confirm`.

    Raises:
        NotAllowed: `sign_in_first`, `locked`, `not_allowed` for who has no use for one, or
            `prove_again` to put another app in the place of one.
    """
    _may_set_up(actor, now)
    secret = totp.new_secret()
    ticket = _ticket("app", [actor.id, totp.sealed(secret)], now + SETTING_UP)
    return Beginning(secret, totp.address(secret, actor.name), ticket)


def resume(actor: Actor, *, ticket: str, now: datetime) -> Beginning:
    """The same secret once more, after a code that was not right.

    Raises:
        Refused: `setting_up_late`, and what `begin` raises.
    """
    _may_set_up(actor, now)
    secret = _secret_of(actor, ticket, now)
    return Beginning(secret, totp.address(secret, actor.name), ticket)


def confirm(actor: Actor, *, ticket: str, code: str, now: datetime) -> list[str]:
    """The app shows the right code: from now on it is asked for at every sign-in.

    Returns:
        The recovery codes, which nobody can be shown again.

    Raises:
        Refused: `code_wrong`, `setting_up_late`, and what `begin` raises.
    """
    _may_set_up(actor, now)
    secret = _secret_of(actor, ticket, now)
    step = totp.step_of(secret, codes.read_code(code), now=now, after=None)
    if step is None:
        raise Refused("code_wrong", field="code")
    made = totp.new_recovery()
    hashed = totp.stored_recovery(made)
    with store.transaction(by=actor, lock=f"person {actor.id}", counted=False) as write:
        write.run(
            "UPDATE person SET totp_secret = :secret, totp_step = :step, recovery = :recovery "
            "WHERE id = :id",
            secret=totp.sealed(secret),
            step=step,
            recovery=hashed,
            id=actor.id,
        )
    return made


def _may_set_up(actor: Actor, now: datetime) -> None:
    if actor.role == "public":
        raise NotAllowed("sign_in_first")
    if actor.locked:
        raise NotAllowed("locked")
    if actor.role == "volunteer" or actor.must_change:
        raise NotAllowed("not_allowed")
    if actor.must_enrol:
        return
    row = store.one("SELECT totp_secret FROM person WHERE id = :id", id=actor.id)
    if row is None or row["totp_secret"] is None:  # who signs in with the city's account
        raise NotAllowed("not_allowed")
    people.require_proof(actor, now=now)


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


def take(person: Row, code: str, *, now: datetime) -> bool:
    """Count a code of the app or a recovery code; False when it is wrong or was used before.

    Args:
        person: their row, as `person_of` gives it.
    """
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
