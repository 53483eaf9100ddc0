"""Texts as a form hands them over: cleaned, of a length, and without a number of somebody's."""

import pytest

from desk import forms, my_number
from tests.conftest import refuses


def read(value: str, *, most: int = 10, needed: bool = False) -> str:
    return forms.text(value, label="Notes", field="notes", most=most, needed=needed)


def test_a_text_is_cleaned_and_may_be_empty() -> None:
    assert read(" 花\x00子\n") == "花子"
    assert read("") == ""
    assert forms.text("", label="Notes", field="notes", most=10) == ""


def test_a_needed_text_says_which_one_it_is() -> None:
    with refuses("missing", "notes") as refused:
        read(" \n", needed=True)
    assert refused.value.facts == {"label": "Notes"}
    assert read("花", needed=True) == "花"


def test_a_text_is_as_long_as_it_may_be_and_no_longer() -> None:
    assert read("あ" * 10) == "あ" * 10
    with refuses("too_long", "notes") as refused:
        read("あ" * 11)
    assert refused.value.facts == {"most": 10}


EACH = {
    "my_number": "983205673214",
    "twelve": "983205673215",
    "eleven": "090-1234-5678",
    "ten": "0223-22-1111",
    "seven": "1234567",
    "pin": "暗証番号は1234",
    "email": "hanako@example.jp",
}


@pytest.mark.parametrize("code", my_number.KINDS)
def test_a_number_is_refused_before_all_else_and_named(code: str) -> None:
    with refuses(code, "notes"):
        read(EACH[code], most=3)
    assert forms.refusal(code, "notes").code == code


def test_what_a_field_lets_through_is_kept() -> None:
    def told(value: str) -> str:
        return forms.text(value, label="", field="reach", most=20, allow=my_number.REACH)

    assert told("090-1234-5678") == "090-1234-5678"
    with refuses("my_number", "reach"):
        told("983205673214")
