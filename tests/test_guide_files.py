"""The navigator's files: one that cannot be read stops the start, with file, line and reason."""

import contextlib
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import start, store, times
from desk.files import UnreadableFile
from desk.guide import hours, procedures, reading, shelf
from desk.guide.hours import HOURS
from desk.guide.questions import QUESTIONS
from desk.guide.shelf import Shelf
from desk.guide.stops import STOPS
from tests.conftest import change, person

ID = "konbini-juminhyo"
CONTENTS = (procedures.FOLDER / f"{ID}.yaml").read_text("utf-8")


def line_of(words: str, contents: str = CONTENTS) -> int:
    return next(n for n, line in enumerate(contents.splitlines(), 1) if words in line)


def why(contents: str) -> tuple[int | None, str]:
    with pytest.raises(UnreadableFile) as caught:
        procedures.read(contents, where="data/procedures/x.yaml")
    assert caught.value.path == "data/procedures/x.yaml"
    return caught.value.line, caught.value.reason


WRONG = [
    # what stands there, what somebody writes, the line to look at, the reason
    ("group: certificate", "group: kitchen", "group:", "「group」の「kitchen」は次のどれでも"),
    ("topic: my_number_card", "topic: 7", "topic:", "「topic」が文ではありません"),
    ("title: 住", "titel: 住", "id:", "「title」がありません"),
    ("title: 住", "titel: x\ntitle: 住", "titel:", "「titel」という項目はありません"),
    ("owner: ''", "owner: ''\nowner: 市民課", "owner: 市民課", "「owner」が2つあります"),
    ("online: ", "online: [] # ", "online:", "「online」が文ではありません"),
    ("online: ", "onlin: ", "id:", "「online」がありません"),
    ("stops: [pin_by_self", "stops: [pin_by_all", "stops:", "「stops」の「pin_by_all」は次の"),
    ("hours: konbini", "hours: shop", "hours: shop", "「hours」の「shop」は次の"),
    ("place: store", "place: shop", "place: shop", "「place」の「shop」は次の"),
    ("place: city", "place: store", "ways:", "「ways」には、場所を1つ以上、同じ場所は1回だけ"),
    ("ask: pin4", "ask: pin5", "ask: pin5", "「flow」の「pin5」は次のどれでも"),
    (
        "go: [store, city]",
        "go: [store, phone]",
        "go: [store, phone",
        "の行き先「phone」が「ways」に",
    ),
    ("go: [store, city]", "go: []", "go: []", "の行き先には「here」のほかに"),
    ("go: [store, city]", "stay: [store]", "    はい:", "は「ask・はい・いいえ」か「go・because」"),
    ("{持|も}", "{持|も", "を {持|も", "「tell」のふりがなが「{漢字|かんじ}」の形では"),
    ("{住民票|じゅうみんひょう}", "住民票|じゅうみんひょう}", "easy:", "「easy」のふりがなが"),
    ("confirm: 住民票を", "comfirm: 住民票を", "office:", "「office」は文か「confirm: 文」で"),
    ("- confirm: 手数料の額\n", "- confirm: ''\n", "confirm: ''", "「bring」が文ではありません"),
    (
        "links: []",
        "links: [{name: x, url: 'http://a.jp'}]",
        "links:",
        "「url」が https:// で始まる",
    ),
    ("links: []", "links: here", "links:", "「links」が「- 」で始まる一覧では"),
    ("links: []", "links: [here]", "links:", "「links」の中に「項目: 値」の形でないもの"),
    ("checked_on: 2026-11-26", "checked_on: きのう", "checked_on", "が日付（例 2026-04-01）では"),
    ("said: [", "said: [] # ", "said:", "「said」に1つ以上書きます"),
    ("id: konbini", "id: Konbini", "id:", "「id」は小文字の英数字と「-」"),
    ("source: 岩", "source: # ", "source:", "「source」が空です"),
    ("forms: []", "forms: &a []", None, None),  # a name for a part is no problem by itself
    ("attachments: []", "attachments: [&a x, *a]", "attachments:", "YAMLの別名（*）は使えません"),
    ("forms: []", "forms: [", "ways:", "YAMLとして読めません"),
]


@pytest.mark.parametrize(("old", "new", "at", "reason"), WRONG)
def test_a_procedure_that_cannot_be_read_says_line_and_reason(
    old: str, new: str, at: str | None, reason: str | None
) -> None:
    assert old in CONTENTS
    contents = CONTENTS.replace(old, new, 1)
    if at is None or reason is None:
        assert procedures.read(contents).id == ID
        return
    line, said = why(contents)
    assert reason in said
    assert line == line_of(at, contents)


