"""Marking sentences for the catalogue, below everything that says one."""


def N_(msgid: str) -> str:
    """Mark a sentence for the catalogue without translating it here."""
    return msgid
