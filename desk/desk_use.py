"""How the help desk is used (相談の統計): consultations of a period, by what each of them says.

What counts is `consultation_now`: what was withdrawn or corrected is not counted twice. Nothing
here needs an hour or reads a note.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from desk import language, store, times
from desk.consultations import (
    AGE_BANDS,
    AUTONOMY,
    DEVICES,
    KINDS,
    RESULTS,
    TOPICS,
    VISITS,
)
from desk.exports import let_out
from desk.people import Actor, require
from desk.refusals import N_
from desk.store.engine import Row
from desk.tables import sheet
from desk.tables.sheet import SAMPLE, Export

HIDE_BELOW = 3  # a cell of a cross with fewer people could point at one of them
UNKNOWN, OUTSIDE = "unknown", "outside"
WHERE = {OUTSIDE: N_("Outside the city"), UNKNOWN: N_("Not known")}
ENTRY_NAMES = {
    "form": N_("On the form"),
    "rush": N_("In a rush"),
    "paper": N_("From a paper tally"),
}
# What is counted, in the order it is shown, and the words of its answers where they are fixed.
TOWN, DESK, MONTH = "town", "desk", "month"
PARTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    MONTH: (N_("Month"), {}),
    TOWN: (N_("Neighbourhood"), WHERE),
    "age_band": (N_("Age"), AGE_BANDS),
    "topic": (N_("Topic"), TOPICS),
    DESK: (N_("Desk"), {}),
    "kind": (N_("How they came"), KINDS),
    "result": (N_("Result"), RESULTS),
    "visit": (N_("Visit"), VISITS),
    "device": (N_("Device"), DEVICES),
    "autonomy": (N_("How much they did alone"), AUTONOMY),
    "entry": (N_("How it was written down"), ENTRY_NAMES),
}


@dataclass(frozen=True)
class Count:
    """How many consultations gave an answer; its `name` is empty where `PARTS` has the words.

    `touched` counts also those in which it was one of several topics. A `hidden` one must not be
    shown: it is a cell below `HIDE_BELOW`, or would tell such a cell by subtraction.
    """

    key: str
    name: str
    n: int
    touched: int
    hidden: bool = False

    @property
    def small(self) -> bool:
        """Hidden for being small, and not for another's sake."""
        return self.hidden and 0 < self.n < HIDE_BELOW


@dataclass(frozen=True)
class DeskUse:
    """The consultations from the day `first` to `last` (Tokyo), at one desk or ("") at all.

    `parts` holds the counts of each key of `PARTS`: fixed answers in their own order and with
    zeros, months one after the other, neighbourhoods and desks the commonest first. `crossed` is
    topic by desk: a count for every pair.
    """

    first: date
    last: date
    desk_id: str
    total: int
    parts: Mapping[str, tuple[Count, ...]]
    crossed: Mapping[tuple[str, str], Count]
    trial: bool

    def unknown(self, part: str) -> int:
        """How many of them do not say."""
        return sum(one.n for one in self.parts[part] if one.key == UNKNOWN)

    @property
    def known_towns(self) -> tuple[Count, ...]:
        """Neighbourhoods of the city, the commonest first."""
        return tuple(one for one in self.parts[TOWN] if one.key not in WHERE)

    @property
    def first_visits(self) -> float | None:
        """The share of first visits among those of which it is known, 0 to 1.

        None without any, and where it would tell a hidden count."""
        if any(one.hidden for one in self.parts["visit"]):
            return None
        known = self.total - self.unknown("visit")
        new = sum(one.n for one in self.parts["visit"] if one.key == "first")
        return new / known if known else None


