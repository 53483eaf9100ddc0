"""The audit: every write is in it, nobody's name is, and nothing of it changes unseen."""

import ast
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from desk import (
    __main__,
    audit,
    audit_words,
    booking,
    changes,
    consultations,
    corrections,
    feeds,
    heads,
    people,
    schedule,
    sessions,
    store,
    times,
    tries,
)
from desk.audit import Wanted
from desk.audit_words import TABLES
from desk.consultations import ConsultationForm
from desk.guide import edits, procedures, writing
from desk.people import PUBLIC, Actor
from desk.refusals import NotAllowed
from desk.store import audit as chain
from desk.store import key, watched
from tests.conftest import (
    DESK,
    NOW,
    STAFF_SECRET,
    booking_form,
    class_form,
    enrolled,
    person,
    refuses,
    scheduled,
)
from tests.test_structure import of

INTEGRITY = (sqlite3.IntegrityError, psycopg.errors.IntegrityError)


def rows() -> list[store.Row]:
    """The audit, its facts read."""
    found = store.rows("SELECT * FROM audit ORDER BY n")
    return [{**row, "facts": json.loads(row["facts"])} for row in found]


def written(*whats: str) -> None:
    """Some rows of the audit."""
    for what in whats:
        store.note(store.SYSTEM, what, why="たしかめる")


def setting(write: store.Writer, name: str, value: str) -> None:
    sql = "INSERT INTO setting (key, value) VALUES (:key, :value)"
    write.run(f"{sql} ON CONFLICT (key) DO UPDATE SET value = :value", key=name, value=value)


def consulted(**facts: Any) -> ConsultationForm:
    form = ConsultationForm(DESK, "walk_in", "unknown", None, "70-74", "line")
    return replace(form, **facts)


# What is written


def test_every_transaction_says_who_writes() -> None:
    silent = [
        (path, call.lineno)
        for path, tree in of("desk").items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "store.transaction"
        and "by" not in {keyword.arg for keyword in call.keywords}
    ]
    assert silent == []


@pytest.mark.usefixtures("city")
def test_a_booking_is_in_the_audit_by_whom_and_what_and_without_who_it_is() -> None:
    meeting = scheduled()
    hana = person("volunteer", "ハナ")
    before = len(rows())
    form = booking_form(meeting.id, kana="ヤマダ タロウ", reach_note="0223-12-3456")
    booked = booking.book(hana, id="b", form=form, now=NOW)
    changes.cancel(hana, booking_id="b", now=NOW)
    first, second = rows()[before:]
    assert (first["person_id"], first["role"], first["what"]) == (
        hana.id,
        "volunteer",
        "booking.book",
    )
    assert second["what"] == "changes.cancel"
    came = next(one for one in first["facts"]["changes"] if one["table"] == "booking")
    assert came["row"] == {"id": "b"}
    assert "before" not in came
    hidden = {name: came["after"][name] for name in ("kana", "reach_note", "code")}
    assert set(hidden.values()) == {watched.HIDDEN}
    assert came["after"]["class_id"] == meeting.id
    gone = next(one for one in second["facts"]["changes"] if one["table"] == "booking")
    assert gone["before"] == {"cancelled_at": None}
    assert gone["after"] == {"cancelled_at": times.stamp(NOW)}
    assert booked.code not in json.dumps(rows())


@pytest.mark.usefixtures("database")
def test_a_row_says_when_in_utc_and_where_somebody_signed_in() -> None:
    now, tablet = times.now(), enrolled()
    people.add(person("admin"), id="v", name="ハナ", role="volunteer", secret="482915", now=now)
    before = datetime.now(UTC)
    sessions.sign_in(name="ハナ", secret="482915", now=now, tablet=tablet)
    after = datetime.now(UTC)
    row = rows()[-1]
    assert (row["what"], row["person_id"]) == ("sessions.sign_in", "v")
    assert row["facts"]["place"] == f"tablet {tablet}"
    assert row["at"].endswith("Z")
    second = timedelta(seconds=1)  # an engine may cut what is less
    assert before - second <= datetime.fromisoformat(row["at"]) <= after + second


