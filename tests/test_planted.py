"""More than 200 disguised numbers, through every path a text can take: afterwards there are none.

The paths are found in the source: whoever takes a free text in `desk/` adds it to `PATHS`.
"""

import ast
import io
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desk import (
    attendance,
    booking,
    changes,
    consultations,
    corrections,
    courses,
    drafts,
    finder,
    follow_ups,
    instructors,
    my_number,
    people,
    places,
    schedule,
    store,
    tables,
    tablets,
)
from desk.consultations import ConsultationForm
from desk.courses import CourseForm
from desk.gaps.acts import actions
from desk.gaps.acts.actions import ActionForm
from desk.guide import answers, edits, misses, procedures, writing
from desk.guide import files as files_of_guide
from desk.instructors import InstructorForm
from desk.my_number import KINDS, PUBLISHED, REACH, kind
from desk.opendata import imports
from desk.refusals import Refused
from tests import disguises
from tests.conftest import (
    COURSE,
    DESK,
    NOW,
    ROOM,
    VENUE,
    booking_form,
    class_form,
    person,
    scheduled,
)
from tests.disguises import Planted, planted

NUMBERS = planted()
CHECKS = {"text", "kana", "reach", "no_number"}  # of desk.forms
FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line")
TITLE = CourseForm("題", "説明", 60, "basic")
ADMIN_SECRET = "みかん りんご ぶどう なし もも"
Plant = Callable[[str], Any]


def id() -> str:
    return str(uuid.uuid4())


class Desk:
    """A city with one class and its people, and every way to write a text into it."""

    def __init__(self) -> None:
        self.staff, self.admin, self.volunteer = map(person, ("staff", "admin", "volunteer"))
        self.meeting = scheduled()
        consultations.log(self.volunteer, id="corrected", form=FORM, now=NOW)

    def paths(self) -> dict[str, Plant]:
        """By module and field, as the source has them."""
        meeting, staff, volunteer = self.meeting, self.staff, self.volunteer

        def book(**facts: str) -> Any:
            form = booking_form(meeting.id, **facts)
            return booking.book(volunteer, id=id(), form=form, now=NOW)

        def course(**facts: str) -> Any:
            return courses.save(staff, id=id(), form=replace(TITLE, **facts), now=NOW)

        def action(**facts: str) -> Any:
            form = ActionForm("outreach", "題", (places.towns()[0].id,), NOW.date())
            return actions.mark(staff, id=id(), form=replace(form, **facts), now=NOW)

        return {
            "booking kana": lambda text: book(kana=text),
            "booking reach_note": lambda text: book(reach_note=text),
            "booking typed": lambda text: booking.find(volunteer, typed=text, now=NOW),
            "attendance code": lambda text: attendance.by_code(volunteer, code=text, now=NOW),
            "changes code": changes.by_code,
            "consultations note": lambda text: consultations.log(
                volunteer, id=id(), form=replace(FORM, note=text), now=NOW
            ),
            "consultations procedure": lambda text: consultations.log(
                volunteer, id=id(), form=replace(FORM, procedure_id=text), now=NOW
            ),
            "rules reason": lambda text: schedule.change(
                staff,
                class_id=meeting.id,
                version=meeting.version,
                form=class_form(reason=text),
                now=NOW,
            ),
            "courses title": lambda text: course(title=text),
            "courses title_en": lambda text: course(title_en=text),
            "courses about": lambda text: course(about=text),
            "courses bring": lambda text: course(bring=text),
            "instructors instructor": lambda text: instructors.save(
                staff, id=id(), form=InstructorForm(text), now=NOW
            ),
            "people name": lambda text: people.add(
                self.admin, id=id(), name=text, role="staff", secret=ADMIN_SECRET, now=NOW
            ),
            "tablets name": lambda text: tablets.make(self.admin, id=id(), name=text, now=NOW),
            "finder town": lambda text: finder.place(text, places.towns()),
            "opendata/imports source": lambda text: imports.accept(
                staff, b"", "a.csv", id=id(), now=NOW, dataset="wifi", source=text, seen=""
            ),
            "corrections reason": lambda text: corrections.withdraw(
                staff, id=id(), consultation_id="corrected", now=NOW, reason=text
            ),
            "gaps/acts/actions title": lambda text: action(title=text),
            "gaps/acts/actions note": lambda text: action(note=text),
            "follow_ups card": lambda text: follow_ups.card(volunteer, text),
            "guide/misses words": lambda text: misses.note(text, NOW),
            "guide/answers words": lambda text: answers.answer(
                staff, text, "risai", version_id=id(), now=NOW
            ),
            "guide/edits contents": lambda text: edits.propose(
                staff, id=id(), contents=procedure_that_says(text), reason="なおす", now=NOW
            ),
            "guide/edits reason": lambda text: edits.propose(
                staff, id=id(), contents="", reason=text, now=NOW
            ),
            "guide/files reason": lambda text: files_of_guide.propose_all(
                staff, (), id=id(), reason=text, now=NOW
            ),
        }