def use(actor: Actor, first: date, last: date, now: datetime, *, desk_id: str = "") -> DeskUse:
    """Count the consultations of those days, at a desk or ("") at every desk.

    Months that have not begun are none: nobody could have come.
    """
    require(actor, "see_consultations")
    with store.engine().reading() as reader:
        rows = reader.rows(
            "SELECT c.logged_at, c.desk_id, c.residence, c.town_id, c.age_band, c.topic, c.also, "
            "c.kind, c.result, c.visit, c.device, c.autonomy, c.entry, c.trial, "
            "t.name AS town_name, d.name AS desk_name FROM consultation_now c "
            "JOIN desk d ON d.id = c.desk_id LEFT JOIN town t ON t.id = c.town_id "
            "WHERE c.logged_at >= :first AND c.logged_at < :end "
            "AND (:desk = '' OR c.desk_id = :desk)",
            first=times.bounds(first)[0],
            end=times.bounds(last)[1],
            desk=desk_id,
        )
    return counted(rows, first, last, desk_id, until=times.today(now))


def desks(actor: Actor) -> dict[str, str]:
    """The names of all desks that ever had a consultation or are open, by id."""
    require(actor, "see_consultations")
    return {
        row["id"]: row["name"]
        for row in store.rows(
            "SELECT id, name FROM desk d WHERE d.active = 1 OR EXISTS "
            "(SELECT 1 FROM consultation c WHERE c.desk_id = d.id) ORDER BY id"
        )
    }


def counted(rows: Iterable[Row], first: date, last: date, desk_id: str, *, until: date) -> DeskUse:
    """The counts of the rows as `use` reads them; its months end with that of `until`."""
    every = list(rows)
    months = _months(first, max(first, min(last, until)))
    main: dict[str, Counter[str]] = {part: Counter() for part in PARTS}
    touched: Counter[str] = Counter()
    names: dict[str, dict[str, str]] = {part: {} for part in PARTS}
    pairs: Counter[tuple[str, str]] = Counter()
    for row in every:
        town = row["town_id"] or row["residence"]
        day = times.today(times.moment(row["logged_at"]))
        keys = row | {TOWN: town, DESK: row["desk_id"], MONTH: _month(day)}
        for part in PARTS:
            if part != "result" or row["entry"] == "form":  # elsewhere nobody was asked for it
                main[part][str(keys[part])] += 1
        touched.update({row["topic"], *row["also"].splitlines()})
        names[TOWN][town] = row["town_name"] or ""
        names[DESK][row["desk_id"]] = row["desk_name"]
        pairs[row["topic"], row["desk_id"]] += 1
    parts = {}
    for part, (_title, words) in PARTS.items():
        order = [*months] if part == MONTH else [*words]
        if part in (TOWN, DESK):
            order = sorted(main[part], key=lambda key: (key in WHERE, -main[part][key], key))
        # One desk alone makes a cross of all that says something about people.
        told = {(key, ""): main[part][key] for key in order if key != UNKNOWN}
        hidden = protected(told) if desk_id and part not in (MONTH, DESK, "entry") else set()
        parts[part] = tuple(
            Count(
                key,
                names[part].get(key, ""),
                main[part][key],
                touched[key] if part == "topic" else main[part][key],
                (key, "") in hidden,
            )
            for key in order
        )
    whole = {(t, d): pairs[t, d] for t in TOPICS for d in sorted(names[DESK])}
    hidden = protected(whole)
    crossed = {at: Count("", "", n, n, at in hidden) for at, n in whole.items()}
    trial = any(row["trial"] for row in every)
    return DeskUse(first, last, desk_id, len(every), parts, crossed, trial)


