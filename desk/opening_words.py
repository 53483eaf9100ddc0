"""Opening hours as one reads them: the week, the closed days, the days ahead."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from babel.dates import format_date, get_day_names

from desk import language, times
from desk.opening import WEEKDAYS, Hours

HOLIDAY = "祝"
_DATED = re.compile(r"\d{4}-")
_ORDER = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th"}


@dataclass(frozen=True)
class Day:
    """One day ahead: its name, and from when to when; `why` it is closed, for a closed day."""

    name: str
    clock: str
    why: str


def week(hours: Hours, lang: str) -> str:
    """The days and hours as known: 「月〜金 8:30〜17:15」, “Mon–Fri 8:30–17:15”; "" for nothing."""
    _ = language.catalogue(lang).gettext
    clock = _clock(hours.opens, hours.closes, lang)
    if not (hours.days or clock):
        return ""
    days = _days(hours.days, lang) if hours.days else _("Days not known")
    return f"{days} {clock or _('Hours not known')}"


def closed(hours: Hours, today: date, lang: str) -> list[str]:
    """The closed days that are not over, each once: 「祝日」, 「12月29日〜1月3日」."""
    return list(
        dict.fromkeys(
            _rule(rule, lang)
            for rule, _reason in hours.closed
            if not (_DATED.match(rule) and rule[-10:] < today.isoformat())
        )
    )


def ahead(hours: Hours, today: date, lang: str, *, days: int = 7) -> list[Day]:
    """Today and the days after it; none while days or hours are not known."""
    if not hours.known:
        return []
    clock = _clock(hours.opens, hours.closes, lang)
    found = []
    for day in (today + timedelta(days=n) for n in range(days)):
        why = hours.closed_on(day)
        # A weekday it does not open on has no reason but itself.
        reason = "" if why is None or why == hours.days else why
        found.append(Day(times.show_day(day, lang), clock if why is None else "", reason))
    return found


def _clock(opens: time | None, closes: time | None, lang: str) -> str:
    dash = "–" if lang == "en" else "〜"
    first, last = (f"{one.hour}:{one.minute:02d}" if one else "" for one in (opens, closes))
    return f"{first}{dash}{last}" if first or last else ""


def _days(days: str, lang: str) -> str:
    _ = language.catalogue(lang).gettext
    open_on = [n for n, name in enumerate(WEEKDAYS) if name in days]
    if len(open_on) == 7:
        return _("Every day")
    names = _names(lang, "abbreviated")
    runs: list[list[int]] = []
    for n in open_on:
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    dash, comma = ("–", ", ") if lang == "en" else ("〜", "・")
    parts = [
        f"{names[run[0]]}{dash}{names[run[-1]]}"
        if len(run) > 2
        else comma.join(names[n] for n in run)
        for run in runs
    ]
    if HOLIDAY in days:
        parts.append(_("public holidays"))
    return comma.join(parts)


def _names(lang: str, width: Literal["abbreviated", "wide"]) -> list[str]:
    if lang != "en":
        return list(WEEKDAYS)
    found = get_day_names(width, locale="en")
    return [str(found[n]) for n in range(7)]


def _rule(rule: str, lang: str) -> str:
    """A rule of `opening.closed_by`, as one reads it."""
    _ = language.catalogue(lang).gettext
    dash = "–" if lang == "en" else "〜"
    if rule == "祝日":
        return _("National holidays")
    if found := re.fullmatch(r"(\d\d)-(\d\d)〜(\d\d)-(\d\d)", rule):
        # Any leap year: 02-29 is a day of the year.
        first, last = (date(2024, int(found[n]), int(found[n + 1])) for n in (1, 3))
        return dash.join(dict.fromkeys((_month_day(first, lang), _month_day(last, lang))))
    if _DATED.match(rule):
        return dash.join(times.show_day(date.fromisoformat(one), lang) for one in rule.split("〜"))
    if lang != "en":
        return rule
    name = _names("en", "wide")[WEEKDAYS.index(rule.removesuffix("日").removesuffix("曜")[-1])]
    which = [_ORDER[int(n)] for n in re.findall(r"\d", rule)]
    return f"{' and '.join(which)} {name} of the month" if which else f"Every {name}"


def _month_day(day: date, lang: str) -> str:
    if lang != "en":
        return f"{day.month}月{day.day}日"
    return str(format_date(day, "d MMM", locale="en"))