def procedure_that_says(text: str) -> str:
    """A procedure of the city's with a text of its own in it."""
    known = procedures.get("risai")
    return writing.write(replace(known, overview=replace(known.overview, text=text)))


# Checked by whole files below, or of no text that is kept.
BY_FILE = {
    "tables/class_rows 理由",
    "tables/instructors 名前",
    "tables/instructors ID",
    "tables/plan column",
}


def asked_for() -> Iterator[str]:
    """Module and field of every free text that desk/ takes."""
    root = Path(booking.__file__).parent
    for path in sorted(root.rglob("*.py")):
        module = path.relative_to(root).with_suffix("").as_posix()
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if ast.unparse(call.func.value) == "forms" and call.func.attr in CHECKS:
                field = next(one.value for one in call.keywords if one.arg == "field")
                name = field.value if isinstance(field, ast.Constant) else ast.unparse(field)
                yield f"{module} {name}"


@pytest.mark.usefixtures("city")
def test_every_free_text_of_the_desk_is_planted_into() -> None:
    assert {*Desk().paths(), *BY_FILE} == set(asked_for())


def test_there_are_enough_of_every_kind() -> None:
    kinds = [one.kind for one in NUMBERS]
    assert len({one.text for one in NUMBERS}) >= 200
    assert {one: kinds.count(one) for one in KINDS[:5]}.keys() == set(kinds)
    assert min(kinds.count(one) for one in KINDS[:5]) >= 30


# Looking for what was planted.


def digits_of(text: str) -> str:
    """Whatever digits a text holds, however they are written."""
    normal = my_number._in_digits(my_number._plain(text))
    return "".join(one for one in normal if one in "0123456789")


def cells() -> Iterator[str]:
    """Every value of every table, as text."""
    if store.engine().name == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    for table in store.rows(sql):
        for row in store.rows(f'SELECT * FROM "{table["name"]}"'):
            yield from (str(value) for value in row.values())


def written_as(number: Planted) -> set[bytes]:
    """The bytes a number could stand as in a file."""
    forms = {number.text, *(_in(number.digits, figures) for figures in disguises.FIGURES.values())}
    return {one.encode(code) for one in forms for code in ("utf-8", "utf-16-le")}


def _in(digits: str, figures: str) -> str:
    return "".join(figures[int(digit)] for digit in digits)


def leaked(numbers: list[Planted], folder: Path | None = None) -> list[str]:
    """What of the numbers is in a table, or in a file of the database's folder."""
    # A UUID or a coordinate may hold any seven digits.
    kept = {value for value in cells() if len(digits_of(value)) >= 7}
    found = [
        one.text
        for one in numbers
        for value in kept
        if one.digits in (digits_of(value) if len(one.digits) > 7 else value) or one.text in value
    ]
    raw = [path.read_bytes() for path in files(folder)]
    found += [
        one.text
        for one in numbers
        if len(one.digits) > 7
        for content in raw
        if any(form in content for form in written_as(one))
    ]
    return found


def files(folder: Path | None) -> list[Path]:
    """The database's own files, its write-ahead log among them, and those of a folder."""
    database: Path | None = getattr(store.engine(), "path", None)
    own = database.parent.glob(f"{database.name}*") if database else ()
    more = folder.rglob("*") if folder else ()
    return [path for path in (*own, *more) if path.is_file()]


@pytest.mark.usefixtures("city")
def test_what_is_kept_is_found() -> None:
    """A search that finds nothing must be able to find something."""
    number = NUMBERS[0]
    for text in (number.digits, number.text, _in(number.digits, disguises.FIGURES["kanji"])):
        with store.transaction() as write:
            write.run("DELETE FROM guide_miss")
            write.run(
                "INSERT INTO guide_miss (words, day, count) VALUES (:text, '2026-11-24', 1)",
                text=f"planted {text}",
            )
        assert leaked([number])


def code_of(plant: Plant, text: str) -> str:
    """Why a text was refused; of what only counts, that it was not taken."""
    try:
        taken = plant(text)
    except Refused as refused:
        return refused.code
    return "taken" if taken is not False else str(kind(text))


@pytest.mark.usefixtures("city")
def test_no_path_of_the_desk_keeps_a_planted_number() -> None:
    paths = Desk().paths()
    for name, plant in paths.items():
        for number in NUMBERS:
            if name == "booking reach_note" and kind(number.text, REACH) is None:
                continue  # a telephone number is what is asked for there
            if name == "guide/edits contents":  # a telephone number is for everybody to read
                if kind(number.text, PUBLISHED):
                    assert code_of(plant, number.text) in (number.kind, "procedure_wrong")
                continue
            if name == "finder town" and len(number.text) == 7 == len(number.digits):
                continue  # a postal code, which is looked up
            assert code_of(plant, number.text) == number.kind, (name, number)
    assert leaked(NUMBERS) == []


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("number", NUMBERS[:40], ids=lambda one: ascii(one.text))
def test_nothing_of_a_refusal_can_reach_a_log(number: Planted) -> None:
    with pytest.raises(Refused) as refused:
        people.add(
            person("admin"),
            id="p",
            name=number.text,
            role="staff",
            secret=ADMIN_SECRET,
            now=NOW,
        )
    said = repr(refused.value) + str(refused.value) + repr(refused.value.facts)
    assert number.digits not in digits_of(said)


