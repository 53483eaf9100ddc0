"""People: who there is, and what their role may do. How they sign in: `sessions`, `proof`.

A page that is hidden is not a page that is protected: every function of `desk/` that writes, or
reads what is not public, calls `require` itself.
"""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from desk import forms, oidc, proof, store, times
from desk.refusals import N_, NotAllowed, Refused
from desk.store.engine import Row, Writer

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
    "admin": _STAFF | {"manage_people", "begin", "see_audit"},
}

FIRST_ADMIN = "admin"
PROOF_HOLDS = timedelta(minutes=10)  # for what asks for a recent proof
# How often a refusal is noted: the same of one person, and of everybody who has not signed in
# together; a flood of them fills no disk.
REFUSED_AGAIN, REFUSED_PUBLIC = parse("1/10 minutes"), parse("60/hour")
CLOCK_STEP = timedelta(minutes=1)  # so far back a clock is put right now and then


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something; `PUBLIC` is anybody who has not signed in.

    `must_enrol`: their password alone does not do, and they have no authenticator app yet.
    `locked`: their screen is locked. `proved_at`: when they last proved who they are; None for
    who is no browser's session (a job, a terminal) and has nothing to prove.
    """

    id: str
    name: str
    role: str
    must_change: bool = False
    must_enrol: bool = False
    locked: bool = False
    proved_at: datetime | None = field(default=None, compare=False)

    @property
    def ready(self) -> bool:
        """False while something must come first: an own password, an authenticator app, or the
        lock taken off."""
        return not (self.must_change or self.must_enrol or self.locked)

    def may(self, right: str) -> bool:
        """Whether the role has the right."""
        return right in RIGHTS[self.role]


PUBLIC = Actor("", "", "public")
_log = logging.getLogger(__name__)
_refusals = FixedWindowRateLimiter(MemoryStorage())
LINKED, WAITS = "linked", "waits"


@dataclass(frozen=True)
class Account:
    """How somebody has access. `over`: their last day has passed; `blocked`: after too many wrong
    tries; `must_change`: nobody has used their one-time secret yet; `app`: an authenticator app is
    set up; `city`: the city's account, `LINKED`, or `WAITS` for its first sign-in, or none.
    """

    id: str
    name: str
    role: str
    expires_on: date | None = None
    over: bool = False
    blocked: bool = False
    must_change: bool = False
    app: bool = False
    city: str = ""


def require(actor: Actor, right: str) -> None:
    """Raise NotAllowed unless the actor's role has the right and nothing must come first."""
    if actor.may(right) and actor.ready:
        return
    refused(actor, right)
    if actor.role == "public":
        raise NotAllowed("sign_in_first")
    raise NotAllowed("locked" if actor.locked else "not_allowed")


def require_proof(actor: Actor, *, now: datetime) -> None:
    """Raise NotAllowed (`prove_again`) unless the actor proved who they are minutes ago.

    For what would do harm in the hands of somebody who only found the screen: exports, deletions,
    roles.
    """
    # One to come is a clock that was set back: nobody knows how long ago it was.
    if actor.proved_at and not -CLOCK_STEP <= now - actor.proved_at <= PROOF_HOLDS:
        refused(actor, "prove_again")
        raise NotAllowed("prove_again")


def refused(actor: Actor, right: str, *, what: str = "people.refused") -> None:
    """Have the audit say that somebody was refused a right; the same again soon says nothing.

    Args:
        right: or the code of why they could not sign in, with `what` for that.
    """
    if not _refusals.hit(REFUSED_AGAIN, actor.id, right, str(actor.ready)):
        return
    if actor.role == "public" and not _refusals.hit(REFUSED_PUBLIC):
        return
    try:
        store.note(
            actor,
            what,
            right=right,
            locked=actor.locked,
            must_change=actor.must_change,
        )
    except store.failures():
        # It stays refused; what cannot be written anywhere else is at least in the machine's log.
        _log.exception("a refusal of %s could not be noted", right)


def over(person: Row, now: datetime) -> bool:
    """Whether the last day of a person's access has passed."""
    return bool(person["expires_on"]) and person["expires_on"] < times.today(now).isoformat()


def known(id: str) -> Actor | None:
    """The person with this id, as far as they still have access; None otherwise."""
    row = store.one("SELECT * FROM person WHERE id = :id AND active = 1", id=id)
    return actor_from(row) if row else None


def actor_from(row: Row, *, locked: bool = False, proved_at: datetime | None = None) -> Actor:
    """Somebody by their row of `person`."""
    # Who has no password comes by the city's account, or is no person's account at all.
    bare = bool(row.get("secret")) and not row.get("totp_secret")
    return Actor(
        row["id"],
        row["name"],
        row["role"],
        must_change=bool(row["must_change"]),
        must_enrol=bare and row["role"] != "volunteer",
        locked=locked,
        proved_at=proved_at,
    )


