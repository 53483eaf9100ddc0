"""The golden matrix: every public function of desk/ × every role, as it was reviewed."""

import inspect
from collections.abc import Callable
from datetime import datetime

import pytest

from desk import people, store
from desk.people import Actor
from tests import rights
from tests.conftest import NOW


@pytest.mark.usefixtures("city")
def test_who_may_call_what_is_as_it_was_reviewed() -> None:
    """A new function fails here until its line was made (`python -m tests.rights`) and read."""
    made = list(rights.lines(rights.matrix()))
    kept = rights.GOLDEN.read_text("utf-8").splitlines()
    other = sorted(set(made) ^ set(kept))
    assert made == kept, (
        "Who may call what is another than in tests/golden/rights.txt. Where that is meant, run "
        "`python -m tests.rights` and review the change:\n" + "\n".join(other)
    )


def test_nothing_is_open_to_the_public_nor_behind_a_lock() -> None:
    """The public may call nothing, nor who has something else to do first."""
    for name, row in rights.kept().items():
        assert row["public"] == "sign_in_first", name
        assert row["locked"] == "locked", name
        if name != "sessions.change_secret":  # just what must come first
            assert row["must_change"] == "not_allowed", name
        assert row["old_proof"] in (row["admin"], "prove_again"), name
        assert rights.MAY in row.values(), f"nobody may call {name}"


def open_to_all(actor: Actor, *, form: object, now: datetime) -> None:
    """Asks nobody."""
    del actor, form, now
    store.one("SELECT 1 AS one")


def looks_first(actor: Actor, *, form: people.Actor) -> None:
    """Looks at what it was given before it asks."""
    str(form.name)
    people.require(actor, "begin")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("function", [open_to_all, looks_first])
def test_a_function_that_does_not_ask_first_would_be_found(
    function: Callable[..., object],
) -> None:
    assert rights.answer(function, rights.PUBLIC) == rights.MAY


def test_the_functions_are_really_called() -> None:
    """Each can be called with what `argument` gives: names and kinds fit."""
    found = rights.functions()
    assert len(found) > 140
    assert {next(iter(inspect.signature(one).parameters)) for one in found.values()} == {"actor"}
    assert rights.argument("now", datetime) == NOW
