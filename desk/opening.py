"""When a venue is open: days of the week, hours, closed days and national holidays.

Not known is a value of its own: a venue whose hours are not known is not called closed.
"""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import jpholiday

from desk import language, times
from desk.files import like
from desk.store.engine import Reader

WEEKDAYS = "月火水木金土日"
_MONTH_DAY = r"(\d\d)-(\d\d)"
_DAY = r"\d{4}-\d\d-\d\d"
Closed = Callable[[date], bool]


def _weekly(week: str, weekday: str) -> Closed:
    number = WEEKDAYS.index(weekday)
    weeks = {int(one) for one in week} if week else set(range(1, 6))
    return lambda day: day.weekday() == number and (day.day - 1) // 7 + 1 in weeks


def _yearly(first: tuple[int, int], last: tuple[int, int]) -> Closed:
    def closed(day: date) -> bool:
        here = (day.month, day.day)
        # 12-29〜01-03 goes over the end of the year.
        return first <= here <= last if first <= last else here >= first or here <= last

    return closed


@lru_cache(maxsize=4096)
def holiday(day: date) -> bool:
    """True on a national holiday (国民の祝日に関する法律)."""
    return bool(jpholiday.is_holiday(day))


@lru_cache(maxsize=512)
def closed_by(rule: str) -> Closed:
    """What a rule of venues/closed_days.csv says of a day.

    祝日 (national holidays, by 国民の祝日に関する法律), 毎週月曜日, 第1・第3月曜日,
    12-29〜01-03 (every year), 2027-02-10, 2027-02-10〜2027-02-14.

    Raises:
        ValueError: for anything else.
    """
    if rule == "祝日":
        return holiday
    if found := re.fullmatch(rf"毎週([{WEEKDAYS}])曜日?", rule):
        return _weekly("", found[1])
    if found := re.fullmatch(rf"((?:第[1-5]・?)+)([{WEEKDAYS}])曜日?", rule):
        return _weekly("".join(re.findall(r"\d", found[1])), found[2])
    if found := re.fullmatch(rf"{_MONTH_DAY}〜{_MONTH_DAY}", rule):
        first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
        for month, number in (first, last):
            if not (1 <= month <= 12 and 1 <= number <= calendar.monthrange(2024, month)[1]):
                raise ValueError(rule)
        return _yearly(first, last)
    if found := re.fullmatch(rf"({_DAY})(?:〜({_DAY}))?", rule):
        start, end = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
        if end < start:
            raise ValueError(rule)
        return lambda day: start <= day <= end
    raise ValueError(rule)


def _rule(value: str) -> str:
    try:
        closed_by(value)
    except ValueError:
        raise ValueError(
            "が読めません（例 祝日、毎週月曜日、第1・第3月曜日、12-29〜01-03、2027-02-10）"
        ) from None
    return value


RULE = like(".+", make=_rule)


OPEN, CLOSED, UNCERTAIN = "open", "closed", "unknown"
AHEAD = 14  # days looked ahead for the next opening


@dataclass(frozen=True)
class Openness:
    """Whether a place is open at a moment: `state` is OPEN, CLOSED or UNCERTAIN.

    `until` is when it closes, for OPEN; `next` when it opens again, for CLOSED; both in UTC, and
    None when that is not within `AHEAD` days.
    """

    state: str
    until: datetime | None = None
    next: datetime | None = None

    @property
    def is_open(self) -> bool | None:
        """Yes, no, or None when nobody knows."""
        return None if self.state == UNCERTAIN else self.state == OPEN

    def in_words(self, now: datetime, lang: str) -> str:
        """「いま使えます・17時まで」, 「いまは使えません・あす9時から」, 「時間は分かりません」."""
        _ = language.catalogue(lang).gettext
        if self.state == UNCERTAIN:
            return _("Opening hours not known")
        if self.state == OPEN:
            return self._until_in_words(now, lang)
        if self.next is None:
            return _("Closed now")
        day, clock = times.today(self.next), times.show_hour(self.next, lang)
        ahead = (day - times.today(now)).days
        if ahead == 0:
            return _("Closed now, opens today at {clock}").format(clock=clock)
        if ahead == 1:
            return _("Closed now, opens tomorrow at {clock}").format(clock=clock)
        return _("Closed now, opens {day} at {clock}").format(
            day=times.show_day(day, lang), clock=clock
        )

    def _until_in_words(self, now: datetime, lang: str) -> str:
        _ = language.catalogue(lang).gettext
        if self.until is None:
            return _("Open now, day and night")
        clock = times.show_hour(self.until, lang)
        if self.until - now > timedelta(days=1):
            day = times.show_day(times.today(self.until), lang)
            return _("Open now, until {day} at {clock}").format(day=day, clock=clock)
        return _("Open now, until {clock}").format(clock=clock)


