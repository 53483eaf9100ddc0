"""The programme report (講座の報告): what was held, who learned, who taught, and whether the
national programme's staff rule was kept.

A learner is a person who was checked in. A class nobody was checked in to cannot be told from one
nobody recorded, so it stands apart and outside every average.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk import classes, figures, instructors, language, rules, store, times
from desk.classes import ClassView
from desk.exports import let_out
from desk.figures import Figure
from desk.instructors import COUNTED, Instructor
from desk.people import Actor, require
from desk.refusals import N_
from desk.store.engine import Reader, Row
from desk.tables import sheet
from desk.tables.sheet import SAMPLE, Export

# Who can be told what of a class's staff.
KEPT, NO_LECTURER, TOO_FEW, UNRECORDED = "kept", "no_lecturer", "too_few", "unrecorded"
CHECKS = {
    KEPT: N_("Kept"),
    NO_LECTURER: N_("No trained lecturer"),
    TOO_FEW: N_("Too few instructors"),
    UNRECORDED: N_("No arrivals were recorded"),
}


MONTH, QUARTER, YEAR = "month", "quarter", "year"
PERIODS = {MONTH: N_("Month"), QUARTER: N_("Quarter"), YEAR: N_("Fiscal year (April–March)")}
_MONTHS = {MONTH: 1, QUARTER: 3, YEAR: 12}


def period(kind: str, day: date, back: int = 0) -> tuple[date, date]:
    """The first and last day of the month, quarter or fiscal year (from April) a day lies in.

    `back` counts periods before that one.
    """
    length = _MONTHS[kind]
    # Months since an April, so that quarters and years begin where a fiscal year does.
    begun = (day.year * 12 + day.month - 4) // length - back
    first, after = (_month(begun * length), _month((begun + 1) * length))
    return first, after - timedelta(days=1)


def named(kind: str, first: date, lang: str) -> str:
    """A period by its first day: 「令和8年度」, 「令和8年度 10–12月」, 「令和8年11月」."""
    fiscal = first.year if first.month >= 4 else first.year - 1
    if lang != "en":
        if kind == MONTH:
            return f"{times.era_year(first)}{first.month}月"
        year = f"{times.era_year(date(fiscal, 12, 31))}度"
        return year if kind == YEAR else f"{year} {first.month}–{first.month + 2}月"
    if kind == YEAR:
        return f"{fiscal}/{fiscal + 1}"
    return f"{first:%Y-%m}" if kind == MONTH else f"{first:%Y-%m} – {first.month + 2:02d}"


def _month(since: int) -> date:
    return date((since + 3) // 12, (since + 3) % 12 + 1, 1)


@dataclass(frozen=True)
class Held:
    """A class that was held: one コマ. People are counted, not bookings: a party of two is two.

    `learners` were checked in, `walk_ins` are those of them without a booking. `booked` are all
    who had a seat in the end or were noted as not come. `no_shows` of them did not come: in a
    class with arrivals, everybody who was not checked in. `check` is a key of `CHECKS`.
    """

    meeting: ClassView
    booked: int
    learners: int
    walk_ins: int
    no_shows: int
    lecturers: tuple[str, ...]
    untrained: tuple[str, ...]
    assistants: tuple[str, ...]
    others: tuple[str, ...]
    check: str

    @property
    def day(self) -> date:
        """The day in Tokyo."""
        return times.today(self.meeting.starts_at)

    @property
    def counted(self) -> int:
        """Lecturers and assistants, whom the staff rule counts."""
        return len(self.lecturers) + len(self.untrained) + len(self.assistants)

    @property
    def recorded(self) -> bool:
        """Somebody was checked in."""
        return self.learners > 0


@dataclass(frozen=True)
class Part:
    """The classes of one venue or of one course. `per_class` is None where none was recorded."""

    id: str
    name: str
    held: int
    recorded: int
    learners: int

    @property
    def per_class(self) -> float | None:
        """Learners for each recorded コマ."""
        return self.learners / self.recorded if self.recorded else None


@dataclass(frozen=True)
class Report:
    """What was held from the day `first` to `last`. Figures are None where the city has none.

    `each` and `trained` are the staff rule: learners for one lecturer or assistant, and trained
    lecturers a class. `regional` and `national` are averages of learners a コマ.
    """

    first: date
    last: date
    held: tuple[Held, ...]
    each: Figure | None
    trained: Figure | None
    regional: Figure | None
    national: Figure | None
    trial: bool

    @property
    def total(self) -> Part:
        """All of it."""
        return _part("", "", self.held)

    @property
    def unrecorded(self) -> tuple[Held, ...]:
        """Classes without any arrival, left out of the averages."""
        return tuple(one for one in self.held if not one.recorded)

    @property
    def alone(self) -> float | None:
        """The share of recorded classes with one learner, 0 to 1; None where none is recorded."""
        recorded = [one for one in self.held if one.recorded]
        return sum(one.learners == 1 for one in recorded) / len(recorded) if recorded else None

    @property
    def broken(self) -> tuple[Held, ...]:
        """Classes in which the staff rule was not kept."""
        return tuple(one for one in self.held if one.check in (NO_LECTURER, TOO_FEW))

    @property
    def by_venue(self) -> tuple[Part, ...]:
        """Most classes first."""
        return _parts(self.held, lambda one: (one.venue_id, one.venue))

    @property
    def by_course(self) -> tuple[Part, ...]:
        """Most classes first."""
        return _parts(self.held, lambda one: (one.course_id, one.title))


def _part(id: str, name: str, held: Iterable[Held]) -> Part:
    every = list(held)
    recorded = sum(one.recorded for one in every)
    return Part(id, name, len(every), recorded, sum(one.learners for one in every))


def _parts(held: Iterable[Held], of: Callable[[ClassView], tuple[str, str]]) -> tuple[Part, ...]:
    groups: dict[tuple[str, str], list[Held]] = {}
    for one in held:
        groups.setdefault(of(one.meeting), []).append(one)
    found = [_part(id, name, group) for (id, name), group in groups.items()]
    return tuple(sorted(found, key=lambda part: (-part.held, part.id)))


def report(actor: Actor, first: date, last: date, now: datetime) -> Report:
    """Published classes of those days that are over and were not cancelled, oldest first."""
    require(actor, "see_programme")
    with store.engine().reading() as reader:
        days = {"first": times.bounds(first)[0], "end": times.bounds(last)[1]}
        where = (
            "c.status = 'open' AND c.published_at IS NOT NULL AND c.ends_at <= :now "
            "AND c.starts_at >= :first AND c.starts_at < :end"
        )
        found = classes.views(reader, where, now=times.stamp(now), **days)
        counts = _counts(reader, **days)
        people = {one.id: one for one in instructors.everybody(reader=reader, retired=True)}
        figure = {
            name: figures.find(key, reader=reader)
            for name, key in (
                ("each", "learners_per_staff"),
                ("trained", "trained_lecturers"),
                ("regional", "learners_per_class_regional"),
                ("national", "learners_per_class_national"),
            )
        }
    held = tuple(
        _held(one, counts.get(one.id, {}), people, figure["each"], figure["trained"])
        for one in found
    )
    return Report(first, last, held, **figure, trial=any(one.trial for one in found))


def _counts(reader: Reader, *, first: str, end: str) -> dict[str, Row]:
    """People of each class: booked, learners, walk_ins, no_shows."""
    came = "b.arrived_at IS NOT NULL AND b.no_show_at IS NULL"
    # A seat that was kept for somebody who never answered is nobody's.
    seated = "b.held_until IS NULL AND EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id)"

    def people(condition: str) -> str:
        return f"COALESCE(SUM(CASE WHEN {condition} THEN b.party ELSE 0 END), 0)"

    sql = (
        f"SELECT b.class_id, {people(f'b.no_show_at IS NOT NULL OR ({seated})')} AS booked, "
        f"{people(came)} AS learners, {people(f'{came} AND b.walk_in = 1')} AS walk_ins, "
        f"{people('b.no_show_at IS NOT NULL')} AS no_shows "
        "FROM booking b JOIN class c ON c.id = b.class_id WHERE b.cancelled_at IS NULL "
        "AND c.starts_at >= :first AND c.starts_at < :end GROUP BY b.class_id"
    )
    return {row.pop("class_id"): row for row in reader.rows(sql, first=first, end=end)}


def _held(
    meeting: ClassView,
    counts: Row,
    people: dict[str, Instructor],
    each: Figure | None,
    trained: Figure | None,
) -> Held:
    day = times.today(meeting.starts_at)
    team = [people[id] for id in meeting.instructor_ids]
    booked, learners = int(counts.get("booked", 0)), int(counts.get("learners", 0))
    lecturers = [one for one in team if one.role == "lecturer"]
    enough = sum(one.trained(day) for one in lecturers) >= (trained.value if trained else 1)
    counted = sum(one.role in COUNTED for one in team)
    if not learners:
        check = UNRECORDED
    elif not enough:
        check = NO_LECTURER
    elif each and learners > each.value * counted:
        check = TOO_FEW
    else:
        check = KEPT

    def names(chosen: Iterable[Instructor]) -> tuple[str, ...]:
        return tuple(one.name for one in chosen)

    return Held(
        meeting=meeting,
        booked=booked,
        learners=learners,
        walk_ins=int(counts.get("walk_ins", 0)),
        no_shows=booked - learners if learners else int(counts.get("no_shows", 0)),
        lecturers=names(one for one in lecturers if one.trained(day)),
        untrained=names(one for one in lecturers if not one.trained(day)),
        assistants=names(one for one in team if one.role == "assistant"),
        others=names(one for one in team if one.role not in COUNTED),
        check=check,
    )


_HEADER = (
    *("日付", "開始", "終了", "会場", "部屋", "講座", "コマ", "席", "予約（人）", "受講者（人）"),
    *("うち予約なし", "来なかった人", "講師（人）", "アシスタント（人）", "講師（研修あり）"),
    *(
        "講師（研修なし）",
        "アシスタント",
        "そのほか",
        "講師の人数のきまり",
        "きまりとちがう点と理由",
    ),
)
# The file is Japanese in every language of the screen: it goes to the programme's office.
_TONGUE = "ja"


def report_csv(actor: Actor, first: date, last: date, now: datetime) -> Export:
    """The report as a table (UTF-8 with BOM), one row a class, its sums and sources above it.

    Raises:
        NotAllowed: `prove_again`.
    """
    require(actor, "see_programme")
    let_out(actor, "programme.report_csv", now=now, first=first.isoformat(), last=last.isoformat())
    found = report(actor, first, last, now)
    rows = [_row(one) for one in found.held]
    header = list(_HEADER)
    if found.trial:
        header.append(SAMPLE)
        rows = [
            [*row, SAMPLE if one.meeting.trial else ""]
            for row, one in zip(rows, found.held, strict=True)
        ]
    return sheet.write(header, rows, comments=_summary(found, now))


def _row(one: Held) -> list[str]:
    start, end = one.meeting.starts_at, one.meeting.ends_at
    japanese = language.catalogue(_TONGUE).gettext
    reasons = (
        f"{japanese(rules.CONCERNS[code])}：{why}" for code, why in one.meeting.overrides.items()
    )
    people = (one.lecturers, one.untrained, one.assistants, one.others)
    return [
        one.day.isoformat(),
        times.show_clock(start),
        times.show_clock(end),
        one.meeting.venue,
        one.meeting.room,
        one.meeting.title,
        "1",
        *map(str, (one.meeting.seats, one.booked, one.learners, one.walk_ins, one.no_shows)),
        str(len(one.lecturers) + len(one.untrained)),
        str(len(one.assistants)),
        *("、".join(names) for names in people),
        japanese(CHECKS[one.check]),
        " / ".join(reasons),
    ]


def _summary(found: Report, now: datetime) -> list[str]:
    days = f"{times.show_day_long(found.first, 'ja')}〜{times.show_day_long(found.last, 'ja')}"
    total, today = found.total, times.today(now)
    made = f"講座の報告 {days} 作成"
    lines = sheet.heading(made, times.show_day_long(today, "ja"), trial=found.trial)
    if found.first <= today <= found.last:
        lines.append(f"期間の途中です。{times.show(now, 'ja')}までに終わった講座です")
    lines.append(f"{total.held}コマ。受講者 {total.learners}人")
    if total.per_class is not None:
        lines.append(f"1コマあたり {total.per_class:.1f}人（受付の記録がある{total.recorded}コマ）")
    for name, figure in (("地域連携型", found.regional), ("全国展開型", found.national)):
        if figure:
            text = f"くらべる数 {name} 1コマあたり {figure.value:g}人"
            lines.append(f"{text}（{figure.source}、{figure.as_of}）")
    if found.unrecorded:
        lines.append(f"受付の記録がない{len(found.unrecorded)}コマは平均に入れていません")
    return lines