@pytest.mark.usefixtures("city")
def test_what_must_not_be_in_the_audit_is_not() -> None:
    """Planted in every private column, and searched for in all of the audit."""
    staff, volunteer = person("staff"), person("volunteer", "ハナ")
    meeting = scheduled()
    plant = {"ヤマダ ヒミツ", "0223-99-9999", "ヒミツの相談", "ヒミツの続き", STAFF_SECRET}
    form = booking_form(meeting.id, kana="ヤマダ ヒミツ", reach_note="0223-99-9999")
    plant.add(booking.book(volunteer, id="b", form=form, now=NOW).code)
    consultations.log(volunteer, id="c", form=consulted(note="ヒミツの相談"), now=NOW)
    corrections.correct(
        volunteer, id="k", consultation_id="c", form=consulted(note="ヒミツの続き"), now=NOW
    )
    people.add(person("admin"), id="p", name="新人", role="staff", secret=STAFF_SECRET, now=NOW)
    plant.add(feeds.own_address(staff, now=NOW) or "")
    with store.transaction() as write:
        setting(write, "key_of_signs", "plant-setting-value")
        write.run(
            "INSERT INTO tablet (id, name, made_at, made_by) VALUES ('t', 'タブレット', 'x', 'p')"
        )
    for table, names in watched.PRIVATE.items():
        if table == "consultation":
            continue  # a log is never changed; its note was planted above
        for name in names:
            plant.add(f"plant-{table}-{name}")
            touched = f"UPDATE {table} SET {name} = :value" + (
                ", enrolled_at = 'x'" if name == "sha256" and table == "tablet" else ""
            )
            one = {"person": "id = 'p'", "setting": "key = 'key_of_signs'"}.get(table, "1 = 1")
            with store.transaction() as write:
                assert write.run(f"{touched} WHERE {one}", value=f"plant-{table}-{name}") == 1
    everything = json.dumps(store.rows("SELECT * FROM audit"), ensure_ascii=False)
    assert {one for one in plant if one and one in everything} == set()
    assert watched.HIDDEN_CHANGED in everything


@pytest.mark.usefixtures("database")
def test_every_private_column_is_one_and_every_other_table_is_watched(database: str) -> None:
    with store.engine().reading() as reader:
        there = {one.name: one for one in watched.tables(reader, database)}
    for table, names in watched.PRIVATE.items():
        assert set(names) <= set(there[table].columns), table
        assert not set(names) & set(there[table].key), table
    assert set(watched.UNWATCHED) - set(there) <= {"_migration", "_sqlite_migrations"}


@pytest.mark.usefixtures("database")
def test_nothing_is_written_of_nothing() -> None:
    with store.transaction(by=store.SYSTEM) as write:
        setting(write, "a", "1")
    before = rows()
    with store.transaction(by=store.SYSTEM) as write:
        write.rows("SELECT 1 AS one")
        write.run("DELETE FROM setting WHERE key = 'nothing'")
        write.run("UPDATE setting SET key = 'a' WHERE key = 'a'")
        setting(write, "b", "1")
        write.run("UPDATE setting SET key = 'c' WHERE key = 'nothing'")
        write.run("DELETE FROM setting WHERE key = 'b'")
    # What came and went again is two changes; what stayed as it was is none.
    assert [one["row"] for one in rows()[-1]["facts"]["changes"]] == [{"key": "b"}] * 2
    assert len(rows()) == len(before) + 1
    assert store.rows("SELECT * FROM change") == []


@pytest.mark.usefixtures("database")
def test_what_is_rolled_back_is_in_no_audit() -> None:
    def fail() -> None:
        with store.transaction(by=store.SYSTEM) as write:
            setting(write, "a", "1")
            raise ZeroDivisionError

    before = rows()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows() == before
    assert store.rows("SELECT * FROM change") == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "'",
        '"',
        "\\",
        "\n\t\r",
        "日本語 𠮷野家 👪",
        "{\"a\": 'b'}",
        "$$ ' || x",
        "\x01\x1f\x7f",
        "a" * 9000,
    ],
)
def test_any_text_is_in_the_audit_as_it_is(text: str) -> None:
    with store.transaction(by=store.SYSTEM) as write:
        write.run(
            "INSERT INTO gap_action (id, kind, title, about, note, starts_on, made_at, made_by) "
            "VALUES ('a', 'desk', :text, '', '', '2026-01-01', '2026-01-01T00:00:00Z', :by)",
            text=text,
            by=person_row(write),
        )
    after = rows()[-1]["facts"]["changes"][-1]["after"]
    assert after["title"] == text
    assert audit.verify().broken is None


def person_row(write: store.Writer) -> str:
    write.run(
        "INSERT INTO person (id, name, role, made_at) VALUES ('p', 'ハナ', 'staff', :at)",
        at=times.stamp(NOW),
    )
    return "p"


