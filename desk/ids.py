"""Ids that are the desk's own, so that one with many digits is not taken for somebody's number."""

import re

from desk import store

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TABLES = ("venue", "wifi_spot", "town", "room", "desk", "course", "class", "instructor")
_KNOWN = " UNION ALL ".join(f"SELECT 1 AS yes FROM {table} WHERE id = :id" for table in _TABLES)


def is_uuid(text: str) -> bool:
    """True for a UUID as we write them, which may well hold twelve digits in a row."""
    return UUID.fullmatch(text) is not None


def is_ours(text: str) -> bool:
    """True for a UUID, and for the id of something the desk has: a place, a room, a class …"""
    return is_uuid(text) or store.one(f"{_KNOWN} LIMIT 1", id=text) is not None
