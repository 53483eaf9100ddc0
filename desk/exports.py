"""Tables that leave the desk: who takes one out has proved minutes ago who they are, and the audit
says what was taken."""

from datetime import datetime

from desk import store
from desk.people import Actor, require_proof


def let_out(actor: Actor, what: str, *, now: datetime, **facts: str) -> None:
    """Ask for a recent proof, and note the export.

    Args:
        what: the function that makes the table.
        facts: what of it was asked for; no names.

    Raises:
        NotAllowed: `prove_again`.
    """
    require_proof(actor, now=now)
    store.note(actor, f"export {what}", **facts)
