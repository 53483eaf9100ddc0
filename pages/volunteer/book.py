"""Who: a volunteer beside a resident. Wants: a seat in the right class and a slip, quickly."""

from dataclasses import replace

import streamlit as st

from desk import attendance, booking, codes, consultations, courses, schedule, slips, times
from desk.booking import PARTIES, REACH, BookingForm, BookingView
from desk.classes import ClassView
from desk.refusals import Refused
from pages.parts import bookings, classes, drafts, forms, towns, turned_down, who
from pages.parts.words import _, lang, plain

actor = who.gate("book")
FIRST = 6
KEY = "book"
FIELDS = ("form_id", "class", "kana", "reach", "note", "party", "series")


def choose(class_id: str | None) -> None:
    """Take a class, or go back to the list."""
    st.session_state.book_class = class_id
    if class_id is None:
        for name in ("class", "here"):
            st.query_params.pop(name, None)


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
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                turned_down.offer(one)
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


def fields() -> list[str]:
    """What a draft of a booking holds."""
    return [*(f"book_{field}" for field in FIELDS), *towns.fields("book_town")]


@st.fragment
def form(class_id: str) -> None:
    """Step 2: who comes. One field is typed, the rest is tapped."""
    who.gate("book")  # a tap runs only this part
    meeting = forms.attempt(lambda: schedule.open_for_booking(class_id, now=times.now()))
    if meeting is None:
        return
    forms.form_id(KEY)
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
            about(meeting)
        party = st.segmented_control(
            _("How many come"),
            PARTIES,
            default=1,
            required=True,
            format_func=lambda n: _("1 person") if n == 1 else _("2 people"),
            key="book_party",
            width="stretch",
        )
        dates = meetings(meeting)
        drafts.keep(actor, KEY, fields(), telephones=("book_note",))
        wanted = BookingForm(
            class_id=meeting.id,
            kana=st.session_state.book_kana,
            residence=residence,
            town_id=town_id,
            reach=reach or "",
            reach_note=note or "",
            party=party,
        )
        if st.button(
            label(meeting),
            type="primary",
            width="stretch",
            icon=":material/event_available:",
            key="book_save",
        ):
            save(wanted, dates)
        elif st.session_state.get("book_twin"):
            twin_button(wanted, dates)
        if st.button(_("Choose another class"), width="stretch", key="book_other"):
            choose(None)
            drafts.again(KEY)
            st.rerun()
        turned_down.offer(meeting, town_id=town_id)


def about(meeting: ClassView) -> None:
    """What to tell the resident before booking: for whom, what one needs, what comes first."""
    st.caption(f"{_('Level')}：{_(courses.LEVEL_NAMES[meeting.level])}")
    titles = courses.titles_before(meeting.course_id, lang())
    if meeting.needs:
        st.caption(f"{_('What one needs')}：{bookings.needs(meeting)}")
    if titles:
        st.caption(f"{_('Better after')}：{plain('、'.join(titles))}")


def meetings(meeting: ClassView) -> tuple[str, ...]:
    """The meetings to book: this one, or with a tap all of the series that are to come."""
    if meeting.series_id is None:
        return ()
    following = [
        one
        for one in schedule.of_series(meeting.series_id)
        if one.status == "open" and not one.draft and one.ends_at > times.now()
    ]
    if len(following) < 2:
        return ()
    every = _("All {n} meetings").format(n=len(following))
    this = _("Only this one")
    chosen = st.segmented_control(
        _("Series"), [every, this], default=every, required=True, key="book_series", width="stretch"
    )
    if chosen == this:
        return ()
    st.caption("、".join(times.show_day(times.today(one.starts_at), lang()) for one in following))
    return tuple(one.id for one in following)


def here() -> bool:
    """True when the person stands at the class without a booking."""
    return "here" in st.query_params


def label(meeting: ClassView) -> str:
    """What the button does."""
    if meeting.left < 1:
        return _("Put on the waitlist")
    return _("Book and check in") if here() else _("Book the seat")


def save(wanted: BookingForm, dates: tuple[str, ...]) -> None:
    """Write the booking, or say why not and keep the form."""
    number, now = forms.form_id(KEY), times.now()

    def write() -> BookingView:
        if here():
            return attendance.walk_in(actor, id=number, form=wanted, now=now)
        if dates:
            return booking.book_series(actor, id=number, form=wanted, class_ids=dates, now=now)[0]
        return booking.book(actor, id=number, form=wanted, now=now)

    made = forms.attempt(write, otherwise=lambda why: twin(why, wanted, dates))
    if made:
        st.session_state.book_done = made.id
        st.session_state.pop("book_twin", None)
        drafts.drop(actor, KEY)
        st.rerun()


def twin(why: Refused, wanted: BookingForm, dates: tuple[str, ...]) -> None:
    """Somebody of that name is booked: offer to say that this is another person."""
    if why.code == "already_booked":
        st.session_state.book_twin = True
        twin_button(wanted, dates)


def twin_button(wanted: BookingForm, dates: tuple[str, ...]) -> None:
    """Book somebody of the same name and neighbourhood."""
    if st.button(_("It is another person: book"), key="book_twin_save", width="stretch"):
        save(replace(wanted, namesake=True), dates)


def next_one() -> None:
    """Open the form anew for the next resident; the class stays."""
    forms.renew(KEY)
    towns.forget("book_town")
    fields = ("done", "kana", "reach", "note", "party", "twin", "series")
    for name in (f"book_{field}" for field in fields):
        st.session_state.pop(name, None)


def next_class() -> None:
    """The next resident, another class."""
    next_one()
    choose(None)


def receipt(made: BookingView, meeting: ClassView) -> None:
    """Step 3: what happened, the slip to print or to show."""
    name = plain(_("For {kana}").format(kana=made.kana))
    people = _("{n} people").format(n=made.party)
    if made.arrived_at:
        st.success(f"{bookings.name(made)}　{_('is checked in.')}", icon=":material/how_to_reg:")
    elif made.cancelled_at:
        st.info(f"{bookings.name(made)}　{bookings.state(made)}")
    elif made.seated:
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
        for other, its in booking.together(actor, booking_id=made.id)[1:]:
            st.markdown(f"{plain(classes.when(its))}　{bookings.state(other)}")
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
            bookings.manage_button(actor, made, where="receipt")
            st.button(_("Next person, same class"), on_click=next_one)
            st.button(_("Next person, another class"), on_click=next_class)
        st.caption(bookings.erased_on(made, meeting))
    with right:
        st.image(codes.qr_png(made.code), width=200, alt=_("QR code of the booking"))
        with st.container(key="code"):
            st.markdown(made.code)


if "class" in st.query_params and st.session_state.get("book_class") is None:
    choose(st.query_params["class"])
st.title(_("Book a class"))
bookings.undo_bar()
done = st.session_state.get("book_done")
if not done:
    drafts.restore(actor, KEY, fields(), stays=("book_class",))
chosen = st.session_state.get("book_class")
if done:
    receipt(*booking.get(actor, booking_id=done))
elif chosen and forms.attempt(lambda: schedule.open_for_booking(chosen, now=times.now())):
    form(chosen)
else:
    if chosen:
        choose(None)
    class_list()
