"""Editing procedures: a second person decides, nothing is lost, what is written is read again."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from desk import store, times
from desk.consultations import TOPICS
from desk.guide import edits, fields, files, procedures, words, writing
from desk.guide.hours import HOURS
from desk.guide.procedures import (
    GROUPS,
    HERE,
    PLACES,
    Fact,
    Link,
    Outcome,
    Procedure,
    Question,
    Way,
)
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS
from desk.people import Actor
from desk.refusals import Refused
from tests.conftest import NOW, person, refuses
from tests.test_forbidden import forbidden

ID = "konbini-juminhyo"
LATER = NOW + timedelta(hours=1)


def of_file(id: str = ID) -> Procedure:
    return procedures.of_files()[id]


def changed(**changes: Any) -> str:
    return writing.write(replace(of_file(), **changes))


def proposed(who: Actor, contents: str | None = None, **more: Any) -> edits.Version:
    return edits.propose(
        who,
        id=str(uuid.uuid4()),
        contents=changed(title="新しい題") if contents is None else contents,
        reason="市に聞いた",
        now=NOW,
        **more,
    )


def approved(contents: str) -> edits.Version:
    made = proposed(person("staff"), contents)
    return edits.decide(person("staff"), made.id, edits.APPROVED, LATER)


# In and out


@pytest.mark.parametrize("id", list(procedures.of_files()))
def test_every_file_is_written_as_it_is_read(id: str) -> None:
    assert procedures.read(writing.write(of_file(id))) == of_file(id)
    assert procedures.read(fields.contents(fields.of(of_file(id)))) == of_file(id)


Text = (
    some.text(
        some.characters(exclude_categories=("Cs", "Cc", "Nd", "No", "Nl", "Zl", "Zp", "Zs")),
        min_size=1,
        max_size=12,
    )
    .filter(lambda text: not set(text) & set("{|}"))
    .filter(lambda text: text == text.strip() and "\ufeff" not in text)
    .filter(lambda text: not text.startswith(("市に確認", "市に確認:")))
)
Facts = some.builds(Fact, Text, some.booleans())
Places = some.lists(
    some.sampled_from(sorted(set(PLACES) - {HERE})), min_size=1, max_size=3, unique=True
)


def lists(of: Any) -> Any:
    return some.lists(of, max_size=2).map(tuple)


@some.composite
def any_procedure(draw: Any) -> Procedure:
    places = draw(Places)
    ways = tuple(
        Way(
            place,
            draw(Facts),
            draw(some.sampled_from(["", *HOURS])),
            draw(lists(Facts)),
            draw(lists(Text)),
        )
        for place in places
    )
    ends = some.builds(
        Outcome,
        some.lists(some.sampled_from(places), min_size=1, unique=True).map(tuple),
        some.one_of(some.just(""), Text),
    )
    asked = some.sampled_from(list(QUESTIONS))
    flow = some.recursive(ends, lambda more: some.builds(Question, asked, more, more), max_leaves=2)
    needed = some.lists(Text, min_size=1, max_size=2).map(tuple)
    return Procedure(
        id=draw(some.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6})?", fullmatch=True)),
        group=draw(some.sampled_from(list(GROUPS))),
        topic=draw(some.sampled_from(list(TOPICS))),
        title=draw(Text),
        easy=draw(Text),
        title_en=draw(Text),
        overview=draw(Facts),
        deadline=draw(Facts),
        forms=draw(lists(Facts)),
        attachments=draw(lists(Facts)),
        ways=ways,
        office=draw(Facts),
        basis=draw(some.one_of(some.just(Fact("")), Facts)),
        links=draw(lists(some.builds(Link, Text, some.just("https://example.jp/a?b=c#d")))),
        online=draw(Facts),
        fee=draw(Facts),
        traps=draw(lists(Facts)),
        tell=draw(needed),
        stops=draw(lists(some.sampled_from(list(STOPS)))),
        said=draw(needed),
        flow=draw(flow),
        source=draw(Text),
        owner=draw(some.one_of(some.just(""), Text)),
        checked_on=draw(some.dates()),
        expires_on=draw(some.none() | some.dates()),
    )


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(any_procedure())
def test_what_is_written_is_read_as_it_was(one: Procedure) -> None:
    assert procedures.read(writing.write(one)) == one
    assert procedures.read(fields.contents(fields.of(one))) == one
    assert words.difference(one, one, str) == []


def test_a_line_the_city_must_confirm_says_so_in_either_width() -> None:
    held = fields.of(of_file())
    for line in ("市に確認：手数料", "市に確認:手数料", "  市に確認： 手数料 "):
        read = procedures.read(fields.contents({**held, "traps": f"はじめ\n\n{line}\n"}))
        assert read.traps == (Fact("はじめ"), Fact("手数料", certain=False))


def test_the_difference_is_told_in_lines_with_the_names_of_fields() -> None:
    before = of_file()
    after = replace(before, fee=Fact("300円"), deadline=Fact("15日以内"))
    assert words.difference(before, after, str) == [
        ("-", f"Deadline：{before.deadline.text}"),
        ("+", "Deadline：15日以内"),
        ("-", f"Fee：{words.CONFIRM}{before.fee.text}"),
        ("+", "Fee：300円"),
    ]
    assert all(sign == "+" for sign, _line in words.difference(None, after, str))


# Proposing and deciding


@pytest.mark.usefixtures("city")
def test_a_second_person_makes_it_count_at_once() -> None:
    author, other = person("staff", "山田"), person("admin", "佐藤")
    made = proposed(author)
    assert procedures.get(ID) == of_file()
    assert [one.id for one in edits.waiting(other)] == [made.id]
    done = edits.decide(other, made.id, edits.APPROVED, LATER)
    assert procedures.get(ID).title == "新しい題"
    assert (done.made_by, done.decided_by, done.reason) == ("山田", "佐藤", "市に聞いた")
    assert (done.made_at, done.decided_at) == (NOW, LATER)
    assert (done.counts, done.stale, done.open) == (True, False, False)
    assert edits.waiting(other) == ()
    # The second tap of the same hand is the same answer; anybody else's comes too late.
    assert edits.decide(other, made.id, edits.APPROVED, LATER) == done
    with refuses("proposal_decided"):
        edits.decide(person("staff"), made.id, edits.DECLINED, LATER)


@pytest.mark.usefixtures("city")
def test_nobody_decides_their_own_and_only_they_take_it_back() -> None:
    author, other = person("staff"), person("staff")
    made = proposed(author)
    for decision in (edits.APPROVED, edits.DECLINED):
        with refuses("second_person"):
            edits.decide(author, made.id, decision, LATER)
    with refuses("proposal_not_own"):
        edits.decide(other, made.id, edits.TAKEN_BACK, LATER)
    with refuses("choice_unknown", "decision"):
        edits.decide(other, made.id, "deleted", LATER)
    assert edits.version(other, made.id).open
    assert edits.decide(author, made.id, edits.TAKEN_BACK, LATER).decision == edits.TAKEN_BACK
    with refuses("proposal_decided"):
        edits.decide(other, made.id, edits.APPROVED, LATER)
    assert procedures.get(ID) == of_file()
    with refuses("proposal_unknown"):
        edits.decide(other, "none", edits.APPROVED, LATER)


@pytest.mark.usefixtures("city")
def test_of_two_made_from_the_same_the_second_is_refused() -> None:
    first = proposed(person("staff"), changed(title="一つめ"))
    second = proposed(person("staff"), changed(fee=Fact("300円")))
    other = person("admin")
    edits.decide(other, first.id, edits.APPROVED, LATER)
    assert [(one.id, one.stale) for one in edits.waiting(other)] == [(second.id, True)]
    with refuses("proposal_stale"):
        edits.decide(other, second.id, edits.APPROVED, LATER)
    assert procedures.get(ID).title == "一つめ"
    assert edits.decide(other, second.id, edits.DECLINED, LATER).decision == edits.DECLINED


@pytest.mark.usefixtures("city")
def test_an_edit_begun_before_something_else_counted_is_refused() -> None:
    author = person("staff")
    begun = edits.base(author, ID)
    approved(changed(title="一つめ"))
    with refuses("proposal_stale"):
        proposed(author, changed(title="二つめ"), based_on=begun)
    assert proposed(author, changed(title="二つめ"), based_on=edits.base(author, ID)).open


@pytest.mark.usefixtures("city")
def test_a_new_procedure_and_its_second_version_follow_each_other() -> None:
    new = replace(of_file(), id="mobile-shop", title="出張の店")
    assert edits.base(person("staff"), "mobile-shop") == ""
    approved(writing.write(new))
    assert procedures.get("mobile-shop") == new
    approved(writing.write(replace(new, title="出張の店（新）")))
    assert procedures.get("mobile-shop").title == "出張の店（新）"
    with refuses("proposal_same"):
        proposed(person("staff"), writing.write(replace(new, title="出張の店（新）")))


@pytest.mark.usefixtures("city")
def test_nothing_is_lost_and_one_goes_back_by_another_proposal() -> None:
    staff = person("staff")
    titles = ["一つめ", "二つめ"]
    for title in titles:
        approved(changed(title=title))
    declined = proposed(person("staff"), changed(title="ことわる"))
    edits.decide(staff, declined.id, edits.DECLINED, LATER)
    history = edits.history(staff, ID)
    assert {one.title for one in history} == {*titles, "ことわる"}
    assert {procedures.read(one.contents).title for one in history} == {*titles, "ことわる"}
    assert [one.title for one in history if one.counts] == ["二つめ"]
    first = next(one for one in history if one.title == "一つめ")
    again = edits.go_back(staff, first.id, id="back", reason="まちがい", now=LATER)
    assert again.open
    assert procedures.get(ID).title == "二つめ"
    edits.decide(person("admin"), again.id, edits.APPROVED, LATER)
    assert procedures.get(ID).title == "一つめ"
    assert len(edits.history(staff, ID)) == 4
    came = edits.go_back_to_file(staff, ID, id="file", reason="はじめから", now=LATER)
    edits.decide(person("admin"), came.id, edits.APPROVED, LATER)
    assert procedures.get(ID) == of_file()
    with refuses("procedure_unknown"):
        edits.go_back_to_file(staff, "none", id="none", reason="はじめから", now=LATER)


@pytest.mark.usefixtures("city")
def test_a_double_tap_is_one_proposal() -> None:
    author = person("staff")
    for _ in range(2):
        edits.propose(author, id="a", contents=changed(title="x"), reason="y", now=NOW)
    assert len(edits.waiting(author)) == 1
    with refuses("form_reused"):
        edits.propose(author, id="a", contents=changed(title="z"), reason="y", now=NOW)


WRONG = {
    "no YAML": ("[", "procedure_wrong"),
    "nothing": ("", "procedure_wrong"),
    "a field more": (changed() + "more: 1\n", "procedure_wrong"),
    "no way": (changed(ways=()), "procedure_wrong"),
    "an alias": ("a: &a [1]\nb: *a\n", "procedure_wrong"),
    "nested": ("[" * 5_000, "procedure_wrong"),
    "an id of a path": (changed(id="../x"), "procedure_wrong"),
    "a script as link": (changed(links=(Link("x", "javascript:alert(1)"),)), "procedure_wrong"),
    "too large": (changed(title="あ" * edits.MOST), "too_long"),
    "a long text": (changed(title="あ" * 1_001), "too_long"),
}


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_read_is_refused_and_not_kept(case: str) -> None:
    contents, code = WRONG[case]
    with refuses(code, "contents"):
        proposed(person("staff"), contents)
    assert store.rows("SELECT id FROM procedure_version") == []


@pytest.mark.usefixtures("city")
def test_a_my_number_is_in_no_text_of_a_procedure() -> None:
    number = "１２３４-５６７８-９０１８"
    one = of_file()
    for contents in (
        changed(title=f"題 {number}"),
        changed(traps=(Fact(number, certain=False),)),
        changed(said=(*one.said, number)),
        changed(links=(Link("x", "https://example.jp/123456789018"),)),
        changed(flow=Outcome(("city",), number)),
    ):
        with pytest.raises(Refused):
            proposed(person("staff"), contents)
    with refuses("my_number", "reason"):
        edits.propose(person("staff"), id="a", contents=changed(title="x"), reason=number, now=NOW)
    with refuses("missing", "reason"):
        edits.propose(person("staff"), id="a", contents=changed(title="x"), reason=" ", now=NOW)
    # A comment is read by nobody's check, so it does not stay.
    made = proposed(person("staff"), changed(title="x") + f"# {number}\n")
    assert "#" not in made.contents
    assert "9018" not in str(store.rows("SELECT * FROM procedure_version"))


# Files


def file(one: Procedure) -> tuple[str, bytes]:
    return f"{one.id}.yaml", writing.write(one).encode()


def put_in(who: Actor, *brought: tuple[str, bytes]) -> tuple[files.File, ...]:
    return files.propose_all(who, brought, id=str(uuid.uuid4()), reason="まとめて", now=NOW)


@pytest.mark.usefixtures("city")
def test_files_go_out_and_come_in_as_proposals() -> None:
    staff = person("staff")
    out = files.export(staff, ID, now=NOW)
    assert procedures.read(out.content.decode()) == of_file()
    same, other = (f"{ID}.yaml", out.content), replace(of_file("risai"), title="り災")
    new = replace(of_file(), id="new-one", title="あたらしい")
    found = put_in(staff, same, file(other), file(new))
    assert [one.outcome for one in found] == [files.SAME, files.CHANGED, files.NEW]
    assert sorted(one.title for one in edits.waiting(staff)) == ["あたらしい", "り災"]
    assert "new-one" not in procedures.all_procedures()
    with refuses("procedure_unknown"):
        files.export(staff, "new-one", now=NOW)


@pytest.mark.usefixtures("city")
def test_of_files_all_come_in_or_none() -> None:
    staff = person("staff")
    good = file(replace(of_file(), title="よい"))
    wrong = {
        "a.yaml": b"id: [",
        "b.yaml": "id: 日本".encode("cp932"),
        "c.yaml": writing.write(replace(of_file(), title="もう一度")).encode(),
        "d.yaml": b"x" * 200_000,
    }
    for name, content in wrong.items():
        found = files.look(staff, [good, (name, content)])
        assert [one.outcome for one in found] == [files.CHANGED, files.WRONG]
        assert found[1].refusal is not None
        with refuses("procedure_files_wrong"):
            put_in(staff, good, (name, content))
    with refuses("procedure_files"):
        files.look(staff, [good] * (files.MOST_FILES + 1))
    assert edits.waiting(staff) == ()


# What the database holds by itself


@pytest.mark.usefixtures("city")
def test_the_database_wants_a_second_person_and_keeps_every_version() -> None:
    made = proposed(person("staff"))
    decided = "UPDATE procedure_version SET decision = :d, decided_at = :at, decided_by = {}"
    facts = {"d": edits.APPROVED, "at": times.stamp(NOW)}
    forbidden(decided.format("made_by"), **facts)
    forbidden("UPDATE procedure_version SET decision = 'approved'")
    forbidden("UPDATE procedure_version SET contents = 'other'")
    forbidden("UPDATE procedure_version SET reason = '', based_on = 'x'")
    forbidden("DELETE FROM procedure_version")
    edits.decide(person("admin"), made.id, edits.APPROVED, LATER)
    forbidden("UPDATE procedure_version SET decision = NULL, decided_at = NULL, decided_by = NULL")
    forbidden("UPDATE procedure_version SET decided_at = 'later'")
    forbidden(
        "INSERT INTO procedure_version (id, procedure_id, contents, based_on, reason, made_at, "
        "made_by, decided_at, decided_by, decision) SELECT 'fork', procedure_id, contents, "
        "based_on, reason, made_at, made_by, decided_at, decided_by, decision "
        "FROM procedure_version"
    )
    assert len(edits.history(person("staff"), ID)) == 1


@pytest.mark.usefixtures("city")
def test_practice_leaves_with_the_trial_year() -> None:
    with store.transaction() as write:
        write.run("INSERT INTO setting (key, value) VALUES ('trial', '1')")
    made = proposed(person("staff"))
    assert made.trial
    with store.transaction() as write:
        assert write.run("DELETE FROM procedure_version WHERE trial = 1") == 1


@pytest.mark.usefixtures("database")
def test_reading_what_counts_is_cheap() -> None:
    asked = 0
    rows = store.rows

    def counted(sql: str, **facts: Any) -> Any:
        nonlocal asked
        asked += 1
        return rows(sql, **facts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "rows", counted)
        for _ in range(20):
            assert len(procedures.all_procedures()) >= 40
        assert asked <= 1
        person("staff")  # a write of this process
        procedures.all_procedures()
        assert asked <= 2
        patch.setattr(procedures, "OLDEST", -1.0)  # another process may have written
        procedures.all_procedures()
        assert asked <= 3
    assert asked >= 2
