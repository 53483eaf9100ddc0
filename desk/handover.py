"""From the provider's answer to a session of ours: a secret for one minute, one use, one browser.

Only a plain response can set our cookie, and only Streamlit hears the provider: so the screen
makes a secret (`arrive`), the browser carries it to a plain page, and that opens the session
(`take`). It works in the browser that began to sign in, and nowhere else.
"""

import secrets
import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from desk import oidc, people, sessions, store, times
from desk.refusals import Refused
from desk.store.engine import Row

HOLDS = timedelta(minutes=1)
LETTERS = 28  # of 52: 159 bits; no digits, which addresses of ours refuse in rows


def arrive(claims: Mapping[str, Any], *, device: str, now: datetime) -> str:
    """Find who the provider speaks of, and make the secret that lets their browser in.

    Who was registered by an e-mail address is known by the provider's id from now on. Nobody is
    registered by this: an account the desk does not know has no right here.

    Args:
        device: the browser, by our cookie.

    Raises:
        Refused: what `oidc.check` raises, `city_unknown`, `access_over`, or `city_elsewhere`
            for a browser that did not begin here.
    """
    subject = oidc.check(claims, now=now)
    if not device:
        raise Refused("city_elsewhere")
    person = _person(subject, oidc.mail_of(claims))
    if person is None:
        store.note(store.SYSTEM, "handover.unknown")
        raise Refused("city_unknown")
    if people.over(person, now):
        raise Refused("access_over")
    secret = "".join(secrets.choice(string.ascii_letters) for _ in range(LETTERS))
    with store.transaction(by=store.SYSTEM, counted=False) as write:
        write.run("DELETE FROM handover WHERE until < :now", now=times.stamp(now))
        write.run(
            "INSERT INTO handover (sha256, person_id, until) VALUES (:mark, :person, :until)",
            mark=sessions.digest(f"{secret} {device}"),
            person=person["id"],
            until=times.stamp(now + HOLDS),
        )
    return secret


def take(*, secret: str, device: str, now: datetime) -> str:
    """Use the secret up and open the session.

    Returns:
        The session's token.

    Raises:
        Refused: `city_late`.
    """
    mark = sessions.digest(f"{secret} {device}")
    with store.transaction(by=store.SYSTEM, counted=False) as write:
        found = write.one(
            "SELECT person_id FROM handover WHERE sha256 = :mark AND until >= :now",
            mark=mark,
            now=times.stamp(now),
        )
        used = write.run("DELETE FROM handover WHERE sha256 = :mark", mark=mark)
    person = found and store.one(
        "SELECT * FROM person WHERE id = :id AND active = 1", id=found["person_id"]
    )
    if not (used and person) or people.over(person, now):
        raise Refused("city_late")
    return sessions.open_for(person, now=now, how="handover.take")


def _person(subject: str, mail: str) -> Row | None:
    """Who is registered with this account; one that waited by its address has its id then."""
    sql = "SELECT * FROM person WHERE oidc_subject = :mark AND active = 1"
    mark = oidc.by_subject(subject)
    found = store.one(sql, mark=mark)
    if found is None and mail and (waiting := store.one(sql, mark=oidc.by_mail(mail))):
        with store.transaction(by=store.SYSTEM, what="handover.arrive") as write:
            write.run(
                "UPDATE person SET oidc_subject = :mark WHERE id = :id AND oidc_subject = :before",
                mark=mark,
                id=waiting["id"],
                before=waiting["oidc_subject"],
            )
        found = store.one(sql, mark=mark)
    return found
