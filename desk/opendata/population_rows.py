"""地域・年齢別人口: rows as the people of a town by age. Not known is not 0."""

import re
from collections.abc import Sequence

from desk import my_number
from desk.opendata import parts, repair
from desk.opendata.columns import AGES, COARSE, SEXES
from desk.opendata.draft import Draft, Plan
from desk.refusals import Refused
from desk.tables import cells

_MOST = 2_000_000_000
_BANDS = {"0-14": range(0, 15, 5), "15-64": range(15, 65, 5), "65-74": range(65, 75, 5)} | {
    "75+": range(75, 90, 5)
}
_TOTALS = re.compile(r"(?:.*(?:合計|総計|小計|総数|全域|全市|計)|市|総人口|全体)")
_persons = repair.number(0, _MOST, units="人名世帯")


def read(draft: Draft) -> None:
    """Fill the record of a row.

    Raises:
        Refused: for a total, a town that is not on the list, a hidden number, or numbers that do
            not add up.
    """
    parts.city(draft, kept=False)
    draft.take_text("name")
    draft.need("name")
    _town(draft)
    draft.take("as_of", repair.day)
    numbers = _numbers(draft)
    five = _five(numbers)
    bands = (
        {band: sum(five[age] for age in ages) for band, ages in _BANDS.items()}
        if five
        else {band: numbers[band] for band in COARSE}
    )
    bands["unknown"] = _unknown(draft, numbers, sum(bands.values()))
    draft.record |= {"bands": bands, "five": five}
    draft.take("households", _persons, None)
    draft.take_text("source")
    draft.record.pop("trial", None)


def _town(draft: Draft) -> None:
    name = draft.record["name"]
    found = draft.plan.city.finder.town(name)
    if len(found) == 1:
        draft.record["town_id"] = found[0].id
        return
    header = draft.header("name")
    if found:
        names = "、".join(one.name for one in found)
        raise Refused("row_town_several", field=header, name=name, names=names)
    if _TOTALS.fullmatch(cells.plain(name)) or name in draft.plan.city.names:
        raise Refused("row_total", field=header, name=name)
    raise Refused("row_town_unknown", field=header, name=name)


def _numbers(draft: Draft) -> dict[str, int]:
    """Every number of people the row has, by field.

    Raises:
        Refused: `row_hidden` for a cell without a number, `cell_wrong` for one that is none.
    """
    found = {}
    for field in fields(draft.plan):
        column = draft.plan.columns[field][0]
        cell = draft.cells[column]
        try:
            value, why = _persons(repair.unwrapped(cell) or cell)
        except ValueError:
            header = draft.header(field)
            shown = "" if my_number.found_in(cell) else cell[:20]
            raise Refused("row_hidden", field=header, column=header, cell=shown) from None
        found[field] = value
        if why:
            draft.note(field, cell, str(value), why)
    return found


def fields(plan: Plan) -> list[str]:
    """Which columns of a file the numbers are taken from: the finest there are.

    Raises:
        Refused: `table_ages` when they do not make a whole.
    """
    by_sex = [f"{sex}{age}" for age in AGES for sex in SEXES]
    kinds = (by_sex, [f"t{age}" for age in AGES], list(COARSE))
    for kind in kinds:
        if all(field in plan.columns for field in kind):
            return kind + [field for field in ("total", "unknown") if field in plan.columns]
    raise Refused("table_ages")


def _five(numbers: dict[str, int]) -> dict[int, int]:
    if "m0" in numbers:
        return {age: numbers[f"m{age}"] + numbers[f"f{age}"] for age in AGES}
    return {age: numbers[f"t{age}"] for age in AGES} if "t0" in numbers else {}


def _unknown(draft: Draft, numbers: dict[str, int], known: int) -> int:
    """The people of unknown age: said, or what the total is more than the ages."""
    total = numbers.get("total")
    said = numbers.get("unknown")
    if total is None:
        return said or 0
    left = total - known
    if left < 0 or said not in (None, left):
        raise Refused(
            "row_sum", field=draft.header("total"), total=total, found=known + (said or 0)
        )
    return left


def once(drafts: Sequence[Draft]) -> None:
    """Refuse a row about a town another row has told already."""
    lines: dict[str, int] = {}
    for draft in drafts:
        if draft.refusal:
            continue
        there = lines.setdefault(draft.record["town_id"], draft.line)
        if there != draft.line:
            draft.refusal = Refused("row_twice", field=draft.header("name"), line=there)
