"""What nobody found: counted by day, kept for staff, never a number and never for long."""

from datetime import date, timedelta

import pytest

from desk import store, trial
from desk.guide import misses
from desk.people import PUBLIC
from tests.conftest import NOW, person, refuses

pytestmark = pytest.mark.usefixtures("city")
DAY = timedelta(days=1)


def listed() -> list[tuple[str, int]]:
    return [(one.words, one.count) for one in misses.open_misses(person("staff"))]


def test_words_are_counted_by_day_the_most_wanted_first() -> None:
    for words in ("粗大ごみ", "パスポート", " パスポート\t", "ﾊﾟｽﾎﾟｰﾄ"):
        assert misses.note(words, NOW)
    misses.note("パスポート", NOW + DAY)
    assert listed() == [("パスポート", 4), ("粗大ごみ", 1)]
    one = misses.open_misses(person("staff"))[0]
    assert (one.first, one.last) == (date(2026, 11, 24), date(2026, 11, 25))


@pytest.mark.parametrize(
    "words", ["", " \n", "あ" * 41, "123456789012", "番号は１２３４-5678-9012"]
)
def test_what_is_refused_empty_or_too_long_is_not_kept(words: str) -> None:
    assert not misses.note(words, NOW)
    assert store.rows("SELECT * FROM guide_miss") == []


def test_what_is_answered_is_gone_until_it_is_asked_for_again() -> None:
    for when in (NOW - DAY, NOW):
        misses.note("パスポート", when)
    misses.note("粗大ごみ", NOW)
    misses.close(person("staff"), "パスポート", NOW)
    assert listed() == [("粗大ごみ", 1)]
    misses.note("パスポート", NOW)
    assert listed() == [("パスポート", 2), ("粗大ごみ", 1)]


def test_nobody_fills_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misses, "MOST_A_DAY", 2)
    monkeypatch.setattr(misses, "MOST_TIMES", 3)
    assert [misses.note("ごみ", NOW) for _ in range(4)] == [True, True, True, False]
    assert misses.note("犬", NOW)
    assert not misses.note("猫", NOW)
    assert misses.note("猫", NOW + DAY)
    assert listed() == [("ごみ", 3), ("猫", 1), ("犬", 1)]


def test_half_a_year_later_nothing_is_left() -> None:
    misses.note("ごみ", NOW)
    misses.note("犬", NOW + misses.KEPT)
    assert [one for one, _count in listed()] == ["犬", "ごみ"]
    misses.note("犬", NOW + misses.KEPT + DAY)
    assert [one for one, _count in listed()] == ["犬"]


def test_what_was_asked_in_practice_leaves_with_the_trial_year() -> None:
    misses.note("ごみ", NOW)
    assert store.rows("SELECT trial FROM guide_miss") == [{"trial": 0}]
    with store.transaction() as write:
        write.run("UPDATE guide_miss SET trial = 1")
    trial.empty()
    assert listed() == []


def test_the_list_is_the_staffs() -> None:
    with refuses("sign_in_first"):
        misses.open_misses(PUBLIC)
    with refuses("not_allowed"):
        misses.close(person("volunteer"), "ごみ", NOW)
