"""The table of neighbourhoods, on the screen and to take away."""

from dataclasses import dataclass
from datetime import datetime

from desk import language, store, times
from desk.exports import let_out
from desk.gaps import need
from desk.gaps.city import CLASS, DESK, KINDS, UNITS, WHENS, WIFI
from desk.gaps.labels import LABELS
from desk.gaps.reasons import why
from desk.gaps.report import Report
from desk.gaps.rows import Place, Row
from desk.people import Actor, require
from desk.refusals import N_
from desk.tables import sheet
from desk.tables.sheet import SAMPLE, Export

Cell = str | int | float | None
_TONGUE = "ja"  # of the file, as of all the desk's files
_KILOMETRES = {
    CLASS: N_("Class venue (km)"),
    DESK: N_("Help desk (km)"),
    WIFI: N_("Wi-Fi (km)"),
}
_REACH = {
    CLASS: N_("Classes: reach (%)"),
    DESK: N_("Help desks: reach (%)"),
    WIFI: N_("Wi-Fi: reach (%)"),
}


def named(row: Row, lang: str) -> str:
    """A neighbourhood's name, or that of a group: 「里の杜ほか3地区」."""
    if len(row.members) == 1:
        return row.town.name
    ngettext, others = language.catalogue(lang).ngettext, len(row.members) - 1
    text = ngettext("{name} and {n} more", "{name} and {n} more of them", others)
    return text.format(name=row.town.name, n=others)


def cells(row: Row, lang: str) -> dict[str, Cell]:
    """A row of the table in a language: counts beside rates, what is not known as None."""
    _ = language.catalogue(lang).gettext
    return {
        _("Neighbourhood"): named(row, lang),
        _("Judgement"): _(LABELS[row.label]),
        _("Holds (%)"): round(100 * row.stable),
        _("Why"): why(row.reasons, lang),
        _("65–74"): row.persons_65_74 if row.counted else None,
        _("75 or older"): row.persons_75_plus if row.counted else None,
        _("In need (estimate)"): round(row.need) if row.counted else None,
        _("Not reached (people)"): round(row.gap) if row.counted else None,
        **{_(text): round(100 * row.reach[kind]) for kind, text in _REACH.items()},
        **{_(text): kilometres(row.nearest[kind]) for kind, text in _KILOMETRES.items()},
        _("Uses"): row.observed,
        _("Usual uses"): _rounded(row.expected, 1),
        _("Use to usual"): _rounded(row.rate, 2),
        _("from"): _rounded(row.low, 2),
        _("to"): _rounded(row.high, 2),
        _("More uses needed"): row.more,
    }


def kilometres(place: Place | None) -> float | None:
    """Kilometres in a straight line to one decimal."""
    return None if place is None else round(place[2] / 1000, 1)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


@dataclass(frozen=True)
class Sources:
    """Where the numbers are from, and by what rule need was estimated (a key of `need.BASES`)."""

    lines: tuple[str, ...]
    basis: str


def sources(actor: Actor) -> Sources:
    """Of population, points of neighbourhoods, and use of the internet by age.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
        Refused: `use_rates_missing` when there are people and no rates of internet use.
    """
    require(actor, "see_neighbourhoods")
    with store.snapshot() as reader:
        needs = need.read(reader)
        rows = reader.rows(
            "SELECT DISTINCT source FROM population WHERE active = 1 "
            "UNION SELECT DISTINCT source FROM town WHERE active = 1 ORDER BY source"
        )
    rates = sorted({f"{rate.source} {rate.as_of}" for rate in needs.rates})
    return Sources((*(row["source"] for row in rows), *rates), needs.basis)


def as_csv(actor: Actor, report: Report, *, now: datetime) -> Export:
    """The table as a file (UTF-8 with BOM): above it what it is, of when, from where, and 見本.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators, or `prove_again`.
    """
    require(actor, "see_neighbourhoods")
    let_out(actor, "gaps.table.as_csv", now=now, kind=report.settings.kind)
    _ = language.catalogue(_TONGUE).gettext
    settings = report.settings
    day = times.show_day_long(times.today(report.until), _TONGUE)
    title = f"{_('Neighbourhoods not reached')} {_('For the city hall only')}"
    asked = "、".join(
        (
            f"{_(KINDS[settings.kind])}（{_(UNITS[settings.kind])}）",
            f"{settings.metres} m",
            _(WHENS[settings.when]),
            _("{n} days").format(n=settings.days),
        )
    )
    lines = [*sheet.heading(title, day, trial=report.trial), asked]
    lines += [_("Source: {source}").format(source=source) for source in sources(actor).lines]
    rows = [cells(row, _TONGUE) for row in report.rows]
    header = list(rows[0]) if rows else []
    marked = [SAMPLE] if report.trial else []
    return sheet.write(
        [*header, *marked],
        [["" if cell is None else str(cell) for cell in row.values()] + marked for row in rows],
        comments=lines,
    )
