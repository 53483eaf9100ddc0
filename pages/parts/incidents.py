"""Numbers that were refused: how often, where and of what kind, for staff to explain it again."""

import pandas as pd
import streamlit as st

from desk import incidents, times
from desk.people import Actor
from pages.parts.words import _, lang, ngettext, plain


def show(actor: Actor) -> None:
    """One slim line that opens to a table; nothing for others than staff, or when all is well."""
    if not actor.may("see_incidents"):
        return
    found = incidents.recent(actor, now=times.now())
    if not found:
        return
    count = sum(one.count for one in found)
    places = list(dict.fromkeys(plain(_name(one.place)) for one in found))
    line = ngettext(
        "{n} number was refused in 30 days ({places})",
        "{n} numbers were refused in 30 days ({places})",
        count,
    ).format(n=count, places="、".join(places[:3]) + ("…" if len(places) > 3 else ""))
    with st.expander(line, icon=":material/shield_person:"):
        st.markdown(
            _("Somebody's number was typed and not kept. Please remind whoever works there.")
        )
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        _("Screen"): _name(one.place),
                        _("What was refused"): _(incidents.NAMES[one.kind]),
                        _("Number of times"): one.count,
                        _("Last"): times.show(one.last, lang()),
                    }
                    for one in found
                ]
            ),
            hide_index=True,
            height=min(300, 38 * (len(found) + 1) + 4),
            row_height=38,
            alt=_("Numbers that were refused, by screen and kind"),
        )


def _name(place: str) -> str:
    """The screen, or the address of a light page, without its field."""
    return _(place.split(incidents.FIELD)[0])