def test_a_nul_is_in_the_audit_where_the_engine_keeps_one(database: str) -> None:
    with store.transaction(by=store.SYSTEM) as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) VALUES ('p', :name, 'staff', 'x')",
            name="a\0b",
        )
    after = rows()[-1]["facts"]["changes"][-1]["after"]
    assert after["name"] == ("a\0b" if database == "sqlite" else "a\N{REPLACEMENT CHARACTER}b")


@pytest.mark.usefixtures("city")
def test_numbers_and_nothings_are_told_apart() -> None:
    with store.transaction(by=store.SYSTEM) as write:
        write.run(
            "UPDATE town SET lat = 38.123456789, lng = 140.0, postal_code = '' "
            "WHERE id IN (SELECT MIN(id) FROM town)"
        )
        write.run("UPDATE figure SET value = 0 WHERE id IN (SELECT MIN(id) FROM figure)")
    town, figure = rows()[-1]["facts"]["changes"]
    assert town["after"]["lat"] == 38.123456789
    assert town["after"]["lng"] == 140
    assert figure["after"]["value"] == 0
    with store.transaction(by=store.SYSTEM) as write:
        write.run("UPDATE town SET lat = 38.123456789 WHERE id IN (SELECT MIN(id) FROM town)")
    assert rows()[-1]["facts"]["changes"][0]["table"] == "town"
    assert len(rows()[-1]["facts"]["changes"]) == 2  # the same number again is no change


@pytest.mark.usefixtures("city")
def test_an_upsert_a_new_key_and_rows_that_go_with_others_are_changes_too() -> None:
    with store.transaction(by=store.SYSTEM) as write:
        person_row(write)
    with store.transaction(by=store.SYSTEM) as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) VALUES ('p', 'ハル', 'staff', 'x') "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name"
        )
    [upserted] = rows()[-1]["facts"]["changes"]
    assert (upserted["before"], upserted["after"]) == ({"name": "ハナ"}, {"name": "ハル"})
    with store.transaction(by=store.SYSTEM) as write:
        setting(write, "old", "1")
    with store.transaction(by=store.SYSTEM) as write:
        write.run("UPDATE setting SET key = 'new' WHERE key = 'old'")
    [moved] = rows()[-1]["facts"]["changes"]
    assert (moved["row"], moved["before"]) == ({"key": "new"}, {"key": "old"})
    with store.transaction(by=store.SYSTEM) as write:
        write.run("INSERT INTO feed (person_id, sha256, made_at) VALUES ('p', 'x', 'x')")
    with store.transaction(by=store.SYSTEM) as write:
        write.run("DELETE FROM person WHERE id = 'p'")
    assert {one["table"] for one in rows()[-1]["facts"]["changes"]} == {"person", "feed"}


@pytest.mark.usefixtures("database")
def test_of_very_many_changes_there_is_a_summary_that_tells_which_they_were() -> None:
    def put(n: int, mark: str) -> dict[str, Any]:
        with store.transaction(by=store.SYSTEM) as write:
            for at in range(n):
                setting(write, f"{mark}{at}", "1")
        facts: dict[str, Any] = rows()[-1]["facts"]
        return facts

    assert len(put(chain.MOST_CHANGES, "a")["changes"]) == chain.MOST_CHANGES
    summary = put(chain.MOST_CHANGES + 1, "b")
    assert summary["counts"] == {"setting": {"added": chain.MOST_CHANGES + 1}}
    assert len(summary["sha256"]) == 64
    assert summary["sha256"] != put(chain.MOST_CHANGES + 1, "c")["sha256"]


@pytest.mark.usefixtures("city")
def test_a_reason_that_was_asked_for_is_in_the_audit() -> None:
    staff, volunteer = person("staff"), person("volunteer")
    consultations.log(volunteer, id="c", form=consulted(), now=NOW)
    later = NOW + timedelta(hours=2)
    corrections.correct(
        staff,
        id="k",
        consultation_id="c",
        form=consulted(topic="map"),
        now=later,
        reason=" 内容を聞きなおした ",
    )
    # What somebody said of a resident leaves after a year, and the audit never: it stays beside
    # the correction.
    assert (rows()[-1]["what"], rows()[-1]["why"]) == ("corrections.correct", "")
    assert corrections.history(staff, "c")[-1].reason == "内容を聞きなおした"
    form = class_form(reason="職員がきめた")
    schedule.create(staff, id="m", form=form, now=NOW)
    overridden = [one for one in rows() if one["what"] == "schedule.create"][-1]
    assert "職員がきめた" in overridden["why"]
    procedure = replace(procedures.of_files()["risai"], title="新しい題")
    contents, reason = writing.write(procedure), "市に聞いた"
    edits.propose(staff, id="p", contents=contents, reason=reason, now=NOW)
    assert (rows()[-1]["what"], rows()[-1]["why"]) == ("guide.edits.propose", reason)


