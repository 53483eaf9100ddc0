"""Who: staff who keep the Wi-Fi list fresh. Wants: what to look at, and one tap when it works."""

from urllib.parse import quote

import streamlit as st

from desk import times, wifi_checks
from desk.wifi import STATES
from desk.wifi_checks import FINE, KINDS, STALE, TROUBLE, WHY, Due
from pages.parts import exports, forms, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("check_wifi")
FIRST = 20
TO_DO = "to_do"
GROUPS = {TO_DO: (TROUBLE, STALE), TROUBLE: (TROUBLE,), STALE: (STALE,), FINE: (FINE,)}
LOOKS = {
    "working": ":green[:material/check_circle: {text}]",
    "partly": ":orange[:material/warning: {text}]",
    "not_working": ":red[:material/cancel: {text}]",
    "unknown": ":gray[:material/help: {text}]",
}


def found(spot_id: str, name: str, kind: str) -> None:
    """Write down what was found, and remember it for the way back."""
    key = f"wifi_check_{spot_id}"
    done = forms.attempt(
        lambda: wifi_checks.confirm(
            who.actor(), spot_id=spot_id, kind=kind, id=forms.form_id(key), now=times.now()
        )
    )
    if done:
        forms.renew(key)
        st.session_state.wifi_check_done = (done.id, name, kind)


def back(check_id: str) -> None:
    """Take the last tap back."""
    forms.attempt(lambda: wifi_checks.take_back(who.actor(), check_id=check_id, now=times.now()))
    st.session_state.pop("wifi_check_done", None)


def undo_bar() -> None:
    """What was just written down, and the way back."""
    done = st.session_state.get("wifi_check_done")
    if not done:
        return
    id, name, kind = done
    with st.container(key="undo_bar", horizontal=True, vertical_alignment="center"):
        text = _("Written down: {name}: {found}").format(name=plain(name), found=_(KINDS[kind]))
        st.markdown(text, width="stretch")
        st.button(
            _("Undo"), key="wifi_check_undo", on_click=back, args=(id,), icon=":material/undo:"
        )
        st.button(
            _("Close"),
            key="wifi_check_close",
            on_click=st.session_state.pop,
            args=("wifi_check_done", None),
            type="tertiary",
        )


def row(one: Due) -> None:
    """A spot: what is known of it, one tap when it works, the rest under a small menu."""
    spot = one.spot
    with (
        st.container(border=True, gap="xsmall", key=f"wifi_row_{spot.id}"),
        st.container(horizontal=True, vertical_alignment="center"),
    ):
        with st.container(gap="xsmall"):
            sample = f" :orange-badge[{_('Sample')}]" if spot.trial else ""
            st.markdown(f"**{plain(spot.name)}**{sample}")
            st.markdown(facts(one))
        st.button(
            _(KINDS["working"]),
            key=f"wifi_works_{spot.id}",
            on_click=found,
            args=(spot.id, spot.name, "working"),
            type="primary",
            icon=":material/check:",
        )
        with st.popover(_("Other"), icon=":material/more_horiz:"):
            others(one)


def facts(one: Due) -> str:
    """State, last check and reports, in one line."""
    spot, today = one.spot, times.today(times.now())
    checked = wifi_checks.checked_in_words(spot, today, lang())
    if spot.checked_on and spot.stale(today):
        checked += " " + _("(last on {day})").format(day=spot.checked_on.isoformat())
    parts = [LOOKS[spot.state].format(text=_(STATES[spot.state]))]
    if one.reported_at:
        text = ngettext(
            "{n} report “cannot connect”, the last on {day}",
            "{n} reports “cannot connect”, the last on {day}",
            spot.reports,
        ).format(n=spot.reports, day=times.show_day(times.today(one.reported_at), lang()))
        parts.append(f":red[:material/report: {text}]")
    stale = spot.stale(today)
    parts.append(f":orange[:material/schedule: {checked}]" if stale else f":gray[{checked}]")
    return "　".join(parts)


def others(one: Due) -> None:
    """The other findings, and the pages of the spot."""
    spot = one.spot
    st.markdown(f"{_('Network name')}: **{plain(spot.ssid)}**  \n{plain(spot.area)}")
    for kind in ("partly", "not_working"):
        st.button(
            _(KINDS[kind]),
            key=f"wifi_{kind}_{spot.id}",
            on_click=found,
            args=(spot.id, spot.name, kind),
            width="stretch",
        )
    path = f"/wifi/{quote(spot.id, safe='')}"
    for label, address, icon in (
        (_("Residents' page"), path, "open_in_new"),
        (_("Card for the wall (A4)"), f"{path}/card", "print"),
    ):
        st.link_button(
            label, f"{address}?lang={lang()}", icon=f":material/{icon}:", width="stretch"
        )


def more(total: int) -> None:
    """The rest of a long list, on a tap."""
    st.button(
        _("Show all {n} places").format(n=total),
        key="wifi_check_more",
        icon=":material/expand_more:",
        on_click=st.session_state.__setitem__,
        args=("wifi_check_all", True),
    )


now = times.now()
st.title(_("Wi-Fi check"))
due = wifi_checks.due(actor, now=now)
count = wifi_checks.counts(due)
labels = {TO_DO: _("To look at"), **{why: _(text) for why, text in WHY.items()}}
with st.container(horizontal=True, vertical_alignment="bottom"):
    group = st.segmented_control(
        _("Which places"),
        list(GROUPS),
        format_func=lambda one: f"{labels[one]} {sum(count[why] for why in GROUPS[one])}",
        default=TO_DO,
        required=True,
        key="wifi_check_group",
        label_visibility="collapsed",
        width="stretch",
        wrap=True,  # on a phone, at the place, none may be out of sight
    )
    exports.button(
        _("The list as a file (CSV)"),
        lambda who: wifi_checks.due_csv(who, "utf-8-sig", now=times.now()).content,
        file_name="wifi_check.csv",
        key="wifi_check_csv",
    )
    st.page_link(
        "staff/opendata.py", label=_("Put in the city's lists"), icon=":material/upload_file:"
    )
wanted = [one for one in due if one.why in GROUPS[group]]
if not due:
    st.info(_("No Wi-Fi is registered yet."), icon=":material/wifi_off:")
elif not wanted and group == FINE:
    st.info(_("No place was checked lately."), icon=":material/schedule:")
elif not wanted:
    st.success(
        _("Nothing to look at: every place was checked lately."), icon=":material/check_circle:"
    )
shown = wanted if st.session_state.get("wifi_check_all") else wanted[:FIRST]
for one in shown:
    row(one)
if len(shown) < len(wanted):
    more(len(wanted))
undo_bar()
