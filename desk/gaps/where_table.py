"""The places chosen, as a file to take away."""

from datetime import datetime

from desk import language, times
from desk.exports import let_out
from desk.gaps.city import KINDS, WHENS
from desk.gaps.where import Plan
from desk.people import Actor, require
from desk.tables import sheet
from desk.tables.sheet import SAMPLE, Export

_TONGUE = "ja"  # of the file, as of all the desk's files


def as_csv(actor: Actor, plan: Plan, *, now: datetime) -> Export:
    """The own choice in order, as a file (UTF-8 with BOM): above it what was asked, and 見本.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators, or `prove_again`.
    """
    require(actor, "see_neighbourhoods")
    let_out(actor, "gaps.where_table.as_csv", now=now, kind=plan.settings.kind)
    _ = language.catalogue(_TONGUE).gettext
    settings, own = plan.settings, plan.own
    what = "、".join((_(KINDS[settings.kind]), f"{settings.metres} m", _(WHENS[settings.when])))
    lines = sheet.heading(
        _("Where next"), times.show_day_long(times.today(now), _TONGUE), trial=plan.trial
    )
    marked = [SAMPLE] if plan.trial else []
    header = [
        _("Order"),
        _("Place"),
        _("Kind of place"),
        _("People newly within reach (estimate)"),
        _("With those before it"),
        _("Neighbourhoods newly within reach"),
        _("A room can be booked"),
        _("Nearly as good (people fewer)"),
        *marked,
    ]
    rows, so_far = [], 0.0
    for number, step in enumerate(own.steps, 1):
        so_far += step.people
        rows.append(
            [
                str(number),
                step.place.name,
                step.place.kind,
                str(round(step.people)),
                str(round(so_far)),
                "、".join(town.name for town in step.towns),
                _("Yes") if step.place.room else "",
                "、".join(f"{one.place.name}（{round(one.less)}）" for one in step.instead),
                *marked,
            ]
        )
    return sheet.write(header, rows, comments=[*lines, what])
