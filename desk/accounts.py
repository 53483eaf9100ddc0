"""What an administrator changes of somebody's access: role, last day, city account, a lost phone.

Each ends the person's sessions where it changes how they prove who they are or what they may do,
and wants a recent proof of the administrator (`people.require_proof`).
"""

from datetime import date, datetime

from desk import oidc, people, proof, store, times
from desk.people import Actor, require, require_proof
from desk.refusals import Refused
from desk.store.engine import Writer


def change_role(actor: Actor, *, person_id: str, role: str, now: datetime) -> str:
    """Give a person another role; they are signed out everywhere.

    Returns:
        A one-time secret to hand over, where the role asks for another kind (PIN or password).

    Raises:
        NotAllowed: `prove_again`.
        Refused: `role_unknown`, `person_unknown` or `last_admin`.
    """
    require(actor, "manage_people")
    require_proof(actor, now=now)
    if role not in people.ROLES:
        raise Refused("role_unknown", field="role")
    one_time = proof.one_time(role)
    hashed = proof.hashed(one_time)
    with store.transaction(by=actor) as write:
        person = people.active(write, person_id)
        if person["role"] == role:
            return ""
        people.not_the_last_admin(write, person)
        write.run("UPDATE person SET role = :role WHERE id = :id", role=role, id=person_id)
        if "volunteer" not in (role, person["role"]):
            _sign_out(write, person_id)
            return ""
        _new_secret(write, person_id, hashed)
    return one_time


def reset(actor: Actor, *, person_id: str, now: datetime) -> str:
    """A one-time PIN or password for who forgot theirs or lost the telephone with the app.

    The app and the recovery codes of before count no more: who has only the old password can set
    up no other app. A city account is unlinked.

    Returns:
        The one-time secret to hand over.

    Raises:
        NotAllowed: `prove_again`.
        Refused: `person_unknown`.
    """
    require(actor, "manage_people")
    require_proof(actor, now=now)
    with store.engine().reading() as reader:
        person = reader.one("SELECT role FROM person WHERE id = :id AND active = 1", id=person_id)
    if person is None:
        raise Refused("person_unknown")
    one_time = proof.one_time(person["role"])
    hashed = proof.hashed(one_time)
    with store.transaction(by=actor) as write:
        people.active(write, person_id)
        _new_secret(write, person_id, hashed)
    return one_time


def link(actor: Actor, *, person_id: str, account: str, now: datetime) -> None:
    """Let a person sign in with the city's account from now on, and in no other way.

    Args:
        account: their e-mail address, or the provider's id.

    Raises:
        NotAllowed: `prove_again`.
        Refused: `person_unknown`, `role_unknown` for a volunteer, `account_taken`, or what
            `oidc.mark_of` raises.
    """
    require(actor, "manage_people")
    require_proof(actor, now=now)
    mark = oidc.mark_of(account)
    with store.transaction(by=actor) as write:
        person = people.active(write, person_id)
        if person["role"] == "volunteer":
            raise Refused("role_unknown", field="role")
        people.account_free(write, mark, person_id)
        write.run(
            "UPDATE person SET oidc_subject = :mark, secret = NULL, must_change = 0, "
            "totp_secret = NULL, recovery = '' WHERE id = :id",
            mark=mark,
            id=person_id,
        )
        _sign_out(write, person_id)


def unblock(actor: Actor, *, person_id: str, now: datetime) -> None:
    """Let a person try again after too many wrong tries.

    Raises:
        NotAllowed: `prove_again`.
        Refused: `person_unknown`.
    """
    require(actor, "manage_people")
    require_proof(actor, now=now)
    with store.transaction(by=actor) as write:
        people.active(write, person_id)
        _forget_tries(write, person_id)


def set_last_day(actor: Actor, *, person_id: str, expires_on: date | None, now: datetime) -> None:
    """Say until when a person has access; None for no end.

    Raises:
        NotAllowed: `prove_again`.
        Refused: `person_unknown`, `access_day` for a day that has passed, or `last_admin`.
    """
    require(actor, "manage_people")
    require_proof(actor, now=now)
    if expires_on and expires_on < times.today(now):
        raise Refused("access_day", field="expires_on")
    with store.transaction(by=actor) as write:
        person = people.active(write, person_id)
        if expires_on:
            people.not_the_last_admin(write, person)
        write.run(
            "UPDATE person SET expires_on = :day WHERE id = :id",
            day=expires_on.isoformat() if expires_on else None,
            id=person_id,
        )


def _new_secret(write: Writer, person_id: str, hashed: str) -> None:
    write.run(
        "UPDATE person SET secret = :secret, must_change = 1, totp_secret = NULL, "
        "recovery = '', oidc_subject = NULL WHERE id = :id",
        secret=hashed,
        id=person_id,
    )
    _forget_tries(write, person_id)
    _sign_out(write, person_id)


def _forget_tries(write: Writer, person_id: str) -> None:
    write.run("UPDATE person SET blocked_at = NULL WHERE id = :id", id=person_id)
    write.run("DELETE FROM sign_in_try WHERE person_id = :id", id=person_id)


def _sign_out(write: Writer, person_id: str) -> None:
    write.run("DELETE FROM session WHERE person_id = :id", id=person_id)
