"""Freshness of the Wi-Fi list: staff look at the place, residents say 「つながりません」.

Both are rows that are never rewritten: a later check replaces an earlier one, and what was
tapped by mistake is taken back by a row of its own. A resident stays nobody: no name, no text,
no address is written down.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date

from desk import forms, language, mode, store, times, wifi
from desk.exports import let_out
from desk.people import PUBLIC, Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Writer
from desk.tables import sheet
from desk.tables.sheet import Export
from desk.wifi import STALE_DAYS, STATES, Spot

# What one finds at the place.
KINDS = {
    "working": N_("I could use it"),
    "partly": N_("Only partly"),
    "not_working": N_("I could not use it"),
}
# Why a spot should be looked at, the most urgent first.
TROUBLE, STALE, FINE = "trouble", "stale", "fine"
WHY = {
    TROUBLE: N_("Reported or not working"),
    STALE: N_("Not checked for a long time"),
    FINE: N_("Checked lately"),
}
COLUMNS = (
    "ID",
    "名称",
    "所在地",
    "提供エリア",
    "SSID",
    "状態",
    "最終確認日",
    "つながりません",
    "理由",
)
_STATE_RANK = ("not_working", "partly", "unknown", "working")


@dataclass(frozen=True)
class Check:
    """What a member of staff found at a spot; `standing` until it is taken back."""

    id: str
    spot_id: str
    kind: str
    at: datetime
    standing: bool


@dataclass(frozen=True)
class Due:
    """A spot on the staff's list: `why` is a key of `WHY`; the last report, if one is open."""

    spot: Spot
    why: str
    reported_at: datetime | None


def report(spot_id: str, *, id: str, now: datetime) -> None:
    """A resident could not connect; the same `id` twice is one report.

    Nobody is asked who they are, so whoever calls this counts how many one visitor sends.

    Raises:
        Refused: `spot_unknown`.
    """
    with store.transaction(by=PUBLIC, lock=f"spot {spot_id}") as write:
        _known(write, spot_id)
        _write(write, id=id, spot_id=spot_id, kind="reported", now=now)


def confirm(actor: Actor, *, spot_id: str, kind: str, id: str, now: datetime) -> Check:
    """Write down what was found at the place today; the same `id` twice is one check.

    Raises:
        Refused: `spot_unknown`, `missing` or `choice_unknown` (kind), or `form_reused`.
    """
    require(actor, "check_wifi")
    kind = forms.choice(kind, KINDS, label=N_("What you found"), field="kind")
    with store.transaction(by=actor, lock=f"spot {spot_id}") as write:
        _known(write, spot_id)
        _write(write, id=id, spot_id=spot_id, kind=kind, now=now, person_id=actor.id)
        stored = write.rows("SELECT * FROM wifi_check WHERE id = :id", id=id)[0]
        if (stored["spot_id"], stored["kind"], stored["person_id"]) != (spot_id, kind, actor.id):
            raise Refused("form_reused")
        return _check(write, id)


def take_back(actor: Actor, *, check_id: str, now: datetime) -> Check:
    """Make a check count no more: what was known before it is so again. Twice is once.

    Raises:
        Refused: `check_unknown`.
    """
    require(actor, "check_wifi")
    with store.transaction(by=actor, lock=f"check {check_id}") as write:
        found = _check(write, check_id)
        _write(
            write,
            id=f"{check_id}-back",
            spot_id=found.spot_id,
            kind="taken_back",
            now=now,
            person_id=actor.id,
            takes_back=check_id,
        )
        return _check(write, check_id)


def _known(reader: Reader, spot_id: str) -> None:
    if not reader.one("SELECT id FROM wifi_spot WHERE id = :id AND active = 1", id=spot_id):
        raise Refused("spot_unknown")


def _write(
    write: Writer,
    *,
    id: str,
    spot_id: str,
    kind: str,
    now: datetime,
    person_id: str | None = None,
    takes_back: str | None = None,
) -> None:
    write.run(
        "INSERT INTO wifi_check (id, spot_id, kind, at, person_id, takes_back, trial, number) "
        "VALUES (:id, :spot_id, :kind, :at, :person_id, :takes_back, :trial, "
        "(SELECT COALESCE(MAX(c.number), 0) + 1 FROM wifi_check c WHERE c.spot_id = :spot_id)) "
        "ON CONFLICT DO NOTHING",
        id=id,
        spot_id=spot_id,
        kind=kind,
        at=times.stamp(now),
        person_id=person_id,
        takes_back=takes_back,
        trial=mode.flag(write),
    )