def test_a_fourth_question_is_one_too_many() -> None:
    fields = yaml.safe_load(CONTENTS)
    end = {"go": "city"}
    for key in ("pins", "pin4", "inkan", "card"):
        fields["flow"] = end = {"ask": key, "はい": end, "いいえ": {"go": "city"}}
    _line, reason = why(yaml.safe_dump(fields, allow_unicode=True))
    assert reason == "「flow」の質問が3つより多い道があります"


def test_a_flow_may_not_end_at_the_desk_alone() -> None:
    fields = yaml.safe_load((procedures.FOLDER / "wifi-join.yaml").read_text("utf-8"))
    fields["flow"]["はい"] = {"go": "here"}
    _line, reason = why(yaml.safe_dump(fields, allow_unicode=True))
    assert reason == "「flow」の行き先には「here」のほかにもう1つ要ります"


NUMBERS = ["1234-5678-9012", "１２３４５６７８９０１２", "1 2 3 4 5 6 7 8 9 0 1 2"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "spot", ["マイナンバーカードを使い、", "カードを置いたあと、", "じゅうみんひょう, "]
)
def test_a_long_number_is_refused_and_not_repeated(number: str, spot: str) -> None:
    assert spot in CONTENTS
    _line, reason = why(CONTENTS.replace(spot, f"{spot}番号は{number}", 1))
    assert "12けた以上の数があります" in reason
    assert number not in reason


@pytest.mark.parametrize("number", NUMBERS)
def test_a_long_number_for_a_key_is_not_repeated_either(number: str) -> None:
    _line, reason = why(f"{CONTENTS}'{number}': x\n")
    assert reason == "項目の名前という項目はありません"


@given(st.text(max_size=60))
def test_any_text_is_a_procedure_or_an_unreadable_file(contents: str) -> None:
    with pytest.raises(UnreadableFile):
        procedures.read(contents)


@settings(deadline=None, max_examples=50)
@given(st.recursive(st.none() | st.integers() | st.text(max_size=4) | st.dates(), st.lists))
def test_any_value_in_a_field_is_read_or_refused(value: Any) -> None:
    fields = yaml.safe_load(CONTENTS)
    for name in ("flow", "ways", "stops", "links", "fee", "checked_on", "said", "easy"):
        contents = yaml.safe_dump(fields | {name: value}, allow_unicode=True)
        with contextlib.suppress(UnreadableFile):
            assert procedures.read(contents).id == ID


def test_deep_yaml_is_refused() -> None:
    assert why("[" * 5000)[1] == "YAMLの入れ子が深すぎます"


# The small tables


def spoiled(tmp_path: Path, kept: Shelf[Any], old: str, new: str) -> str:
    file = tmp_path / kept.name
    file.write_text((shelf.FOLDER / kept.name).read_text("utf-8"), "utf-8")
    change(file, old, new)
    with pytest.raises(UnreadableFile) as caught:
        kept.read(tmp_path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kept", "old", "new", "said"),
    [
        (QUESTIONS, "  text_en: Do you have your My", "  english: Do", "「text_en」がありません"),
        (QUESTIONS, "{持|も}", "{持|", "「easy」のふりがな"),
        (QUESTIONS, "pin4:\n", "card:\n", "「card」が2つあります"),
        (STOPS, "  source: このデスク", "  sauce: このデスク", "「source」がありません"),
        (STOPS, "no_photo:\n  text:", "no_photo:\n  txet: x\n  text:", "「txet」という項目は"),
        (HOURS, 'opens: "06:30"', 'opens: "6:30"', "「opens」が時刻（例 09:00）では"),
        (HOURS, 'opens: "06:30"', "opens: 26:30", "「opens」が時刻（例 09:00）ではありません"),
        (HOURS, "days: 月火水木金土日祝", "days: 平日", "「days」が曜日（例 月火水木金）では"),
        (HOURS, "{days: 12-29", "{days: 13-29", "「days」が読めません（例 祝日、"),
        (HOURS, "reason: 年末年始", "why: 年末年始", "「reason」がありません"),
    ],
)
def test_a_table_that_cannot_be_read_says_line_and_reason(
    tmp_path: Path, kept: Shelf[Any], old: str, new: str, said: str
) -> None:
    found = spoiled(tmp_path, kept, old, new)
    assert found.startswith(f"data/guide/{kept.name} ")
    assert "行目: " in found
    assert said in found