def protected(cells: Mapping[tuple[str, str], int]) -> set[tuple[str, str]]:
    """The cells of a table that must not be shown beside the sums of its rows and columns.

    Those from 1 to `HIDE_BELOW` - 1; and where such a cell is alone in its row or column, so that
    a subtraction would tell it, the smallest other one as well.
    """
    hidden = {at for at, n in cells.items() if 0 < n < HIDE_BELOW}
    found = True
    while found:
        found = False
        for side in (0, 1):
            lines: dict[str, list[tuple[str, str]]] = {}
            for at in cells:
                lines.setdefault(at[side], []).append(at)
            for line in lines.values():
                covered = [at for at in line if at in hidden]
                others = [at for at in line if at not in hidden]
                if len(covered) == 1 and others:
                    # Nothing is the last resort: that nobody came is no secret, and hides little.
                    hidden.add(min(others, key=lambda at: (cells[at] == 0, cells[at], at)))
                    found = True
    return hidden


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _months(first: date, last: date) -> list[str]:
    """Every month of the days, whether somebody came in it or not."""
    span = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [_month(date(at // 12, at % 12 + 1, 1)) for at in span]


_HEADER = ("項目", "区分", "相談（件）", "ほかの内容としてもふくむ（件）")
# The file is Japanese in every language of the screen: it goes into the city's own reports.
_TONGUE = "ja"
SMALL, COVERED = f"<{HIDE_BELOW}", "非表示"


def use_csv(actor: Actor, first: date, last: date, now: datetime, *, desk_id: str = "") -> Export:
    """The counts as a table (UTF-8 with BOM), one row an answer, what they leave out above it.

    Raises:
        NotAllowed: `prove_again`.
    """
    require(actor, "see_consultations")
    asked = {"first": first.isoformat(), "last": last.isoformat(), "desk": desk_id}
    let_out(actor, "desk_use.use_csv", now=now, **asked)
    found = use(actor, first, last, now, desk_id=desk_id)
    japanese = language.catalogue(_TONGUE).gettext
    rows = []
    for part, (title, words) in PARTS.items():
        for one in found.parts[part]:
            name = _said(one, words)
            also = shown(one, one.touched) if part == "topic" else ""
            rows.append([japanese(title), name, shown(one, one.n), also])
    desk_names = {one.key: one.name for one in found.parts[DESK]}
    if not desk_id:
        for (topic, desk), one in found.crossed.items():
            name = f"{japanese(TOPICS[topic])}／{desk_names[desk]}"
            rows.append([f"{japanese('Topic')}×{japanese('Desk')}", name, shown(one, one.n), ""])
    header = list(_HEADER)
    if found.trial:
        header.append(SAMPLE)
        rows = [[*row, SAMPLE] for row in rows]
    where = desks(actor).get(desk_id, "")
    return sheet.write(header, rows, comments=_summary(found, where, now))


def _said(one: Count, words: Mapping[str, str]) -> str:
    if one.key in words:
        return language.catalogue(_TONGUE).gettext(words[one.key])
    return one.name or one.key


def shown(one: Count, n: int) -> str:
    """A number of a count as anybody may see it."""
    if not one.hidden:
        return str(n)
    return SMALL if one.small else COVERED


def _summary(found: DeskUse, where: str, now: datetime) -> list[str]:
    days = f"{times.show_day_long(found.first, 'ja')}〜{times.show_day_long(found.last, 'ja')}"
    made = f"相談の統計 {days} {where or 'すべての窓口'} 作成"
    lines = sheet.heading(made, times.show_day_long(times.today(now), "ja"), trial=found.trial)
    if found.first <= times.today(now) <= found.last:
        lines.append(f"期間の途中です。{times.show(now, 'ja')}までに記録された相談です")
    lines.append(f"相談 {found.total}件（1件は1回の相談で、1人とはかぎりません）")
    ways = " ".join(
        f"{_said(one, ENTRY_NAMES)}{shown(one, one.n)}件" for one in found.parts["entry"]
    )
    lines.append(f"出典 まちかどデスクの相談の記録（{ways}）")
    lines.append("なおした記録は最後の内容で数え、取り下げた記録は数えません")
    lines.append(
        f"分からないもの 地区{_share(found, TOWN)} 年代{_share(found, 'age_band')} "
        f"はじめてかどうか{_share(found, 'visit')}"
    )
    lines.append(f"{SMALL}は1件か2件。{COVERED}は、引き算でそれが分かってしまうところです")
    return lines


def _share(found: DeskUse, part: str) -> str:
    """How many do not say, and what share of all that is."""
    n = found.unknown(part)
    return f"{n}件（{100 * n / found.total:.0f}%）" if found.total else f"{n}件"
