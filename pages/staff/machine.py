"""Who: the administrator. Wants: to know that nothing would be lost, and what to do about it."""

import streamlit as st

from desk import chores, machine, times
from pages.parts import forms, who
from pages.parts.words import _, lang, plain, say

actor = who.gate("manage_people")
SHOWN = 10  # backups of a place; the older ones are counted
PROTECTED = {
    "encrypted": _("The database file is encrypted."),
    "checksums": _("Every page of the database file has a checksum."),
    "": _("The database file has no checksums of its own."),
}


def size(count: int) -> str:
    """Bytes as megabytes, or gigabytes from one on."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def backup_now() -> None:
    """Before the run: what is shown is then already true."""
    done = forms.attempt(lambda: machine.backup_now(who.actor(), now=times.now()))
    st.session_state.machine_made = bool(done)


def places() -> None:
    """The backups of each place, the newest first."""
    for number, place in enumerate(report.places, 1):
        with st.container(border=True):
            st.markdown(
                f"**{_('Place {number}').format(number=number)}**　{plain(str(place.path))}"
            )
            if not place.backups:
                st.info(_("There is no backup here yet."), icon=":material/inventory_2:")
                continue
            st.table(
                [
                    {
                        _("Made"): times.show(one.made_at, lang()),
                        _("Size"): size(one.size),
                        _("Opened and checked"): "✓",
                    }
                    for one in place.backups[:SHOWN]
                ]
            )
            older = len(place.backups) - SHOWN
            if older > 0:
                st.caption(
                    _("And {count} older ones, back to {when}.").format(
                        count=older, when=times.show(place.backups[-1].made_at, lang())
                    )
                )
            if place.free is not None:
                st.caption(_("Free on this disk: {size}").format(size=size(place.free)))


def outcome(run: chores.Run) -> str:
    """How a chore went, in words."""
    if run.code:
        return chores.why(run, lang())
    return _("Done") if run.ended_at else _("At work, or cut off")


st.title(_("The machine"))
if st.session_state.pop("machine_made", False):
    st.success(_("The backup is made and checked."), icon=":material/check_circle:")
report = machine.report(actor, now=times.now())
for concern in report.concerns:
    st.warning(say(concern), icon=":material/warning:")
if not report.concerns:
    st.success(_("Nothing is wrong."), icon=":material/check_circle:")
left, right = st.columns([5, 4], gap="medium")
with left:
    st.subheader(_("Backups"))
    if report.places:
        places()
        st.button(
            _("Make a backup now"),
            icon=":material/save:",
            key="machine_backup",
            on_click=backup_now,
        )
        st.caption(
            _(
                "One is made every 15 minutes. All are kept for 2 days, then one a day, and none "
                "longer than 35 days. How to go on with one is in docs/tebiki-restore.md."
            )
        )
with right:
    st.subheader(_("What the desk does by itself"))
    if report.runs:
        st.table(
            [
                {
                    _("What"): _(run.chore.title),
                    _("Last"): times.show(run.began_at, lang()),
                    _("Result"): outcome(run),
                }
                for run in report.runs
            ]
        )
    else:
        st.info(_("Nothing yet: the first look is soon after the start."))
    st.subheader(_("What it runs on"))
    st.markdown(f"- {plain(report.database)}\n- Python {plain(report.python)}")
    if report.places:
        st.markdown(f"- {PROTECTED[report.protected]}")
    if report.free is not None:
        st.markdown(
            "- " + _("Free on the disk of the database: {size}").format(size=size(report.free))
        )
    if report.asides:
        st.subheader(_("Put aside by a restore"))
        st.markdown(
            _("These hold names of residents. Please delete them when you need them no more.")
        )
        st.markdown("\n".join(f"- {plain(file.name)}" for file in report.asides))
