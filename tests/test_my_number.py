"""Numbers that are somebody's are found however they are written, and nothing else is."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import my_number
from desk.my_number import FACT, PUBLISHED, REACH, check_digit, kind
from tests import disguises, notes


def test_the_check_digit_is_that_of_the_ordinance() -> None:
    assert check_digit("98320567321") == 4
    bodies = ("00000000000", "12345678901", "00000000006", "00000000001")
    # What is left over is 0, 3, 1 and 2.
    assert [check_digit(body) for body in bodies] == [0, 8, 0, 9]
    with pytest.raises(ValueError, match="longer"):
        check_digit("9832056732")


@pytest.mark.parametrize("planted", disguises.planted(), ids=lambda one: ascii(one.text))
def test_a_disguised_number_is_found_and_named(planted: disguises.Planted) -> None:
    assert kind(planted.text) == planted.kind


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("983205673214", "my_number"),
        ("うちの番号98320567321 4は秘密", "my_number"),
        ("1 983205673214", "my_number"),
        ("983205673215", "twelve"),
        ("090-1234-5678", "eleven"),
        ("090の1234の5678", "eleven"),
        ("電話は022-222-1111番", "ten"),
        ("(0223)22-1111", "ten"),
        ("ゆうちょ 1234567", "seven"),
        ("〒989-2480", "seven"),
        ("1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣", "seven"),
        ("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑴⑵⑶", "my_number"),
        ("一二三○五六七", "seven"),
        ("一二三四五六○", "seven"),
        ("○一二三四五六", "seven"),
        ("1234567あ983205673214", "my_number"),
        ("12:34:56:78:90:12", "twelve"),
        ("12:34 56:78 90:12", "seven"),
        ("2026-11-24 0123", "twelve"),
        ("1234 5678 9012円", "seven"),
        ("暗証番号は1234", "pin"),
        ("暗証番号を一二三四にした", "pin"),
        ("娘の誕生日0412が暗証番号", "pin"),
        ("PIN 1234", "pin"),
        ("PIN1234", "pin"),
        ("ＰＩＮ：１２３４", "pin"),
        ("パスワードはhanako0412", "pin"),
        ("パスワードhanako0412", "pin"),
        ("パスワードをhanako0412に変えた", "pin"),
        ("パスワードを「0412hanako」にした", "pin"),
        ("pass:hanako0412", "pin"),
        ("パスワード「sakura」", "pin"),
        ("暗証番号1234", "pin"),
        ("暗証番号ああああああああああああ1234", "pin"),
        ("パスワードはidaho123", "pin"),
        ("パスワードはtokyo", "pin"),
        ("パスワードはa123", "pin"),
        ("パスワードは1abc", "pin"),
        ("パスワードは" + "!" * 29 + "a1", "pin"),
        ("パスワードは" + "!" * 29 + "1a", "pin"),
        ("hanako@example.jp", "email"),
        ("a@x.jp", "email"),
        ("連絡はhanako＠example．ne．jpへ", "email"),
    ],
)
def test_what_is_somebodys_is_found(text: str, found: str) -> None:
    assert kind(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "一人で三十分、二十日に一丁目の十二支の話を一から十まで",
        "参加 参考 漆器 大陸 伍長",
        "2026-11-24 10:00–11:30、2026-11-25 13:00",
        "11/3、11/10、11/17、11/24",
        "令和8年11月24日10時30分から90分",
        "二〇二六年一一月二四日",
        "1,234,567円 12万円 500 m 90分 3,000 歩",
        "11/24 12,800円",
        "iPhone 15、Android 14、iOS 17.6.1、Galaxy A54 5G、03-1234",
        "暗証番号4桁を3回まちがえた",
        "暗証番号を変えた\n受付2468",
        "2026-11-24、2026-11-25 123",
        "11/24 ・・ 123456",
        "暗証番号は123",
        "123が暗証番号",
        "暗証番号ああああああああああああ、1234",
        "暗証番号あああああああああああああ1234",
        "パスワードはWindows11",
        "パスワードiPhone16に保存",
        "パスワードをAndroid14のスマホに入れた",
        "パスワードをOffice365とPayPay2台に入れた",
        "パスワードをメモした、Windows11",
        "パスワードはa12",
        "パスワードはsame",
        "x@.com",
        "sale@home",
        "a@b.c",
        "パスワードを忘れた。パスワードはGoogleに保存",
        "○○さんと◯◯さん、名前は○○○○○○○○",
        "@家 1個@100円",
        "ピンク1234",
        "2026-03-27、11/3、二十日の3回とも",
        "¥1,234,567 ①電源を切る",
        "A password needs at least 15 characters, other than the one before",
        "閉館 12-29〜01-03",
        "出席5 | 欠席3 | 当日2 | 次回7 | 前回6 | 他4 | 計1",
    ],
)
def test_times_dates_amounts_and_words_are_let_through(text: str) -> None:
    assert kind(text) is None
    assert kind(unicodedata.normalize("NFD", text)) is None


def test_realistic_notes_are_let_through() -> None:
    written = notes.realistic()
    refused = [note for note in written if kind(note)]
    assert len(written) == 5_000
    assert len(refused) <= 5, refused


@pytest.mark.parametrize(
    ("text", "reach", "published", "fact"),
    [
        ("090-1234-5678", None, None, None),
        ("09012345678、0223-22-1111", None, None, "my_number"),
        ("0223-22-1111／〒989-2480", None, None, None),
        ("(0223)22-1111", None, None, None),
        ("(0223) 22-1111", None, None, None),
        ("(090) 1234-5678", None, None, None),
        ("0223-22-1111（10:00–16:00）", None, None, None),
        ("12345678901", "eleven", "eleven", None),
        ("1234567890", "ten", "ten", None),
        ("1234567", "seven", "seven", None),
        ("0123-4567-8901", "twelve", "twelve", "twelve"),
        ("090-1234-5678 9012", "twelve", "twelve", "twelve"),
        ("983205673214", "my_number", "my_number", "my_number"),
        ("暗証番号は1234", "pin", None, None),
        ("hanako@example.jp", "email", None, None),
    ],
)
def test_some_fields_let_more_through(
    text: str, reach: str | None, published: str | None, fact: str | None
) -> None:
    assert [kind(text, field) for field in (REACH, PUBLISHED, FACT)] == [reach, published, fact]


def test_long_lists_of_dates_and_amounts_are_numbers_from_some_length_on() -> None:
    dates = "2026-11-24、" * 91
    assert (len(dates), kind(dates)) == (1_001, None)  # the last mark ends it
    assert kind(dates.replace("、", "、 ", 1)) == "my_number"
    assert kind("あ" * 2_000 + dates) is None
    amount = "1234567円 あ "
    assert [kind(amount * n) for n in (301, 302)] == [None, "seven"]


def test_in_a_long_run_the_first_thousand_places_are_tried() -> None:
    assert check_digit("1" * 11) == 8
    assert [kind("1" * n + "8") for n in (1_010, 1_011)] == ["my_number", "twelve"]


def test_a_pin_is_looked_for_beside_the_first_three_hundred_of_its_names() -> None:
    last = "あ" * 100 + "PIN 1234"
    assert [kind("暗証番号 " * n + last) for n in (299, 300)] == ["pin", None]


LONG = 400_000
HEAVY = {
    "notes": "".join(notes.realistic()),
    "digits": "1",
    "digits apart": "1 ",
    "a gap": "1" + " " * LONG,
    "dates": "11/24、",
    "times": "10:00-11:30 ",
    "accounts": "1234567あ",
    "nearly": "123456あ",
    "nearly, with gaps": "123456" + " " * 40 + "あ",
    "kanji": "一二三あ",
    "circles": "○",
    "circles beside kanji": "○一",
    "amounts": "1,234,",
    "telephones": "090-1234-5678、",
    "mail": "a@a.",
    "mail, long": "a@" + "a." * LONG,
    "PINs": "PIN ",
    "PINs with digits": "暗証番号はああああああ12あ",
    "a password": "パスワードは" + "!" * LONG,
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_no_text_takes_long(text: str) -> None:
    long = (text * (LONG // len(text) + 1))[:LONG]

    def spent(field: my_number.Field) -> float:
        before = time.process_time()
        kind(long, field)
        return time.process_time() - before

    # The best of a few: another process may have the core.
    for field in (my_number.STRICT, REACH):
        assert min(spent(field) for _ in range(5)) < 0.2


@given(
    st.text(alphabet="0123456789０１〇一二①❷ -－ー・./、:\n\u200b年月日円番PIN@a.○", max_size=60)
)
def test_what_is_found_is_found_with_letters_around_it(text: str) -> None:
    found = kind(text)
    assert found is None or found in my_number.KINDS
    if found in ("my_number", "twelve"):
        assert kind(f"あ{text}あ") in ("my_number", "twelve")
        assert my_number.found_in(f"あ{text}あ")


@given(st.text(alphabet="0123456789", min_size=12, max_size=12), st.sampled_from(disguises.BETWEEN))
def test_every_number_of_twelve_digits_is_found(digits: str, mark: str) -> None:
    for text in (digits, mark.join((digits[:4], digits[4:8], digits[8:])), mark.join(digits)):
        assert kind(text, FACT) in ("my_number", "twelve"), text