def _check(reader: Reader, check_id: str) -> Check:
    row = reader.one(
        "SELECT c.id, c.spot_id, c.kind, c.at, b.id AS back FROM wifi_check c "
        "LEFT JOIN wifi_check b ON b.takes_back = c.id "
        "WHERE c.id = :id AND c.kind IN ('working', 'partly', 'not_working')",
        id=check_id,
    )
    if row is None:
        raise Refused("check_unknown")
    at = times.moment(row["at"])
    return Check(row["id"], row["spot_id"], row["kind"], at, standing=row["back"] is None)


def due(actor: Actor, *, now: datetime) -> list[Due]:
    """Every spot for staff: reported or not working first, then those nobody has looked at for
    `STALE_DAYS` days, the longest first, then the rest.
    """
    require(actor, "check_wifi")
    with store.engine().reading() as reader:
        spots, last = wifi.spots(reader), _last_reports(reader)
    today = times.today(now)
    found = [Due(one, _why(one, today), last.get(one.id) if one.reports else None) for one in spots]
    return sorted(found, key=_urgency)


def counts(found: list[Due]) -> dict[str, int]:
    """How many spots there are for each reason of `WHY`."""
    counted = Counter(one.why for one in found)
    return {why: counted[why] for why in WHY}


def _last_reports(reader: Reader) -> dict[str, datetime]:
    rows = reader.rows(
        "SELECT spot_id, MAX(at) AS at FROM wifi_check WHERE kind = 'reported' GROUP BY spot_id"
    )
    return {row["spot_id"]: times.moment(row["at"]) for row in rows}


def _why(spot: Spot, today: date) -> str:
    if spot.reports or spot.state in ("not_working", "partly"):
        return TROUBLE
    return STALE if spot.stale(today) else FINE


def _urgency(one: Due) -> tuple[Any, ...]:
    spot = one.spot
    rank = list(WHY).index(one.why)
    trouble = (-spot.reports, _STATE_RANK.index(spot.state)) if one.why == TROUBLE else (0, 0)
    return (rank, *trouble, spot.checked_on or date.min, spot.name, spot.id)


def due_csv(actor: Actor, encoding: str, *, now: datetime) -> Export:
    """The list of `due` as a file, to take along or to share out.

    Raises:
        NotAllowed: `prove_again`.
    """
    require(actor, "check_wifi")
    let_out(actor, "wifi_checks.due_csv", now=now)
    found = due(actor, now=now)
    japanese = language.catalogue("ja").gettext
    with store.engine().reading() as reader:
        trial = mode.is_trial(reader) or any(one.spot.trial for one in found)
    rows = [
        (
            one.spot.id,
            one.spot.name,
            one.spot.address,
            one.spot.area,
            one.spot.ssid,
            japanese(STATES[one.spot.state]),
            one.spot.checked_on.isoformat() if one.spot.checked_on else "",
            str(one.spot.reports),
            japanese(WHY[one.why]),
        )
        for one in found
    ]
    comments = sheet.heading("Wi-Fiの確認の一覧", times.today(now).isoformat(), trial=trial)
    return sheet.write(COLUMNS, rows, encoding=encoding, comments=comments)


def checked_in_words(spot: Spot, today: date, lang: str) -> str:
    """When somebody last looked: 「3日前に確かめました」, 「180日以上 確かめていません」."""
    _, ngettext = language.catalogue(lang).gettext, language.catalogue(lang).ngettext
    if spot.stale(today) or spot.checked_on is None:
        return _("Not checked for {days} days or more").format(days=STALE_DAYS)
    days = (today - spot.checked_on).days
    if days <= 0:
        return _("Checked today")
    return ngettext("Checked {n} day ago", "Checked {n} days ago", days).format(n=days)


def day_in_words(day: date, lang: str) -> str:
    """A day that may lie years back: 「2025年5月20日」, “20 May 2025”."""
    if lang != "en":
        return f"{day.year}年{day.month}月{day.day}日"
    return str(format_date(day, "d MMMM y", locale="en"))
