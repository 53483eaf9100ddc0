"""Time: stored as UTC text, decided in Asia/Tokyo, shown with its weekday.

Eras are fixed by 元号法 and its cabinet orders; Babel prints Western years for the Japanese
calendar, hence the short table here.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

TOKYO = ZoneInfo("Asia/Tokyo")
ERAS = ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成"), (date(1926, 12, 25), "昭和"))


def now() -> datetime:
    """The present moment, aware, in UTC: called at the edge and handed inward as `now`."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Text for the store: UTC, ISO 8601, whole seconds, ending in Z. Sorts as time does."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The aware UTC moment of a `stamp`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def local(value: datetime) -> datetime:
    """The same moment on a clock in Tokyo."""
    return value.astimezone(TOKYO)


def at(day: date, clock: time) -> datetime:
    """The moment when a clock in Tokyo shows `clock` on `day`, in UTC."""
    return datetime.combine(day, clock, TOKYO).astimezone(UTC)


def today(value: datetime) -> date:
    """The calendar day in Tokyo at that moment."""
    return local(value).date()


def bounds(day: date) -> tuple[str, str]:
    """Stamps of the first moment of a Tokyo day and of the next one."""
    return stamp(at(day, time())), stamp(at(day + timedelta(days=1), time()))


def show_day(day: date, lang: str) -> str:
    """A day with its weekday: 「11月23日（月）」, “Mon 23 Nov”."""
    if lang != "en":
        return f"{day.month}月{day.day}日（{'月火水木金土日'[day.weekday()]}）"
    return str(format_date(day, "EEE d MMM", locale=lang))


def show_day_long(day: date, lang: str) -> str:
    """A day for paper: 「令和8年（2026年）11月23日（月曜日）」, “Monday 23 November 2026”."""
    if lang != "en":
        return show_year(day) + show_day(day, lang).replace("）", "曜日）")
    return str(format_date(day, "EEEE d MMMM y", locale=lang))


def show_day_of_year(day: date, lang: str) -> str:
    """A day that may be of another year: 「2027年2月22日（月）」, “Mon 22 Feb 2027”."""
    if lang != "en":
        return f"{day.year}年{show_day(day, lang)}"
    return f"{show_day(day, lang)} {day.year}"


def show_year(day: date) -> str:
    """A year for paper, by era and by number: 「令和8年（2026年）」."""
    return f"{era_year(day)}（{day.year}年）"


def show_month(day: date, lang: str) -> str:
    """A month for paper: 「令和8年11月」, “November 2026”."""
    if lang != "en":
        return f"{era_year(day)}{day.month}月"
    return str(format_date(day, "MMMM y", locale=lang))


def show_clock(value: datetime) -> str:
    """The clock in Tokyo: “14:05”."""
    return local(value).strftime("%H:%M")


def show_hour(value: datetime, lang: str) -> str:
    """The clock in Tokyo as one says it: 「17時」, 「17時15分」, “17:00”."""
    moment = local(value)
    if lang == "en":
        return moment.strftime("%H:%M")
    return f"{moment.hour}時" + (f"{moment.minute}分" if moment.minute else "")


def show(value: datetime, lang: str) -> str:
    """Day, weekday and clock in Tokyo."""
    return f"{show_day(today(value), lang)} {show_clock(value)}"


def era_year(day: date) -> str:
    """The year by era: 「令和8年」, the first one 「令和元年」.

    Raises:
        ValueError: for a day before the oldest era known here.
    """
    for first, name in ERAS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{name}{'元' if year == 1 else year}年"
    raise ValueError(f"no era known for {day}")
