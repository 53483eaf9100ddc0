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
    "words",
    [
        "",
        " \n",
        "か",
        "あ" * 41,
        "123456789012",
        "番号は１２３４-5678-9012",
        "1234",
        "番号 一二３④",
    ],
)
def test_what_is_refused_short_long_or_perhaps_a_number_is_not_kept(words: str) -> None:
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


def typed(*words: str, last: misses.Noted | None = None, **later: int) -> misses.Noted | None:
    """One search typed so, and nothing of it found."""
    for one in words:
        last = misses.follow(last, one, missed=True, now=NOW + timedelta(**later))
    return last


def test_a_search_that_is_typed_on_is_counted_once_as_what_it_ends_as() -> None:
    typed("うち", "うちゅう", "宇宙", "宇宙旅", "宇宙旅行", "宇宙旅行", "宇宙旅", "宇宙")
    assert listed() == [("宇宙旅行", 1)]


def test_what_is_found_after_all_was_no_miss() -> None:
    last = typed("としょ")
    assert misses.follow(last, "としょかん", missed=False, now=NOW + DAY / 2) is None
    assert listed() == []


def test_another_search_is_another_miss() -> None:
    last = typed("宇宙旅行", "")
    assert last is None
    last = typed("ごみ", last=last)
    typed("いぬ", "いぬの散歩", last=last, minutes=1)
    assert dict(listed()) == {"ごみ": 1, "宇宙旅行": 1, "いぬの散歩": 1}


def test_what_was_typed_on_leaves_others_counts_and_answers_as_they_were() -> None:
    for words in ("パン", "犬小屋", "犬小屋"):
        misses.note(words, NOW)
    misses.close(person("staff"), "パン", NOW)
    typed("パン", "パンの焼き方")
    typed("犬小屋", "犬小屋の作り方")
    assert dict(listed()) == {"犬小屋": 2, "パンの焼き方": 1, "犬小屋の作り方": 1}


def test_nobody_fills_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misses, "MOST_A_DAY", 2)
    monkeypatch.setattr(misses, "MOST_TIMES", 3)
    assert [misses.note("ごみ", NOW) for _ in range(4)] == [True, True, True, False]
    assert misses.note("いぬ", NOW)
    assert not misses.note("ねこ", NOW)
    assert misses.note("ねこ", NOW + DAY)
    assert listed() == [("ごみ", 3), ("ねこ", 1), ("いぬ", 1)]


def test_half_a_year_later_nothing_is_left() -> None:
    misses.note("ごみ", NOW)
    misses.note("いぬ", NOW + misses.KEPT)
    assert [one for one, _count in listed()] == ["いぬ", "ごみ"]
    misses.note("いぬ", NOW + misses.KEPT + DAY)
    assert [one for one, _count in listed()] == ["いぬ"]


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
