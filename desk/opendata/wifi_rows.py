"""公衆無線LANアクセスポイント一覧: rows as Wi-Fi spots, the access points of one place as one."""

import re
from collections.abc import Sequence

from desk import places, wifi
from desk.opendata import parts, repair
from desk.opendata.draft import Draft
from desk.opendata.layouts import WORDS
from desk.tables import cells

_SECURITY = dict.fromkeys(("open", "オープン", "なし", "無", "無し", "暗号化なし"), "open") | (
    dict.fromkeys(("wpa", "wpa2", "wpa3", "wpa2-psk", "wpa/wpa2", "wpa2/wpa3", "あり", "有"), "WPA")
)
_WRITTEN = {word: state for state, word in WORDS["state"].items() if word}
_STATES = _WRITTEN | {
    "working": "working",
    "workingpartially": "partly",
    "partly": "partly",
    "totalfailure": "not_working",
    "noservice": "not_working",
    "notworking": "not_working",
    "not_working": "not_working",
    "unknown": "unknown",
}
_LIMIT = re.compile(
    r"(?:接続|利用|使用)(?:可能)?時間[^\d\n。]{0,8}(\d{1,4})\s?(分|時間)"
    r"|[1一]回[^\d\n。]{0,8}(\d{1,4})\s?(分|時間)"
)
_seats = repair.number(0, wifi.MOST_SEATS)
_minutes = repair.number(0, wifi.MOST_MINUTES)
_security = repair.words(_SECURITY | {"WPA": "WPA"}, ("open", "WPA"))
_state = repair.words(_STATES, tuple(_WRITTEN))


def read(draft: Draft) -> None:
    """Fill the record of a row.

    Raises:
        Refused: when it is no spot of this city, or cannot be placed.
    """
    parts.head(draft, draft.plan.city.wifi_ids)
    draft.take_text("provider")
    draft.take_text("area", repair.lines)
    draft.take_exact("ssid")
    if draft.has("ssid"):
        draft.need("ssid")
    _join(draft)
    draft.take_text("note", repair.lines)
    parts.place(draft)
    parts.hours(draft)
    draft.take("venue_id", repair.half_width)
    draft.take_answer("seats", _or_none(_seats))
    for field in ("sockets", "wheelchair", "registration"):
        draft.take_answer(field, repair.yes_no)
    _limit(draft)
    draft.take("checked_on", repair.day)
    if draft.has("state"):
        draft.take("state", _state, "unknown")
    parts.ours(draft)


def _join(draft: Draft) -> None:
    """How to join the network; one with a password is not open, whatever is left empty."""
    draft.take_text("how", repair.steps)
    password = draft.take_exact("password")
    if draft.has("security") and not draft.take_answer("security", _security, ""):
        draft.check("security")
    if draft.has("security", "password") and not draft.record.get("security"):
        draft.record["security"] = "WPA" if password else "open"


def _or_none(read: repair.Reader) -> repair.Reader:
    """Numbers, and words for none of it: no seat, no limit."""
    return lambda cell: (0, "word") if cell in ("なし", "無し", "無", "無制限") else read(cell)


def _limit(draft: Draft) -> None:
    """After how many minutes one is cut off; many lists say it in the note only."""
    if draft.has("minutes_limit"):
        draft.take_answer("minutes_limit", _or_none(_minutes))
        return
    note = draft.record.get("note")
    if note and (found := _LIMIT.search(cells.plain(note))):
        minutes = int(found[1] or found[3]) * (60 if (found[2] or found[4]) == "時間" else 1)
        if 0 < minutes <= wifi.MOST_MINUTES:
            draft.record["minutes_limit"] = minutes
            draft.note("note", found[0], str(minutes), "limit_of_note")


def merged(drafts: Sequence[Draft]) -> list[Draft]:
    """One row for each place and network: its access points are its areas. Rows that both have an
    id the desk knows stay apart.
    """
    first: dict[tuple[str, ...], Draft] = {}
    left: list[Draft] = []
    for draft in drafts:
        if draft.refusal or "ssid" not in draft.record:
            left.append(draft)
            continue
        key = _key(draft)
        there = first.get(key)
        if there is None or (_known(there) and _known(draft) and _differ(there, draft)):
            first.setdefault(key, draft)
            left.append(draft)
        else:
            _merge(there, draft)
    return left


def _key(draft: Draft) -> tuple[str, ...]:
    """The place as people write it this way or that, and exactly the network."""
    found = draft.record
    return (
        places.loose(found["name"]),
        places.loose(found.get("address", "")),
        found["ssid"],
    )


def _known(draft: Draft) -> bool:
    return draft.record.get("id", "") in draft.plan.city.wifi_ids


def _differ(one: Draft, other: Draft) -> bool:
    return bool(one.record["id"] != other.record["id"])


def _merge(into: Draft, draft: Draft) -> None:
    known = _known(draft) and not _known(into)
    for field, value in draft.record.items():
        there = into.record.get(field)
        if field == "area":
            areas = dict.fromkeys([*(there or "").split("、"), *value.split("、")])
            into.record[field] = "、".join(filter(None, areas))
        elif there in ("", None, "unknown") or (known and field == "id"):
            into.record[field] = value
    into.merged = (*into.merged, draft.line)
    into.repairs += [one for one in draft.repairs if one not in into.repairs]
    if len(into.merged) == 1:
        into.note("name", "", into.record["name"], "access_points")