def test_many_at_once_make_one_unbroken_chain(database: str) -> None:
    def put(at: int) -> None:
        if at % 3:
            with store.transaction(by=store.SYSTEM, lock=f"lock {at % 5}") as write:
                setting(write, f"key {at}", "1")
        else:
            store.note(store.SYSTEM, "test", at=at)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(put, range(120)))
    found = audit.verify()
    assert (found.broken, found.rows) == (None, len(rows()))
    assert found.rows >= 120, database
    assert [row["n"] for row in rows()] == list(range(1, found.rows + 1))


@pytest.mark.usefixtures("database")
def test_a_transaction_in_another_is_no_riddle_but_an_error() -> None:
    def twice() -> None:
        with store.transaction(by=store.SYSTEM):
            store.note(store.SYSTEM, "inside")

    with pytest.raises(RuntimeError, match="inside a transaction"):
        twice()
    written("after")  # and the thread goes on


# Refusals of rights


@pytest.fixture
def fresh(database: str) -> Iterator[str]:
    """Nobody was refused anything yet."""
    people._refusals.storage.reset()
    yield database
    people._refusals.storage.reset()


def refusals() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (row["person_id"], row["role"], row["facts"])
        for row in rows()
        if row["what"] == "people.refused"
    ]


def ask(actor: Actor, right: str, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(NotAllowed):
            people.require(actor, right)


@pytest.mark.usefixtures("fresh")
def test_who_is_refused_a_right_is_noted_once_however_often_they_try() -> None:
    hana, yoshi = person("volunteer", "ハナ"), person("volunteer", "ヨシ")
    ask(hana, "schedule", 200)
    ask(hana, "see_audit")
    ask(yoshi, "schedule")
    ask(replace(hana, locked=True), "book")
    said = {"locked": False, "must_change": False}
    assert refusals() == [
        (hana.id, "volunteer", {"right": "schedule", **said}),
        (hana.id, "volunteer", {"right": "see_audit", **said}),
        (yoshi.id, "volunteer", {"right": "schedule", **said}),
        (hana.id, "volunteer", {"right": "book", **said, "locked": True}),
    ]
    assert audit.verify().broken is None


@pytest.mark.usefixtures("fresh")
def test_who_cannot_even_try_to_sign_in_is_noted() -> None:
    """An unknown name, a PIN at no tablet of ours, a name that is locked, a code too late."""
    admin, at = person("admin"), {"now": NOW, "tablet": enrolled()}
    people.add(admin, id="h", name="ハナ", role="volunteer", secret="482915", now=NOW)
    before = len(rows())
    for _again in range(3):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="だれか", secret="482915", **at)
    with refuses("tablet_unknown"):
        sessions.sign_in(name="ハナ", secret="482915", now=NOW)
    with refuses("code_late"):
        sessions.give_code(ticket="x", code="123456", now=NOW)
    for _wrong in range(tries.WRONG_TRIES):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="ハナ", secret="000000", **at)
    with refuses("sign_in_locked"):
        sessions.sign_in(name="ハナ", secret="482915", **at)
    noted = [
        (row["person_id"], row["what"], row["facts"].get("right", "")) for row in rows()[before:]
    ]
    assert noted == [
        ("", "sessions.refused", "sign_in_wrong"),
        ("", "sessions.refused", "tablet_unknown"),
        ("", "sessions.refused", "code_late"),
        *[("h", "sessions.wrong_secret", "")] * tries.WRONG_TRIES,
        ("h", "sessions.refused", "sign_in_locked"),
    ]


@pytest.mark.usefixtures("fresh")
def test_a_proof_that_is_too_old_is_noted() -> None:
    admin = replace(person("admin"), proved_at=NOW)
    people.require_proof(admin, now=NOW + people.PROOF_HOLDS)
    with refuses("prove_again"):
        people.require_proof(admin, now=NOW + people.PROOF_HOLDS + timedelta(seconds=1))
    assert [facts["right"] for _id, _role, facts in refusals()] == ["prove_again"]


@pytest.mark.usefixtures("fresh")
def test_a_flood_of_strangers_does_not_fill_the_disk() -> None:
    for at in range(200):
        ask(PUBLIC, f"right {at}")
    assert len(refusals()) == people.REFUSED_PUBLIC.amount
    ask(person("volunteer"), "schedule")
    assert len(refusals()) == people.REFUSED_PUBLIC.amount + 1