# Whole files.

WIFI = (
    "全国地方公共団体コード,名称,名称_カナ,所在地_連結表記,方書,電話番号,内線番号,緯度,経度,設置者,"
    "提供エリア,SSID,接続方法,利用可能曜日,開始時間,終了時間,利用可能日時特記事項,備考,出典"
)
TEXTS = (
    *("名称", "名称_カナ", "所在地_連結表記", "方書", "電話番号", "内線番号", "設置者"),
    *("提供エリア", "接続方法", "利用可能曜日", "開始時間", "利用可能日時特記事項", "備考", "出典"),
)


def published(number: Planted) -> bool:
    """True when it is refused even among telephone numbers everybody may read."""
    return kind(number.text, my_number.PUBLISHED) is not None


def spots() -> Iterator[list[str]]:
    """A list of Wi-Fi spots with a number in another column of each row."""
    header = WIFI.split(",")
    yield header
    planted_ones = [one for one in NUMBERS if published(one)]
    for at, number in enumerate(planted_ones):
        column = TEXTS[at % len(TEXTS)]
        if column == "電話番号" and len(number.digits) < 12:
            column = "備考"  # a column of telephone numbers is for shorter ones
        row = {
            "全国地方公共団体コード": "042111",
            "名称": f"広場{at}",
            "緯度": "38.11",
            "経度": "140.86",
            "SSID": f"Net{at}",
            "開始時間": "9:00",
            column: f"9:00（{number.text}）" if column == "開始時間" else number.text,
        }
        yield [row.get(name, "") for name in header]


def csv_of(rows: Iterator[list[str]]) -> bytes:
    lines = (",".join(f'"{cell}"' for cell in row) for row in rows)
    return "\r\n".join(lines).encode("utf-8-sig")


def xlsx_of(rows: Iterator[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        # Control characters are no part of a sheet's XML.
        book.active.append([cell.replace("\x07", "") for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_no_list_of_the_city_brings_a_planted_number(name: str) -> None:
    content = csv_of(spots()) if name.endswith("csv") else xlsx_of(spots())
    staff = person("staff")
    report = imports.look(staff, content, name, now=NOW, source="市の一覧")
    assert report.codes & {*KINDS}
    facts = {"dataset": "wifi", "source": "市の一覧", "seen": report.seen}
    file_name = f"{NUMBERS[1].digits}.{name}"
    done = imports.accept(staff, content, file_name, id=id(), now=NOW, **facts)
    assert done.file_name == ""
    assert store.one("SELECT COUNT(*) AS n FROM wifi_spot WHERE ssid LIKE 'Net%'") != {"n": 0}
    assert leaked([one for one in NUMBERS if published(one)]) == []


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("column", ["名前", "ID", "時間", "役割"])
def test_no_table_of_instructors_brings_a_planted_number(column: str) -> None:
    header = ["名前", "ID", "時間", "役割"]
    rows = [
        [{"名前": f"先生{at}", column: one.text}.get(name, "") for name in header]
        for at, one in enumerate(NUMBERS)
    ]
    staff = person("staff")
    plan = tables.plan_instructors(staff, csv_of(iter([header, *rows])), NOW)
    assert [line.outcome for line in plan.lines] == [tables.REFUSED] * len(NUMBERS)
    with pytest.raises(Refused):
        tables.import_instructors(staff, csv_of(iter([header, *rows])), NOW)
    assert all(one.digits not in digits_of(line.name) for one in NUMBERS for line in plan.lines)
    assert leaked(NUMBERS) == []


@pytest.mark.usefixtures("city")
def test_no_table_of_classes_brings_a_planted_number() -> None:
    header = ["講座", "会場", "部屋", "日付", "開始時間", "終了時間", "席", "状態", "理由"]
    rows = [
        [COURSE, VENUE, ROOM, "2026-12-01", "10:00", "11:00", "4", "下書き", one.text]
        for one in NUMBERS
    ]
    staff = person("staff")
    plan = tables.plan_classes(staff, csv_of(iter([header, *rows])), NOW)
    assert [line.refusal and line.refusal.code for line in plan.lines] == [
        one.kind for one in NUMBERS
    ]
    assert leaked(NUMBERS) == []


@pytest.mark.usefixtures("city")
def test_no_draft_keeps_a_planted_number() -> None:
    volunteer = person("volunteer")
    for number in NUMBERS:
        where = {"device": "d" * 32, "form": "log"}
        drafts.keep(
            volunteer,
            **where,
            id="f",
            values={"note": number.text, "topic": "line"},
            changed=True,
            now=NOW,
        )
        drafts.type_in(volunteer, **where, id="f", texts={"note": number.text}, now=NOW)
        assert leaked([number]) == []