def test_clocks_and_days_need_no_quotes(tmp_path: Path) -> None:
    file = tmp_path / "hours.yaml"
    file.write_text((shelf.FOLDER / "hours.yaml").read_text("utf-8"), "utf-8")
    change(file, 'opens: "06:30"', "opens: 06:30")
    assert HOURS.read(tmp_path)["konbini"] == HOURS["konbini"]


# The start


Copy = Callable[[str, str, str], None]


@pytest.fixture
def spoil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """Change a copy of the procedures, and use it."""

    def change_copy(name: str, old: str, new: str) -> None:
        for file in procedures.FOLDER.glob("*.yaml"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
        change(tmp_path / name, old, new)
        monkeypatch.setattr(procedures, "FOLDER", tmp_path)

    return change_copy


@pytest.mark.usefixtures("bare")
def test_a_broken_procedure_stops_the_start_and_changes_nothing(spoil: Copy, now: datetime) -> None:
    spoil("risai.yaml", "ask: pins", "ask: pinz")
    with pytest.raises(UnreadableFile) as caught:
        start.prepare(now=now)
    contents = (procedures.FOLDER / "risai.yaml").read_text("utf-8")
    assert str(caught.value).startswith(
        f"data/procedures/risai.yaml {line_of('ask: pinz', contents)}行目: 「flow」の「pinz」は"
    )
    assert store.rows("SELECT COUNT(*) AS n FROM town") == [{"n": 0}]


@pytest.mark.usefixtures("city")
def test_a_file_has_the_name_of_its_procedure(spoil: Copy) -> None:
    spoil("risai.yaml", "id: risai", "id: risaisho")
    with pytest.raises(UnreadableFile, match="「id」の「risaisho」がファイルの名前とちがいます"):
        procedures.check()


@pytest.mark.usefixtures("city")
def test_an_approved_version_that_cannot_be_read_is_named(now: datetime) -> None:
    maker, other = person("staff"), person("staff")
    with store.transaction() as write:
        write.run(
            "INSERT INTO procedure_version (id, procedure_id, contents, based_on, reason, "
            "made_at, made_by, decided_at, decided_by, decision, trial) "
            "VALUES (:id, 'risai', 'id: risai', '', '', :at, "
            ":maker, :at, :other, 'approved', 0)",
            id=str(uuid.uuid4()),
            at=times.stamp(now),
            maker=maker.id,
            other=other.id,
        )
    with pytest.raises(UnreadableFile) as caught:
        procedures.check()
    assert caught.value.path == "承認した手続き risai"


@pytest.mark.usefixtures("city")
def test_a_counter_in_a_venue_that_is_not_there_is_refused() -> None:
    hours.check()
    with store.transaction() as write:
        write.run("UPDATE venue SET active = 0 WHERE id = '0421110001'")
    reason = re.escape("施設「0421110001」は venues/facilities.csv にありません")
    with pytest.raises(UnreadableFile, match=reason):
        hours.check()


# Readings


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("カードを おきます", (("カードを おきます", ""),)),
        ("{漢字|かんじ}", (("漢字", "かんじ"),)),
        ("まず {電話|でんわ}で", (("まず ", ""), ("電話", "でんわ"), ("で", ""))),
        ("{市|し}{役所|やくしょ}", (("市", "し"), ("役所", "やくしょ"))),
    ],
)
def test_a_text_falls_into_parts_with_their_readings(
    text: str, parts: tuple[tuple[str, str], ...]
) -> None:
    assert reading.parts(text) == parts
    assert reading.bare(text) == "".join(piece for piece, _reading in parts)


@pytest.mark.parametrize(
    "text", ["{漢字", "漢字}", "{漢字}", "{漢字|}", "{|かんじ}", "{漢字|漢字}", "|"]
)
def test_a_reading_that_does_not_close_is_no_text(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        reading.parts(text)


def test_kanji_without_a_reading_are_found() -> None:
    assert reading.unread("{市|し}の 窓口へ {行|い}く時") == "窓口時"


@given(st.lists(st.tuples(st.sampled_from(["市", "電話", "カード "]), st.sampled_from(["", "し"]))))
def test_parts_give_back_what_was_written(pieces: list[tuple[str, str]]) -> None:
    text = "".join(f"{{{piece}|{read}}}" if read else piece for piece, read in pieces)
    found = reading.parts(text)
    assert [one for one in found if one[1]] == [one for one in pieces if one[1]]
    assert reading.bare(text) == "".join(piece for piece, _read in pieces)