@pytest.mark.usefixtures("fresh")
def test_a_refusal_that_cannot_be_noted_is_one_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hana = person("volunteer", "ハナ")
    with store.transaction() as write:
        write.run("ALTER TABLE audit RENAME TO gone")
    ask(hana, "schedule")
    assert "schedule" in caplog.text
    assert "ハナ" not in caplog.text
    with store.transaction() as write:
        write.run("ALTER TABLE gone RENAME TO audit")


def test_nobody_asks_for_a_right_inside_a_transaction() -> None:
    """It would wait for itself: a refusal is written down."""
    inside = [
        (path, call.lineno)
        for path, tree in of("desk").items()
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        and any("store.transaction" in ast.unparse(one.context_expr) for one in block.items)
        for call in ast.walk(block)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).split(".")[-1] in ("require", "require_proof", "note_refusal")
    ]
    assert inside == []


# Nothing of it changes unseen


def freed(write: store.Writer, database: str) -> None:
    """Whoever has the file has no triggers to fear."""
    for name in ("audit_no_change", "audit_no_delete"):
        write.run(f"DROP TRIGGER {name}{' ON audit' if database == 'postgres' else ''}")


def test_the_database_itself_lets_nobody_rewrite_it(database: str) -> None:
    written("a")
    for sql in ("UPDATE audit SET why = 'x'", "DELETE FROM audit", "UPDATE audit SET n = n + 1"):

        def change(sql: str = sql) -> None:
            with store.transaction(by=store.SYSTEM) as write:
                write.run(sql)

        with pytest.raises(INTEGRITY, match="append-only"):
            change()
    assert [row["why"] for row in rows()] == ["たしかめる"], database


class _Undo(Exception):
    pass


def tampered(database: str, *statements: tuple[str, dict[str, Any]]) -> tuple[int, str] | None:
    """Where and how the chain is broken after this was done to it, which is then undone."""
    found: list[chain.Walk] = []
    try:
        with store.engine().transaction(("tamper",)) as write:
            freed(write, database)
            for sql, facts in statements:
                write.run(sql, **facts)
            found.append(chain.walk(write, failures=store.failures()))
            raise _Undo
    except _Undo:
        broken = found[0].broken
        return (broken.n, broken.how) if broken else None


def test_any_changed_byte_of_any_row_is_found_and_its_row_named(database: str) -> None:
    hana = person("volunteer", "ハナ")
    written("a", "b")
    with store.transaction(by=hana, why="理由 “'\\") as write:
        setting(write, "x", "日本語")
    ask(hana, "schedule")
    every = store.rows("SELECT * FROM audit ORDER BY n")
    flips = 0
    with store.engine().reading() as reader:
        assert chain.walk(reader).broken is None
    for row in every:
        for name in ("at", "person_id", "role", "what", "why", "facts", "mac"):
            stored = row[name].encode()
            for at in range(len(stored)):
                other = bytearray(stored)
                other[at] ^= 1
                flips += 1
                changed = f"UPDATE audit SET {name} = :text WHERE n = :n"
                facts = {"text": other.decode(), "n": row["n"]}
                assert tampered(database, (changed, facts)) == (row["n"], "changed"), (name, at)
    assert flips > 1000
    for row in every:
        for bit in range(40):
            moved = row["n"] ^ (1 << bit)
            if moved in (one["n"] for one in every):
                continue
            facts = {"m": moved, "n": row["n"]}
            broken = tampered(database, ("UPDATE audit SET n = :m WHERE n = :n", facts))
            assert broken is not None
            assert broken[0] <= row["n"]


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_whatever_else_is_put_there_is_found(database: str, data: st.DataObject) -> None:
    if not rows():
        written("a", "b", "c", "d")
    every = rows()
    row = data.draw(st.sampled_from(every))
    name = data.draw(st.sampled_from(["at", "person_id", "role", "what", "why", "facts", "mac"]))
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    text = data.draw(st.text(characters, max_size=80))
    stored = store.one(f"SELECT {name} FROM audit WHERE n = :n", n=row["n"])
    assert stored is not None
    broken = tampered(
        database, (f"UPDATE audit SET {name} = :text WHERE n = :n", {"text": text, "n": row["n"]})
    )
    assert broken == (None if text == stored[name] else (row["n"], "changed"))