@dataclass(frozen=True)
class Hours:
    """When one venue is open. `opens` and `closes` are None while nobody knows them.

    `days` holds characters of 「月火水木金土日」, and 祝 when it is open on national holidays of
    other weekdays too; empty is not known. `closed` are rule and reason.
    """

    days: str
    opens: time | None
    closes: time | None
    closed: tuple[tuple[str, str], ...]

    def closed_on(self, day: date) -> str | None:
        """Why the venue is closed on a day; None when it is open or nobody knows."""
        for rule, reason in self.closed:
            if closed_by(rule)(day):
                return reason
        if self.days and WEEKDAYS[day.weekday()] not in self.days:
            return None if "祝" in self.days and holiday(day) else self.days
        return None

    @property
    def known(self) -> bool:
        """True when both days and hours are known."""
        return bool(self.days) and self.opens is not None and self.closes is not None

    def at(self, now: datetime) -> Openness:
        """Open, closed or uncertain at a moment. Both days and hours must be known to call it
        open; a closed day is closed whatever the hours. Hours that end before they begin go past
        midnight, and days that follow each other without a gap are one opening.
        """
        today = times.today(now)
        if not self.known:
            return Openness(UNCERTAIN if self.closed_on(today) is None else CLOSED)
        until: datetime | None = None
        for ahead in range(-1, AHEAD + 1):
            span = self.span(today + timedelta(days=ahead))
            if span is None:
                continue
            starts, ends = span
            if until is None and starts > now:
                return Openness(CLOSED, next=starts)
            if until is None and ends > now:
                until = ends
            elif until is not None:
                if starts > until:
                    break
                until = ends
        if until is None:
            return Openness(CLOSED)
        last = times.at(today + timedelta(days=AHEAD), time())
        return Openness(OPEN, until=until if until <= last else None)

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """From when to when it is open on a day, in UTC; None when closed or not known."""
        if not (self.days and self.opens and self.closes) or self.closed_on(day) is not None:
            return None
        over = self.closes <= self.opens
        return times.at(day, self.opens), times.at(day + timedelta(days=over), self.closes)

    def within(self, venue: "Hours") -> "Hours":
        """Hours of something in a venue: its own days and its own hours where known, else the
        venue's; the venue's closed days always.
        """
        clock = self if self.opens or self.closes else venue
        return Hours(self.days or venue.days, clock.opens, clock.closes, venue.closed)

    @classmethod
    def read(
        cls, days: str, opens: str, closes: str, closed: tuple[tuple[str, str], ...] = ()
    ) -> "Hours":
        """From the columns of a table: days, and “09:00” or empty."""
        return cls(days, _clock(opens), _clock(closes), closed)

    def covers(self, starts: time, ends: time) -> bool:
        """True when it is open all the while, or its hours are not known."""
        return not (
            (self.opens is not None and starts < self.opens)
            or (self.closes is not None and ends > self.closes)
        )


UNKNOWN = Hours("", None, None, ())


def _clock(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def all_hours(reader: Reader) -> dict[str, Hours]:
    """The hours of every venue, by its id."""
    rules = reader.rows(
        "SELECT venue_id, rule, reason FROM closed_day WHERE active = 1 ORDER BY id"
    )
    return {
        row["id"]: Hours.read(
            row["days"], row["opens"], row["closes"], tuple(_for_venue(rules, row["id"]))
        )
        for row in reader.rows("SELECT id, days, opens, closes FROM venue WHERE active = 1")
    }


def _for_venue(rules: Sequence[dict[str, str]], venue_id: str) -> Iterator[tuple[str, str]]:
    for row in rules:
        if row["venue_id"] in ("", venue_id):
            yield row["rule"], row["reason"]
