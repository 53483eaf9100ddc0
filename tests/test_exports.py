"""Tables that leave: a recent proof first, and a line in the audit of who took what out."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from desk import audit, desk_use, gaps, programme, store, tables, wifi_checks
from desk.gaps import table, where, where_table
from desk.gaps.acts import action_words
from desk.gaps.city import Settings
from desk.guide import files
from desk.people import Actor
from tests.conftest import person, refuses
from tests.test_structure import calls, functions, of

DAY = date(2026, 11, 1)
EXPORTS: dict[str, Callable[[Actor, datetime], Any]] = {
    "tables.classes_csv": lambda who, now: tables.classes_csv(who, DAY, DAY, now=now),
    "tables.instructors_csv": lambda who, now: tables.instructors_csv(who, now=now),
    "gaps.table.as_csv": lambda who, now: table.as_csv(
        who, gaps.report(who, Settings(), now=now), now=now
    ),
    "gaps.where_table.as_csv": lambda who, now: where_table.as_csv(
        who, where.where_next(who, Settings(), 1, now=now), now=now
    ),
    "gaps.acts.action_words.looks_csv": lambda who, now: action_words.looks_csv(who, (), now=now),
    "programme.report_csv": lambda who, now: programme.report_csv(who, DAY, DAY, now),
    "desk_use.use_csv": lambda who, now: desk_use.use_csv(who, DAY, DAY, now),
    "wifi_checks.due_csv": lambda who, now: wifi_checks.due_csv(who, "utf-8-sig", now=now),
    "audit.entries_csv": lambda who, now: audit.entries_csv(who, audit.Wanted(), now=now),
    "guide.files.export": lambda who, now: files.export(who, "risai", now=now),
}


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("name", EXPORTS)
def test_asvs_7_5_3_a_table_goes_out_after_a_recent_proof_and_is_noted(
    name: str, now: datetime
) -> None:
    admin, take = person("admin"), EXPORTS[name]
    old = replace(admin, proved_at=now - timedelta(minutes=10, seconds=1))
    with refuses("prove_again"):
        take(old, now)
    noted = f"SELECT person_id, role FROM audit WHERE what = 'export {name}'"
    assert store.rows(noted) == []
    assert take(replace(admin, proved_at=now), now).content
    assert store.rows(noted) == [{"person_id": admin.id, "role": "admin"}]


def test_every_table_that_leaves_is_here() -> None:
    """Whatever makes a file asks `let_out`, but for what is published and what writes it down."""
    free = {"gaps.releases.as_csv", "tables.sheet.write"}
    making, asking = set(), set()
    for path, tree in of("desk").items():
        module = path.removeprefix("desk/").removesuffix(".py").replace("/", ".")
        for name, function in functions(tree).items():
            if name.startswith("_"):
                continue
            if function.returns is not None and getattr(function.returns, "id", "") == "Export":
                making.add(f"{module}.{name}")
            if f"{module}.let_out" in calls(f"{module}.x", function):
                asking.add(f"{module}.{name}")
    assert making - free == asking
    names = {re.sub(r"^tables\.(classes|instructors)\.", "tables.", one) for one in asking}
    assert names == set(EXPORTS)