def test_what_only_sqlite_can_hold_is_found_too(engines: Any) -> None:
    address = engines.fresh("sqlite", "empty")
    store.use(address)
    written("a", "b", "c")
    for value in (b"\xff\xfe", b"a\x80"):
        sql = "UPDATE audit SET what = CAST(:v AS TEXT) WHERE n = 2"
        assert tampered("sqlite", (sql, {"v": value})) == (2, "unreadable")
    assert tampered("sqlite", ("UPDATE audit SET what = :v WHERE n = 2", {"v": b"b"})) == (
        2,
        "changed",
    )
    # A key that is no number, or none at all: in no order, and still no row of the chain.
    stranger = (
        "INSERT INTO audit SELECT {}, at, person_id, role, what, why, facts, 'x' FROM audit "
        "WHERE n = 1"
    )
    assert tampered("sqlite", (stranger.format("NULL"), {})) == (4, "changed")
    assert tampered("sqlite", (stranger.format("'z'"), {})) == (4, "changed")
    assert tampered("sqlite", (stranger.format("1.5"), {})) == (2, "changed")
    engines.drop(address)
    store.use(None)


COPY = (
    "INSERT INTO audit SELECT {} AS n, at, person_id, role, what, why, facts, 'x' FROM audit "
    "WHERE n = {}"
)


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["DELETE FROM audit WHERE n = 1"], (1, "missing")),
        (["DELETE FROM audit WHERE n = 3"], (3, "missing")),
        (["DELETE FROM audit WHERE n IN (2, 3)"], (2, "missing")),
        # removed, and the others moved up
        (
            [
                "DELETE FROM audit WHERE n = 3",
                "UPDATE audit SET n = 3 WHERE n = 4",
                "UPDATE audit SET n = 4 WHERE n = 5",
            ],
            (3, "changed"),
        ),
        # a pair swapped
        (
            [
                "UPDATE audit SET n = 99 WHERE n = 2",
                "UPDATE audit SET n = 2 WHERE n = 3",
                "UPDATE audit SET n = 3 WHERE n = 99",
            ],
            (2, "changed"),
        ),
        # one put in: before all, among, at the end
        ([COPY.format(0, 1)], (1, "changed")),
        ([COPY.format(-7, 1)], (1, "changed")),
        ([COPY.format(6, 1)], (6, "changed")),
        (
            [
                *(f"UPDATE audit SET n = {n + 1} WHERE n = {n}" for n in (5, 4, 3)),
                COPY.format(3, 1),
            ],
            (3, "changed"),
        ),
    ],
)
def test_a_row_removed_added_or_moved_is_named(
    database: str, statements: list[str], broken: tuple[int, str]
) -> None:
    written(*"abcde")
    assert tampered(database) is None
    assert tampered(database, *((sql, {}) for sql in statements)) == broken


# The second place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESK_AUDIT_HEADS", str(tmp_path))
    return tmp_path


def spoil(database: str, *statements: str) -> None:
    with store.engine().transaction(("spoil",)) as write:
        freed(write, database)
        for sql in statements:
            write.run(sql)


def found() -> tuple[str, int] | None:
    broken = audit.verify().broken
    return (broken.code, broken.facts["n"]) if broken else None


@pytest.mark.usefixtures("place")
def test_a_cut_tail_is_found_by_what_was_noted_elsewhere(database: str) -> None:
    written(*"abcde")
    heads.write(NOW)
    assert found() is None
    spoil(database, "DELETE FROM audit WHERE n > 3")
    assert found() == ("audit_cut", 4)
    written(*"de")  # the desk goes on: the same numbers, other rows
    assert found() == ("audit_rebuilt", 5)


@pytest.mark.usefixtures("place")
def test_a_chain_written_anew_with_the_key_is_found(database: str) -> None:
    written(*"abc")
    heads.write(NOW)
    spoil(database, "DELETE FROM audit")
    written(*"xyzzz")
    assert found() == ("audit_rebuilt", 3)


def test_without_a_second_place_a_cut_tail_is_not_found_and_the_check_says_so(
    database: str,
) -> None:
    written(*"abc")
    kept = heads.text(audit.last() or chain.Head(0, "", ""))
    spoil(database, "DELETE FROM audit WHERE n = 3")
    checked = audit.verify()
    assert checked.broken is None
    assert "DESK_AUDIT_HEADS" in audit.sentences(checked, "en")[1]
    broken = audit.verify(known=[kept]).broken
    assert broken is not None
    assert (broken.code, broken.facts) == ("audit_cut", {"n": 3})


