"""What a class must be: each concern says its facts, and only a reason goes past it."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk import instructors, journal, rules, schedule, store
from desk.facts import UnreadableFile
from desk.figures import NEEDED
from desk.instructors import InstructorForm
from desk.refusals import Concern
from desk.rules import ClassForm
from tests.conftest import NOW, Load, change, class_form, person, refuses, scheduled

TRAINED = date(2026, 4, 1)
HOLIDAY = date(2027, 1, 11)  # 成人の日


@pytest.fixture
def team(city: str) -> tuple[str, ...]:  # noqa: ARG001 - the database must be there
    """A trained lecturer and three assistants."""
    staff = person("staff")
    forms = {"L": InstructorForm("講師", trained_on=TRAINED)} | {
        f"A{n}": InstructorForm(f"助手{n}", role="assistant") for n in range(3)
    }
    for id, form in forms.items():
        instructors.save(staff, id=id, form=form, now=NOW)
    return tuple(forms)


def plain(**changes: Any) -> ClassForm:
    """A class against which nothing speaks, without a reason."""
    return class_form(**{"reason": "", "instructor_ids": ("L",), **changes})


def found(form: ClassForm) -> list[tuple[str, str | None, dict[str, Any]]]:
    return [(one.code, one.field, one.facts) for one in schedule.concerns(form)]


def open_hours(files: Path, load: Load) -> None:
    change(files / "venues" / "facilities.csv", "市役所,,,,,", "市役所,,月火水木金,09:00,17:00,")
    load()


@pytest.mark.usefixtures("team")
def test_nothing_speaks_against_a_plain_class() -> None:
    assert found(plain()) == []
    made = schedule.create(person("staff"), id="K", form=plain(), now=NOW)
    assert made.overrides == {}
    kinds = [one.kind for one in journal.of_class(person("staff"), class_id="K")]
    assert kinds == ["resized", "published"]


@pytest.mark.usefixtures("team")
def test_closed_days_and_hours(files: Path, load: Load) -> None:
    holiday = plain(day=HOLIDAY)
    assert found(holiday) == [
        ("venue_closed", "day", {"why": "祝日は休み（見本）", "day": holiday.starts_at})
    ]
    open_hours(files, load)
    assert found(plain(starts=time(9), ends=time(17))) == []
    hours = ("venue_hours", "starts", {"opens": "09:00", "closes": "17:00"})
    assert found(plain(starts=time(8, 55), ends=time(10))) == [hours]
    assert found(plain(starts=time(16), ends=time(17, 5))) == [hours]
    saturday = plain(day=date(2026, 11, 28))
    assert found(saturday) == [
        ("venue_closed", "day", {"why": "月火水木金", "day": saturday.starts_at})
    ]


@pytest.mark.usefixtures("team")
def test_the_places_of_the_room() -> None:
    everybody = ("L", "A0", "A1", "A2")
    assert found(plain(seats=16, instructor_ids=everybody)) == []
    one_more = found(plain(seats=17, instructor_ids=(*everybody,)))
    assert one_more[0] == ("room_places", "seats", {"places": 16})
    assert [code for code, _field, _facts in one_more] == ["room_places", "ratio_staff"]


@pytest.mark.usefixtures("team")
def test_hours_and_skills_of_the_team() -> None:
    form = InstructorForm(
        "助手0", role="assistant", hours="火 09:00-14:55", skills=("use-3-e-tax",)
    )
    instructors.save(person("staff"), id="A0", form=form, now=NOW)
    assert found(plain(instructor_ids=("L", "A0"))) == [
        ("instructor_away", "instructors", {"instructor": "助手0"}),
        ("instructor_skill", "instructors", {"instructor": "助手0"}),
    ]
    fits = plain(instructor_ids=("L", "A0"), course_id="use-3-e-tax", ends=time(14, 55))
    assert found(fits) == []
    assert found(plain(instructor_ids=("L", "A1"))) == []


@pytest.mark.usefixtures("team")
def test_the_national_ratio_at_its_edges() -> None:
    """P and C are members who do not count; U is a lecturer not trained, X no longer."""
    staff = person("staff")
    for id, form in (
        ("P", InstructorForm("推進委員", role="promoter", trained_on=TRAINED)),
        ("C", InstructorForm("よびかけ員", role="caller")),
        ("U", InstructorForm("新人")),
        ("X", InstructorForm("前の講師", trained_on=TRAINED, expires_on=date(2026, 11, 23))),
    ):
        instructors.save(staff, id=id, form=form, now=NOW)
    lecturer = ("ratio_lecturer", "instructors", {"needed": 1})

    def short(seats: int, needed: int, have: int) -> tuple[str, str, dict[str, int]]:
        facts = {"seats": seats, "needed": needed, "have": have, "each": 4}
        return ("ratio_staff", "instructors", facts)

    for seats, ids, speaking in (
        (1, ("L",), []),
        (4, ("L",), []),
        (5, ("L",), [short(5, 2, 1)]),
        (5, ("L", "A0"), []),
        (8, ("L", "A0"), []),
        (9, ("L", "A0"), [short(9, 3, 2)]),
        (9, ("L", "A0", "A1"), []),
        (4, ("A0",), [lecturer]),
        (4, (), [lecturer, short(4, 1, 0)]),
        (5, ("L", "P", "C"), [short(5, 2, 1)]),
        (4, ("P",), [lecturer, short(4, 1, 0)]),
        (8, ("L", "U"), []),
        (4, ("U",), [lecturer]),
        (4, ("X",), [lecturer]),
    ):
        assert found(plain(seats=seats, instructor_ids=ids)) == speaking


@pytest.mark.usefixtures("team")
def test_training_is_asked_of_the_day_of_the_class() -> None:
    form = InstructorForm("講師", trained_on=TRAINED, expires_on=date(2026, 11, 24))
    instructors.save(person("staff"), id="L", form=form, now=NOW)
    assert found(plain()) == []
    assert [code for code, _, _ in found(plain(day=date(2026, 11, 25)))] == ["ratio_lecturer"]


@pytest.mark.usefixtures("team")
def test_without_a_reason_nothing_is_written() -> None:
    staff = person("staff")
    for reason in ("", "  ", "\n"):
        with refuses("venue_closed", "day") as refused:
            schedule.create(staff, id="K", form=plain(day=HOLIDAY, reason=reason), now=NOW)
        assert type(refused.value) is Concern
    for table in ("class", "busy", "seat", "event", "class_instructor"):
        assert store.rows(f"SELECT * FROM {table}") == []
    made = schedule.create(staff, id="K", form=plain(), now=NOW)
    with refuses("room_places", "seats"):
        schedule.change(staff, class_id="K", version=1, form=plain(seats=17), now=NOW)
    assert schedule.get("K") == made


@pytest.mark.usefixtures("team")
def test_a_reason_is_written_for_each_concern() -> None:
    staff = person("staff")
    form = plain(day=HOLIDAY, seats=17, reason="文化の日の 催し")
    made = schedule.create(staff, id="K", form=form, now=NOW)
    codes = ["venue_closed", "room_places", "ratio_staff"]
    assert made.overrides == dict.fromkeys(codes, "文化の日の 催し")
    decided = [
        (one.note, one.person)
        for one in journal.of_class(staff, class_id="K")
        if one.kind == "override"
    ]
    assert decided == [(f"{code} 文化の日の 催し", staff.name) for code in codes]
    again = schedule.change(
        staff, class_id="K", version=1, form=replace(form, reason="市長の 決定"), now=NOW
    )
    assert again.overrides == dict.fromkeys(codes, "市長の 決定")
    assert schedule.form_of(again) == replace(form, reason="市長の 決定")


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize("reason", ["番号は 1234-5678-9018", "あ" * 201])
def test_a_reason_is_text_like_any_other(reason: str) -> None:
    code = "too_long" if len(reason) > 200 else "my_number"
    with refuses(code, "reason"):
        schedule.create(person("staff"), id="K", form=plain(reason=reason), now=NOW)
    made = schedule.create(
        person("staff"), id="K", form=plain(day=HOLIDAY, reason=" 催し\u202e "), now=NOW
    )
    assert made.overrides == {"venue_closed": "催し"}
    with refuses(code, "reason"):
        schedule.change(
            person("staff"), class_id="K", version=1, form=plain(reason=reason), now=NOW
        )


@pytest.mark.usefixtures("team")
def test_a_clash_goes_past_no_reason() -> None:
    staff = person("staff")
    first = schedule.create(staff, id="K", form=plain(equipment=(("projector", 2),)), now=NOW)
    other = {"room_id": "0421110001-2", "instructor_ids": ()}
    for form, code, field in (
        (class_form(), "room_taken", "room"),
        (class_form(**{**other, "instructor_ids": ("L",)}), "instructor_taken", "instructors"),
        (class_form(**other, equipment=(("projector", 1),)), "equipment_short", "equipment"),
        (class_form(**other, equipment=(("projector", 0),)), "equipment_count", "equipment"),
        (class_form(**other, equipment=(("none", 1),)), "equipment_unknown", "equipment"),
        (class_form(**other, seats=201), "class_seats", "seats"),
        (class_form(**other, course_id="none"), "course_unknown", "course"),
    ):
        with refuses(code, field):
            schedule.create(staff, id="X", form=form, now=NOW)
    assert schedule.between(first.starts_at.date(), first.starts_at.date()) == [first]


@pytest.mark.usefixtures("team")
def test_a_draft_may_lack_its_team_until_it_is_published() -> None:
    staff, draft = person("staff"), plain(publish=False, instructor_ids=())
    assert found(draft) == []
    made = schedule.create(staff, id="K", form=draft, now=NOW)
    assert (made.draft, made.published_at) == (True, None)
    assert schedule.bookable(now=NOW) == []
    assert schedule.published(date(2026, 11, 24), date(2026, 11, 24)) == []
    with refuses("class_draft"):
        schedule.open_for_booking("K", now=NOW)
    # A draft too stands on open days only, and takes its room.
    with refuses("venue_closed", "day"):
        schedule.create(staff, id="X", form=replace(draft, day=HOLIDAY), now=NOW)
    with refuses("room_taken", "room"):
        schedule.create(staff, id="X", form=plain(), now=NOW)
    with refuses("ratio_lecturer", "instructors"):
        schedule.change(staff, class_id="K", version=1, form=replace(draft, publish=True), now=NOW)
    assert schedule.get("K") == made
    done = schedule.change(staff, class_id="K", version=1, form=plain(), now=NOW)
    assert (done.draft, done.published_at, done.overrides) == (False, NOW, {})
    assert schedule.bookable(now=NOW) == [done]
    kinds = [one.kind for one in journal.of_class(staff, class_id="K")]
    assert kinds == ["resized", "published"]


@pytest.mark.usefixtures("team")
def test_a_published_class_is_no_draft_again_and_keeps_its_ratio() -> None:
    staff = person("staff")
    made = schedule.create(staff, id="K", form=plain(), now=NOW)
    with refuses("ratio_staff", "instructors"):
        schedule.change(staff, class_id="K", version=1, form=plain(publish=False, seats=5), now=NOW)
    assert schedule.get("K") == made
    done = schedule.change(staff, class_id="K", version=1, form=plain(publish=False), now=NOW)
    assert done.published_at == NOW


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize(
    ("key", "old", "new", "code"),
    [
        ("learners_per_staff", "4", "3", "ratio_staff"),
        ("trained_lecturers", "1", "2", "ratio_lecturer"),
    ],
)
def test_the_ratio_is_the_files(
    files: Path, load: Load, key: str, old: str, new: str, code: str
) -> None:
    assert found(plain()) == []
    change(files / "data" / "figures.csv", f"{key},{old},", f"{key},{new},")
    assert load() == ["data/figures.csv"]
    ((shown, _field, facts),) = found(plain())
    assert shown == code
    assert facts == (
        {"seats": 4, "needed": 2, "have": 1, "each": 3} if new == "3" else {"needed": 2}
    )


@pytest.mark.usefixtures("team")
def test_the_newest_figure_counts(files: Path, load: Load) -> None:
    path = files / "data" / "figures.csv"
    line = next(one for one in path.read_text("utf-8").splitlines() if "learners_per_staff" in one)
    for as_of in ("2020", "2026-10"):
        with path.open("a", encoding="utf-8") as file:
            file.write(line.replace(",4,2023-06", f",2,{as_of}") + "\n")
        load()
        assert [code for code, _, _ in found(plain())] == ["ratio_staff"] * (as_of == "2026-10")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("hold_until_hour", 17, 24),
        ("hold_days", 1, 0),
        ("call_tries", 2, 0),
        ("learners_per_staff", 4, 0),
        ("transport_minutes_per_km", 3, -3),
    ],
)
def test_a_figure_nothing_works_with_stops_the_load(
    key: str, good: int, bad: int, files: Path, load: Load
) -> None:
    change(files / "data" / "figures.csv", f"\n{key},{good},", f"\n{key},{bad},")
    with pytest.raises(UnreadableFile) as unread:
        load()
    least, most = NEEDED[key]
    assert unread.value.line is not None
    assert unread.value.reason == f"「{key}」の値は {least} から {most} までです"
    assert store.rows("SELECT id FROM figure") == []


@pytest.mark.usefixtures("database")
def test_a_figure_the_desk_needs_cannot_be_missing(files: Path, load: Load) -> None:
    path = files / "data" / "figures.csv"
    for key in NEEDED:
        change(path, f"\n{key},", f"\nno_{key},")
        with pytest.raises(UnreadableFile) as unread:
            load()
        error = unread.value
        reason = f"項目「{key}」の行がありません"
        assert (error.path, error.line, error.reason) == ("data/figures.csv", None, reason)
        assert store.rows("SELECT id FROM figure") == []
        change(path, f"\nno_{key},", f"\n{key},")
    load()


@pytest.mark.usefixtures("team")
def test_every_concern_has_its_name_for_the_banner() -> None:
    meeting = scheduled(seats=17)
    assert set(meeting.overrides) <= set(rules.CONCERNS)


def test_a_class_that_no_longer_keeps_the_rule_is_told(team: tuple[str, ...]) -> None:
    staff, lecturer = person("staff"), InstructorForm("講師", trained_on=TRAINED)

    def told() -> list[tuple[str, list[str]]]:
        return [
            (meeting.id, [one.code for one in broken])
            for meeting, broken in schedule.short_staffed(now=NOW)
        ]

    day = date(2026, 12, 1)
    kept = scheduled(reason="", day=day, instructor_ids=("L", "A0"), seats=8)
    scheduled(publish=False, day=day, starts=time(16), ends=time(17))
    scheduled(day=day, starts=time(18), ends=time(19))  # with a reason
    assert told() == []
    instructors.save(staff, id="L", form=replace(lecturer, expires_on=day), now=NOW)
    assert told() == []
    last = day - timedelta(days=1)
    instructors.save(staff, id="L", form=replace(lecturer, expires_on=last), now=NOW)
    assert told() == [(kept.id, ["ratio_lecturer"])]
    instructors.save(staff, id="L", form=replace(lecturer, role="caller"), now=NOW)
    assert told() == [(kept.id, ["ratio_lecturer", "ratio_staff"])]
    assert schedule.short_staffed(now=kept.ends_at) == []
    form = class_form(day=day, instructor_ids=("A1", *team[1:2]), seats=8, reason="ほかにいない")
    schedule.change(staff, class_id=kept.id, version=1, form=form, now=NOW)
    assert told() == []