def add(
    actor: Actor,
    *,
    id: str,
    name: str,
    role: str,
    now: datetime,
    secret: str = "",
    account: str = "",
    expires_on: date | None = None,
) -> str:
    """Register a person; the same `id` twice is one person.

    A volunteer chooses the PIN beside the administrator; who works in the office gets a one-time
    password, or signs in with the city's `account` (an e-mail address or the provider's id).

    Args:
        expires_on: the last day of their access; None for no end.

    Returns:
        The one-time password to hand over, where nothing else was given.

    Raises:
        NotAllowed: `prove_again`.
        Refused: `missing`, `role_unknown`, `person_exists`, `access_day`, what `proof.check` or
            `oidc.mark_of` raises, or `account_taken`.
    """
    require(actor, "manage_people")
    require_proof(actor, now=now)
    name = forms.text(name, label=N_("Name"), field="name", most=40, needed=True)
    if role not in ROLES:
        raise Refused("role_unknown", field="role")
    if expires_on and expires_on < times.today(now):
        raise Refused("access_day", field="expires_on")
    mark = oidc.mark_of(account) if account and role != "volunteer" else None
    one_time = "" if secret or mark or role == "volunteer" else proof.one_time(role)
    if not (mark or one_time):
        proof.check(role, secret, own=(name,))
    hashed = None if mark else proof.hashed(one_time or secret)
    with store.transaction(by=actor) as write:
        found = write.one("SELECT id FROM person WHERE name = :name", name=name)
        if found and found["id"] != id:
            raise Refused("person_exists", field="name", name=name)
        account_free(write, mark, id)
        # Twice the same form: the one-time password told last is the one that counts.
        write.run(
            "INSERT INTO person (id, name, role, secret, must_change, made_at, trial, "
            "expires_on, oidc_subject) VALUES (:id, :name, :role, :secret, :must_change, "
            ":made_at, 0, :expires_on, :mark) ON CONFLICT (id) DO UPDATE "
            "SET secret = excluded.secret WHERE person.must_change = 1",
            id=id,
            name=name,
            role=role,
            secret=hashed,
            must_change=int(bool(one_time)),
            made_at=times.stamp(now),
            expires_on=expires_on.isoformat() if expires_on else None,
            mark=mark,
        )
    return one_time


def account_free(write: Writer, mark: str | None, id: str) -> None:
    """The city's account is nobody else's."""
    taken = mark and write.one(
        "SELECT id FROM person WHERE oidc_subject = :mark AND id <> :id", mark=mark, id=id
    )
    if taken:
        raise Refused("account_taken", field="account")


def retire(actor: Actor, *, person_id: str, now: datetime) -> None:
    """Take away a person's access at once; what they wrote stays.

    Raises:
        NotAllowed: `prove_again`.
        Refused: `person_unknown` or `last_admin`.
    """
    require(actor, "manage_people")
    require_proof(actor, now=now)
    with store.transaction(by=actor) as write:
        person = active(write, person_id)
        not_the_last_admin(write, person)
        write.run("DELETE FROM session WHERE person_id = :id", id=person_id)
        write.run("DELETE FROM draft WHERE person_id = :id", id=person_id)
        # The name and the city's account are free again: who returns is registered anew.
        write.run(
            "UPDATE person SET active = 0, secret = NULL, totp_secret = NULL, recovery = '', "
            "oidc_subject = NULL, name = name || :mark WHERE id = :id",
            mark=f" ({person_id[:8]})",
            id=person_id,
        )


def active(write: Writer, person_id: str) -> Row:
    """The row of a person who has access.

    Raises:
        Refused: `person_unknown`.
    """
    person = write.one("SELECT * FROM person WHERE id = :id AND active = 1", id=person_id)
    if person is None:
        raise Refused("person_unknown")
    return person


def not_the_last_admin(write: Writer, person: Row) -> None:
    """Somebody must be left who can let others in: Refused (`last_admin`) for the last one."""
    others = write.one(
        "SELECT 1 AS yes FROM person WHERE role = 'admin' AND active = 1 "
        "AND expires_on IS NULL AND id <> :id",
        id=person["id"],
    )
    if person["role"] == "admin" and not others:
        raise Refused("last_admin")


def all_active(actor: Actor, *, now: datetime) -> list[Account]:
    """Everybody who has access or had it until a day that has passed, by role and name."""
    require(actor, "manage_people")
    return [
        Account(
            id=row["id"],
            name=row["name"],
            role=row["role"],
            expires_on=date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
            over=over(row, now),
            blocked=bool(row["blocked_at"]),
            must_change=bool(row["must_change"]),
            app=bool(row["totp_secret"]),
            city=_city(row["oidc_subject"]),
        )
        for row in store.rows(
            "SELECT * FROM person WHERE active = 1 "
            "AND (secret IS NOT NULL OR oidc_subject IS NOT NULL) ORDER BY role, name"
        )
    ]


def _city(mark: str | None) -> str:
    if mark is None:
        return ""
    return WAITS if oidc.waits(mark) else LINKED


def names(actor: Actor) -> dict[str, str]:
    """The names of everybody who can sign in, by id: to link an instructor to an account."""
    require(actor, "schedule")
    return {
        row["id"]: row["name"]
        for row in store.rows(
            "SELECT id, name FROM person WHERE active = 1 "
            "AND (secret IS NOT NULL OR oidc_subject IS NOT NULL) ORDER BY name"
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
    """A new one-time password for an administrator who forgot theirs or lost their app: from the
    terminal only.

    Raises:
        Refused: `person_unknown` unless an administrator has that name.
    """
    sql = "SELECT id FROM person WHERE name = :name AND role = 'admin' AND active = 1"
    if not store.one(sql, name=name):
        raise Refused("person_unknown")
    return _give_one_time(name, now)


def _give_one_time(name: str, now: datetime) -> str:
    one_time = proof.one_time("admin")
    hashed = proof.hashed(one_time)
    with store.transaction(by=store.SYSTEM) as write:
        write.run(
            "INSERT INTO person (id, name, role, secret, must_change, made_at) "
            "VALUES (:id, :name, 'admin', :secret, 1, :now) ON CONFLICT (name) DO UPDATE "
            "SET secret = excluded.secret, must_change = 1, blocked_at = NULL, "
            "totp_secret = NULL, recovery = '', oidc_subject = NULL, expires_on = NULL",
            id=str(uuid.uuid4()),
            name=name,
            secret=hashed,
            now=times.stamp(now),
        )
        write.run(
            "DELETE FROM sign_in_try WHERE person_id IN (SELECT id FROM person WHERE name = :name)",
            name=name,
        )
    return one_time