@pytest.mark.usefixtures("database")
def test_heads_are_added_and_never_rewritten(place: Path) -> None:
    assert heads.write(NOW) is None  # nothing to note yet
    written("a")
    heads.write(NOW)
    written("b")
    heads.write(NOW + timedelta(days=1))
    lines = (place / heads.FILE).read_text().splitlines()
    assert [line.split(",")[:3] for line in lines] == [
        [times.stamp(NOW), "head", "1"],
        [times.stamp(NOW + timedelta(days=1)), "head", "2"],
    ]
    assert (place / heads.FILE).stat().st_mode & 0o777 == 0o600
    checked = audit.verify()
    assert (checked.compared, checked.unreadable) == (2, 0)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("left", range(1, 95, 7))
def test_a_line_torn_by_a_power_failure_hurts_no_other(place: Path, left: int) -> None:
    written("a")
    heads.write(NOW)
    whole = (place / heads.FILE).read_bytes()
    (place / heads.FILE).write_bytes(whole + whole[:left])
    written("b")
    heads.write(NOW)
    checked = audit.verify()
    assert checked.broken is None
    assert (checked.compared, checked.unreadable) == (2, 1)
    assert "1" in audit.sentences(checked, "en")[-1]


def test_after_an_older_copy_was_put_back_the_check_goes_on_and_says_so(
    database: str, place: Path
) -> None:
    written(*"abc")
    heads.write(NOW)
    written(*"de")
    heads.write(NOW)
    spoil(database, "DELETE FROM audit WHERE n > 4")
    assert found() == ("audit_cut", 5)
    heads.restored(NOW + timedelta(hours=1))
    assert found() is None
    assert any("11:00" in one for one in said(audit.verify()))
    written(*"xyz")
    assert found() is None
    spoil_row(database, 2)
    assert found() == ("audit_changed", 2), place


def said(checked: audit.Checked) -> list[str]:
    return audit.sentences(checked, "ja")


def spoil_row(database: str, n: int) -> None:
    del database  # the triggers are gone already
    with store.engine().transaction(("spoil",)) as write:
        write.run("UPDATE audit SET why = 'x' WHERE n = :n", n=n)


@pytest.mark.usefixtures("database")
def test_a_second_place_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    written("a")
    monkeypatch.setenv("DESK_AUDIT_HEADS", "/nowhere/at/all")
    for ask in (lambda: heads.write(NOW), audit.verify):
        with refuses("heads_folder"):
            ask()
    monkeypatch.delenv("DESK_AUDIT_HEADS")
    assert heads.write(NOW) is None
    audit.verify()


def test_the_text_of_a_head_is_read_back() -> None:
    head = chain.Head(1234, "0123456789abcdef" * 4, "")
    assert heads.text(head).startswith("1234 01234567 89abcdef ")
    assert heads.of_text(heads.text(head).upper()) == (1234, head.mac)
    assert heads.of_text(f" 1234\n{head.mac} ") == (1234, head.mac)
    for wrong in ("", "x", "12", f"x {head.mac}", f"12 {head.mac[:-1]}"):
        with refuses("head_text"):
            heads.of_text(wrong)


# The key


