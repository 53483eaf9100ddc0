"""Who: a volunteer beside a resident. Wants: a seat in the right class and a slip, quickly."""

import streamlit as st

from desk import booking, codes, consultations, schedule, slips, times
from desk.booking import PARTIES, REACH, BookingForm, BookingView
from desk.classes import ClassView
from pages.parts import classes, forms, towns, who
from pages.parts.words import _, lang, plain

actor = who.gate("book")
FIRST = 6
KEY = "book"


def choose(class_id: str | None) -> None:
    """Take a class, or go back to the list."""
    st.session_state.book_class = class_id
    if class_id is None:
        st.query_params.pop("class", None)


def class_list() -> None:
    """Step 1: the classes to come, by venue, seats in words."""
    found = schedule.bookable(now=times.now())
    if not found:
        st.info(_("No class is planned yet. Staff put classes on the schedule."))
        return
    venues = {one.venue_id: one.venue for one in found}
    venue = st.pills(
        _("Venue"),
        list(venues),
        format_func=lambda one: plain(venues[one]),
        key="book_venue",
        width="stretch",
        wrap=True,
    )
    wanted = [one for one in found if venue in (None, one.venue_id)]
    many = st.session_state.get("book_all")
    for one in wanted if many else wanted[:FIRST]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(gap="xsmall"):
                classes.heading(one)
            st.button(
                _("Choose"),
                key=f"choose_{one.id}",
                on_click=choose,
                args=(one.id,),
                type="primary",
            )
    if not many and len(wanted) > FIRST:
        st.button(
            _("Show all {n} classes").format(n=len(wanted)),
            on_click=st.session_state.__setitem__,
            args=("book_all", True),
            icon=":material/expand_more:",
        )


def form(meeting: ClassView) -> None:
    """Step 2: who comes. One field is typed, the rest is tapped."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.text_input(
            _("Name in kana"),
            key="book_kana",
            on_change="ignore",
            placeholder=_("Yamada Hana"),
            autocomplete="off",
            max_chars=40,
        )
        common = consultations.common_towns(actor, desk_id=None)
        residence, town_id = towns.pick(
            _("Neighbourhood"), key="book_town", common=common, elsewhere=True
        )
        reach = st.pills(
            _("How to reach"),
            list(REACH),
            format_func=lambda one: _(REACH[one]),
            key="book_reach",
            on_change="ignore",
            width="stretch",
            wrap=True,
        )
        note = st.text_input(
            _("Number or name to reach (optional)"),
            key="book_note",
            on_change="ignore",
            autocomplete="off",
            max_chars=60,
        )
    with right, st.container(border=True):
        with st.container(gap="xsmall"):
            classes.heading(meeting)
        party = st.segmented_control(
            _("How many come"),
            PARTIES,
            default=1,
            required=True,
            format_func=lambda n: _("1 person") if n == 1 else _("2 people"),
            key="book_party",
            on_change="ignore",
            width="stretch",
        )
        full = meeting.left < 1
        if st.button(
            _("Put on the waitlist") if full else _("Book the seat"),
            type="primary",
            width="stretch",
            icon=":material/event_available:",
            key="book_save",
        ):
            made = forms.attempt(
                lambda: booking.book(
                    actor,
                    id=forms.form_id(KEY),
                    form=BookingForm(
                        class_id=meeting.id,
                        kana=st.session_state.book_kana,
                        residence=residence,
                        town_id=town_id,
                        reach=reach or "",
                        reach_note=note or "",
                        party=party,
                    ),
                    now=times.now(),
                )
            )
            if made:
                st.session_state.book_done = made.id
                st.rerun()
        st.button(_("Choose another class"), on_click=choose, args=(None,), width="stretch")


def next_one() -> None:
    """Open the form anew for the next resident; the class stays."""
    forms.renew(KEY)
    towns.forget("book_town")
    for name in ("book_done", "book_kana", "book_reach", "book_note", "book_party"):
        st.session_state.pop(name, None)


def next_class() -> None:
    """The next resident, another class."""
    next_one()
    choose(None)


def receipt(made: BookingView, meeting: ClassView) -> None:
    """Step 3: what happened, the slip to print or to show."""
    name = plain(_("For {kana}").format(kana=made.kana))
    people = _("{n} people").format(n=made.party)
    if made.seated:
        st.success(
            _("Booked: {name}, {people}").format(name=name, people=people),
            icon=":material/check_circle:",
        )
    else:
        text = _("Waitlist, {n} ahead").format(n=made.ahead)
        st.warning(f"{text}: {name} {people}", icon=":material/hourglass_top:")
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        with st.container(key="when"):
            st.markdown(plain(classes.when(meeting)))
        st.markdown(f"**{plain(meeting.name(lang()))}**")
        st.markdown(f":material/location_on: {plain(meeting.venue)} {plain(meeting.room)}")
        if meeting.bring:
            things = "　".join(plain(one) for one in meeting.bring)
            st.markdown(f":material/backpack: {_('Please bring:')} {things}")
        with st.container(horizontal=True):
            address = slips.ticket(actor, booking_id=made.id, now=times.now())
            st.link_button(
                _("Print the slip"),
                f"/slip/{address}?lang={lang()}",
                type="primary",
                icon=":material/print:",
            )
            st.button(_("Next person, same class"), on_click=next_one)
            st.button(_("Next person, another class"), on_click=next_class)
    with right:
        st.image(codes.qr_png(made.code), width=200, alt=_("QR code of the booking"))
        with st.container(key="code"):
            st.markdown(made.code)


if "class" in st.query_params and st.session_state.get("book_class") is None:
    choose(st.query_params["class"])
st.title(_("Book a class"))
done = st.session_state.get("book_done")
chosen = st.session_state.get("book_class")
if done:
    receipt(*booking.get(actor, booking_id=done))
elif chosen:
    meeting = forms.attempt(lambda: schedule.open_for_booking(chosen, now=times.now()))
    if meeting:
        form(meeting)
    else:
        choose(None)
        class_list()
else:
    class_list()
