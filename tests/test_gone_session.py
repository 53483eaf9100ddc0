"""A page that still shows a signed-in face after its session is gone can write nothing.

A dropped connection, a revoked person, or a lock set elsewhere leave the screen as it was: every
button on it is tapped, and the database must be the same to the byte of every row.
"""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from desk import store, times
from desk.store import watched
from tests.test_screens import SCREENS, screen

pytestmark = pytest.mark.usefixtures("desk")
# What may change: that somebody was refused is written down.
NOTED = {"audit"}


def everything() -> dict[str, list[store.Row]]:
    """Every row of every table but those in `NOTED`."""
    with store.engine().reading() as reader:
        names = [one.name for one in watched.tables(reader, "sqlite")]
        return {
            name: reader.rows(f"SELECT * FROM {name} ORDER BY rowid")
            for name in names
            if name not in NOTED
        }


def gone() -> None:
    """The session ended: signed out in another tab, or 12 hours are over."""
    with store.transaction() as write:
        write.run("DELETE FROM session")


def locked() -> None:
    """The screen was locked, on the server's side."""
    with store.transaction() as write:
        write.run("UPDATE session SET locked_at = :now", now=times.stamp(times.now()))


def revoked() -> None:
    """An administrator took everybody's access away; the session is still there."""
    with store.transaction() as write:
        write.run("UPDATE person SET active = 0")


STATES: dict[str, Callable[[], None]] = {"gone": gone, "locked": locked, "revoked": revoked}
WRITES = {path: roles[0] for path, roles in SCREENS.items()}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("path", WRITES)
def test_nothing_is_written_by_whatever_is_tapped(path: str, state: str) -> None:
    app = screen(path, WRITES[path])
    opened(app)
    shown, remembered = app._tree, app.session_state._state.filtered_state
    keys = [one.key for one in app.button if not one.disabled]
    STATES[state]()
    before = everything()
    for key in keys:
        # Each tap is one on the page as it stands.
        app._tree = shown
        for name, value in remembered.items():
            if name not in app.session_state and name not in keys:
                app.session_state[name] = value
        next(one for one in app.button if one.key == key).click().run()
        assert not app.exception, key
        assert changed(before) == [], key
        if state != "locked":
            assert [one.value for one in app.title] == ["ボランティア・職員のページ"], key


def opened(app: AppTest) -> None:
    """One step further into the screens whose writing buttons wait behind a first tap."""
    for first in ("choose_", "open_"):
        found = [one for one in app.button if str(one.key).startswith(first)]
        if found:
            found[0].click().run()
            assert not app.exception


def changed(before: dict[str, list[store.Row]]) -> list[str]:
    """The tables that are other than before."""
    now = everything()
    return [name for name, rows in before.items() if now[name] != rows]
