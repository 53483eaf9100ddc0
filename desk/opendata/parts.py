"""What the lists have in common: the city of a row, its id, its address, its point, its hours."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from desk import ids, my_number
from desk.opendata import repair
from desk.opendata.draft import Draft
from desk.opendata.table import Repair
from desk.refusals import Refused
from desk.tables import cells

_SCIENTIFIC = re.compile(r"\d(\.\d+)?E[+-]?\d+", re.IGNORECASE)
_COUNTING = re.compile(r"\d{1,5}")
_LATS, _LNGS = (20.0, 46.0), (122.0, 154.0)  # Japan
_DEGREES = re.compile(r"(?:北緯|東経|[NE])?\s*(-?\d{1,12}(?:\.\d+)?)\s*(?:°|度|[NE])?")
_BETWEEN = re.compile(r"\s*[,、，;/]\s*|\s+")


def head(draft: Draft, known: Collection[str]) -> None:
    """What begins the record of a place: its city, id, names, address, telephone and web page.

    Raises:
        Refused: `row_other_city`, `cell_wrong`, or `row_needs` without a name.
    """
    city(draft)
    id(draft, known)
    draft.take_text("name")
    draft.need("name")
    for field in ("kana", "name_en"):
        draft.take_text(field)
    address(draft)
    telephone(draft)
    draft.take("url", repair.web)


def city(draft: Draft, *, kept: bool = True) -> None:
    """The city of a row: its own code, else the desk's; `kept` puts it into the record.

    Raises:
        Refused: `row_other_city`, or `cell_wrong` for a code that is none.
    """
    ours = draft.plan.city
    code = draft.take("city_code", repair.city_code(ours.codes))
    if not code:
        draft.check("city_code")
    if code and ours.codes and code not in ours.codes:
        raise Refused("row_other_city", field=draft.header("city_code"), found=code)
    if not kept:
        draft.record.pop("city_code", None)
        return
    for field, known in (("city_code", ours.code), ("city_name", ours.name)):
        value = draft.take_text(field) if field == "city_name" else code
        if value or known:
            draft.record[field] = value or known


def id(draft: Draft, known: Collection[str]) -> None:
    """An id that is one: no counting number (unless the desk knows it), none a spreadsheet has
    cut short. Whether it is there once is for `ids_once`, when all rows are read.
    """
    columns = draft.plan.columns.get("id")
    if not columns:
        return
    draft.record["id"] = ""
    for column in columns:
        cell = draft.cells[column]
        text = repair.unwrapped(cell) or cell
        if not text or repair.is_nothing(text):
            continue
        text = unicodedata.normalize("NFKC", text)
        if text not in known and _COUNTING.fullmatch(text):
            continue
        why = "" if text in known else _no_id(text)
        if not why:
            draft.record["id"] = text
            return
        before = "" if why == "my_number" else cell
        draft.repairs.append(Repair(draft.plan.header[column], before, "", why))


def _no_id(text: str) -> str:
    """Why it cannot be an id, as a key of `WHY`; "" when it can."""
    if _SCIENTIFIC.fullmatch(text):
        return "id_lost"
    try:
        cells.id_of(text)
    except ValueError:
        return "id_form"
    return "my_number" if my_number.found_in(text) and not ids.is_uuid(text) else ""


def ids_once(drafts: Sequence[Draft]) -> None:
    """Take away the ids that several rows have."""
    counts = Counter(draft.record.get("id") for draft in drafts if not draft.refusal)
    for draft in drafts:
        id = draft.record.get("id")
        if id and counts[id] > 1 and not draft.refusal:
            draft.record["id"] = ""
            draft.note("id", id, "", "id_again")


def address(draft: Draft) -> None:
    """The address in one piece, with its building."""
    found = draft.take_text("address")
    if not found and draft.has("town", "block"):
        parts = {one: draft.take_text(one) for one in ("prefecture", "city", "town", "block")}
        if parts["town"] or parts["block"]:
            found = "".join(parts.values())
            draft.note("town" if draft.has("town") else "block", "", found, "address_joined")
    for part in ("prefecture", "city", "town", "block"):
        draft.record.pop(part, None)
    building = draft.take_text("building")
    draft.record.pop("building", None)
    name = draft.record.get("name", "")
    if building and found and building not in found and building != name:
        found = f"{found} {building}"
        draft.note("building", building, found, "building")
    if draft.has("address", "town", "block"):
        draft.record["address"] = found


def telephone(draft: Draft) -> None:
    """The telephone number with its extension."""
    number = draft.take("telephone", repair.telephone)
    extension = draft.take("extension", repair.extension)
    draft.record.pop("extension", None)
    if number and extension:
        draft.record["telephone"] = f"{number}（内線{extension}）"
        draft.note("extension", extension, draft.record["telephone"], "extension")


def point(draft: Draft) -> tuple[float, float] | None:
    """The point a row gives, in WGS84 degrees; None when it gives none that can be in the city."""
    texts = [_degrees(draft, field) for field in ("lat", "lng", "point")]
    try:
        lat, lng = float(texts[0]), float(texts[1])
    except ValueError:
        found = _parted(draft, texts)
        if not found:
            return None
        lat, lng = found
    return _possible(draft, lat, lng)


def _degrees(draft: Draft, field: str) -> str:
    cell = next((draft.cells[c] for c in draft.plan.columns.get(field, ()) if draft.cells[c]), "")
    return repair.unwrapped(cell) or cell


def _parted(draft: Draft, texts: list[str]) -> tuple[float, float] | None:
    """Latitude and longitude out of cells that are not simply a number each."""
    plain = [unicodedata.normalize("NFKC", text).strip("'() ") for text in texts]
    numbers = [
        [_DEGREES.fullmatch(one) for one in _BETWEEN.split(text)] if text else [] for text in plain
    ]
    for field, found, text in zip(("lat", "lng", "point"), numbers, texts, strict=True):
        if len(found) == 2 and found[0] and found[1]:
            lat, lng = float(found[0][1]), float(found[1][1])
            if not (_in_japan(lat, lng) or _in_japan(lng, lat)):
                break
            draft.note(field, text, f"{lat}, {lng}", "split_point")
            return lat, lng
    first, second = numbers[:2]
    if len(first) == len(second) == 1 and first[0] and second[0]:
        lat, lng = float(first[0][1]), float(second[0][1])
        draft.note("lat", f"{texts[0]}, {texts[1]}", f"{lat}, {lng}", "full_width")
        return lat, lng
    for field, text in zip(("lat", "lng", "point"), texts, strict=True):
        if text and not repair.is_nothing(text):
            draft.note(field, "" if my_number.found_in(text) else text, "", "unreadable")
        elif text:
            draft.note(field, text, "", "empty_word")
    return None


def _in_japan(lat: float, lng: float) -> bool:
    return _LATS[0] <= lat <= _LATS[1] and _LNGS[0] <= lng <= _LNGS[1]


def _possible(draft: Draft, lat: float, lng: float) -> tuple[float, float] | None:
    before = f"{lat}, {lng}"
    swapped = _in_japan(lng, lat)
    if swapped:
        lat, lng = lng, lat
    if not _in_japan(lat, lng) or draft.plan.city.finder.is_far(lat, lng):
        draft.note("lat", before, "", "impossible_point")
        return None
    if swapped:
        draft.note("lat", before, f"{lat}, {lng}", "swapped")
    return lat, lng


_PLACED = {"住所": "address", "地区": "town", "": "given", "address": "address", "town": "town"}
_placed = repair.words(_PLACED | {"given": "given"}, tuple(_PLACED))


def place(draft: Draft) -> None:
    """The point of a row, given or found by what else the row says.

    Raises:
        Refused: `row_nowhere`.
    """
    how = draft.take("placed", _placed, "given")
    found = point(draft)
    if found:
        draft.record |= {"lat": found[0], "lng": found[1], "placed": how}
        return
    postal = _degrees(draft, "postal_code")
    name, where = draft.record.get("name", ""), draft.record.get("address", "")
    placed = draft.plan.city.finder.place(name, where, postal)
    if placed is None:
        far = next((one.before for one in draft.repairs if one.why == "impossible_point"), "")
        if far:
            raise Refused("row_far", field=draft.header("lat"), point=far)
        raise Refused("row_nowhere", field=draft.header("lat"))
    draft.record |= {"lat": placed.lat, "lng": placed.lng, "placed": placed.how}
    draft.note("lat", "", f"{placed.lat:.6f}, {placed.lng:.6f}", placed.by)


def hours(draft: Draft) -> None:
    """Days and times; what else stands in their cells goes into the note on hours."""
    notes = []
    if draft.has("hours_note"):
        notes.append(draft.take_text("hours_note", repair.lines))
    if draft.has("days"):
        draft.record["days"], more = draft.take("days", repair.weekdays, ("", ""))
        notes.append(more)
    for field in ("opens", "closes"):
        if draft.has(field):
            draft.record[field], more = draft.take(field, repair.clock_and_more, ("", ""))
            notes.append(more)
    if any(notes[draft.has("hours_note") :]):
        draft.record["hours_note"] = "\n".join(filter(None, notes))


def ours(draft: Draft) -> None:
    """The columns only this desk writes."""
    draft.take_text("source")
    if draft.has("trial"):
        draft.record["trial"] = int(draft.take("trial", repair.words({"1": 1}, ("1",)), 0))
