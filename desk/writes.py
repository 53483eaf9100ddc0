"""How often this process has written: what was read before a write may be another by now."""

from desk import store


def count() -> int:
    """A number that grows with every transaction of this process, and with a change of database.

    Other processes' writes are not counted.
    """
    return store.writes()