@pytest.mark.usefixtures("database")
def test_another_key_than_last_time_is_said_and_begins_no_new_chain(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audit.check_key()
    audit.check_key()
    written("a")
    before = rows()
    monkeypatch.setenv("DESK_KEY", "another key, and as long as one must be")
    for ask in (audit.check_key, audit.verify):
        with refuses("audit_key_other"):
            ask()
    monkeypatch.setenv("DESK_KEY", "short")
    with refuses("key_bad"):
        audit.check_key()
    monkeypatch.delenv("DESK_KEY")
    monkeypatch.setattr(key, "DEFAULT", tmp_path / "desk.key")
    with refuses("audit_key_missing"):
        audit.check_key()
    assert not (tmp_path / "desk.key").exists()
    assert rows() == before


# The terminal


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(__main__.cli, ["audit", *words])
    return done.exit_code, done.output


@pytest.mark.usefixtures("place")
def test_the_terminal_names_the_first_broken_row(database: str) -> None:
    code, text = run("head")
    assert (code, text.split()[0]) == (0, "1")  # which key it is
    written(*"abcde")
    code, text = run("head")
    assert (code, text.split()[0]) == (0, "6")
    code, text = run("verify", "--head", text)
    assert code == 0
    assert text.startswith("操作の記録はそろっています")
    spoil(database, "UPDATE audit SET role = 'admin' WHERE n = 4", "DELETE FROM audit WHERE n = 5")
    code, text = run("verify")
    assert code == 1
    assert text.startswith("操作の記録の4行目")


# What an administrator reads


@pytest.mark.usefixtures("database")
def test_every_table_that_is_watched_has_a_word() -> None:
    with store.transaction(by=store.SYSTEM) as write:
        there = {one.name for one in watched.tables(write, store.engine().name)}
    assert set(TABLES) == there - set(watched.UNWATCHED)


@pytest.mark.usefixtures("city")
def test_the_newest_is_first_and_rows_are_found_by_person_area_and_day() -> None:
    admin, hana = person("admin"), person("volunteer", "ハナ")
    meeting = scheduled()
    booking.book(hana, id="b", form=booking_form(meeting.id), now=NOW)
    consultations.log(hana, id="c", form=consulted(), now=NOW)
    ask(hana, "see_audit")
    everything = audit.entries(admin, Wanted())
    assert [one.n for one in everything] == sorted((one.n for one in everything), reverse=True)
    assert (everything[0].what, everything[0].area) == ("people.refused", "refusal")
    mine = audit.entries(admin, Wanted(person_id=hana.id))
    assert {one.name for one in mine} == {"ハナ"}
    assert [one.area for one in mine] == ["refusal", "consultation", "booking"]
    [booked] = audit.entries(admin, Wanted(hana.id, "booking"))
    assert booked.changes[0].table == "booking"
    assert booked.changes[0].before is None
    today = times.today(times.now())
    assert len(audit.entries(admin, Wanted(hana.id, day=today))) == 3
    assert audit.entries(admin, Wanted(day=today - timedelta(days=1))) == []
    assert audit.names(admin)[hana.id] == "ハナ"


@pytest.mark.parametrize(
    "what",
    [
        "accounts.change_role",
        "accounts.reset",
        "authenticator.confirm",
        "handover.take",
        "handover.unknown",
        "people.add",
        "sessions.give_code",
        "sessions.wrong_secret",
        "tablets.revoke",
    ],
)
def test_all_about_access_is_found_in_one_area(what: str) -> None:
    assert audit_words.area_of(what) == "people"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-23T14:59:59.999Z", date(2026, 11, 23)),
        ("2026-11-23T15:00:00.000Z", date(2026, 11, 24)),
        ("2026-11-23T15:00:00.001Z", date(2026, 11, 24)),
        ("2026-11-24T14:59:59.999Z", date(2026, 11, 24)),
    ],
)
def test_a_day_is_one_in_tokyo_to_the_thousandth_of_a_second(at: str, day: date) -> None:
    admin = person("admin")
    with store.engine().transaction(("t",)) as write:
        write.run(
            "INSERT INTO audit (n, at, person_id, role, what, why, facts, mac) "
            "VALUES (9999, :at, '', 'x', 'x', '', '{}', 'x')",
            at=at,
        )
    for other in (date(2026, 11, 23), date(2026, 11, 24)):
        there = [one for one in audit.entries(admin, Wanted(day=other)) if one.n == 9999]
        assert len(there) == (other == day)


@pytest.mark.usefixtures("database")
def test_pages_follow_each_other_without_a_gap() -> None:
    admin = person("admin")
    written(*(f"x{at}" for at in range(audit.MOST * 2)))
    seen: list[int] = []
    below = None
    while page := audit.entries(admin, Wanted(), below=below):
        seen += [one.n for one in page]
        below = page[-1].n
    assert seen == list(range(len(rows()), 0, -1))


@pytest.mark.usefixtures("database")
def test_the_table_is_taken_out_with_a_fresh_proof_and_guarded_cells() -> None:
    admin = person("admin")
    store.note(admin, "x", why="=1+1")
    late = replace(admin, proved_at=NOW - timedelta(hours=1))
    with refuses("prove_again"):
        audit.entries_csv(late, Wanted(), now=NOW)
    made = audit.entries_csv(replace(admin, proved_at=NOW), Wanted(admin.id), now=NOW)
    text = made.content.decode("utf-8-sig")
    assert "'=1+1" in text
    assert rows()[-1]["what"] == "export audit.entries_csv"
    assert audit.entries(admin, Wanted(area="export"))[0].person_id == admin.id


@pytest.mark.usefixtures("database")
def test_a_check_says_how_far_it_is() -> None:
    admin = person("admin")
    written(*(f"x{at}" for at in range(3)))
    told: list[tuple[int, int]] = []
    page, chain.PAGE = chain.PAGE, 2
    try:
        checked = audit.check(admin, progress=lambda done, every: told.append((done, every)))
    finally:
        chain.PAGE = page
    assert checked.rows == len(rows())
    assert told[0] == (2, checked.rows)


def test_every_kind_of_finding_has_its_sentence() -> None:
    assert [make(7).facts for make in audit.FOUND.values()] == [{"n": 7}] * len(audit.FOUND)
