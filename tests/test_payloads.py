"""Texts that try to be code, in at every door: kept as they are or refused, and read by nothing."""

import json
import re

import pytest

from desk import maps, store
from desk.refusals import Refused
from pages.parts.words import plain
from tests.payloads import PAYLOADS
from tests.test_planted import Desk as EveryPath
from tests.test_screens import screen

UNSEEN = "\u2060"  # stands in addresses, so that they are no links


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("name", PAYLOADS)
def test_a_text_is_kept_as_it_is_or_refused(name: str) -> None:
    """By every function that takes a free text: no other exception comes of one."""
    outcomes = set()
    for plant in EveryPath().paths().values():
        try:
            plant(PAYLOADS[name])
            outcomes.add("kept")
        except Refused:
            outcomes.add("refused")
    assert "kept" in outcomes


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_name_on_a_map_is_read_as_a_template(name: str) -> None:
    """What a layer of folium's writes is a template once more, on the server."""
    text, look = PAYLOADS[name], maps.Look(fill="#000000")
    dots = [maps.Dot(38.1, 140.9, (text,), "look")]
    drawn = maps.blank(38.1, 140.9)
    maps.dots(dots, {"look": look}, name="dots").add_to(drawn)
    maps.marks(dots, {"look": "<svg/>"}, name="marks").add_to(drawn)
    maps.labels(dots, apart=1.0).add_to(drawn)
    maps.Drawing({"name": text}).add_to(drawn)
    page = drawn.get_root().render()
    found = re.findall(r'"(?:lines": \[|name":\s?)("(?:[^"\\]|\\.)*")', page)
    assert [json.loads(one) for one in found if one != '""'].count(text) == 4


def test_an_address_in_a_text_is_no_link_and_loses_nothing() -> None:
    text = "https://a.invalid www.b.invalid HTTP://c.invalid x"
    shown = re.sub(r"\\(.)", r"\1", plain(text))
    assert shown.replace(UNSEEN, "") == text
    assert not re.search(r"(?i)https?://|www\.", shown)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("path", ["planner/consultations.py", "planner/programme.py"])
def test_a_name_in_a_table_is_no_markdown(path: str) -> None:
    """Streamlit reads the cells of its own tables as Markdown: a picture would be asked for."""
    picture = PAYLOADS["Markdown picture"]
    with store.transaction() as write:
        for table, column in (("desk", "name"), ("venue", "name"), ("course", "title")):
            write.run(f"UPDATE {table} SET {column} = :text || id", text=picture)
    tables = [one.value for one in screen(path, "planner").table]
    cells = [str(cell) for one in tables for cell in (*one.index, *one.columns, *one.values.flat)]
    assert any("canary" in cell for cell in cells)
    assert [cell for cell in cells if "](https" in cell] == []
