"""The frame around every screen: who is here, which screens they have, the language.

Lives in pages/ itself, and the screens one folder deeper, so that Streamlit's discovery of
`pages/*.py` finds nothing it could run before this script has asked who is there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from desk import mode, people
from desk.language import DEFAULT, LANGUAGES
from desk.refusals import N_, OutOfOrder
from pages.parts import city, drafts, forms, links, lock, style, who, words
from pages.parts.words import _


@dataclass(frozen=True)
class Screen:
    """A screen: its file, the last part of its address, and the right it asks for.

    Screens that are not `listed` are reached from others, not from the navigation.
    """

    file: str
    path: str
    title: str
    icon: str
    right: str = ""
    listed: bool = True


ICON = Path(__file__).parent / "parts" / "icon.png"
SCREENS = (
    Screen("resident/wifi.py", "", N_("Wi-Fi"), "wifi"),
    Screen(
        "resident/city_account.py",
        "city-account",
        N_("Sign in with the city's account"),
        "login",
        listed=False,
    ),
    Screen("volunteer/today.py", "today", N_("Today"), "today", "see_today"),
    Screen("volunteer/book.py", "book", N_("Book"), "event_available", "book"),
    Screen("volunteer/guide.py", "procedures", N_("Procedures"), "fact_check", "log"),
    Screen("volunteer/log.py", "log", N_("Log"), "edit_note", "log"),
    Screen("volunteer/rush.py", "rush", N_("When it is busy"), "bolt", "log", listed=False),
    Screen("volunteer/logged.py", "logged", N_("Logged"), "history", "log", listed=False),
    Screen("volunteer/tally.py", "tally", N_("Paper tally"), "calculate", "log", listed=False),
    Screen(
        "volunteer/sheet.py",
        "paper",
        N_("Paper sheet"),
        "checklist",
        "check_in",
        listed=False,
    ),
    Screen("staff/schedule.py", "schedule", N_("Schedule"), "calendar_month", "schedule"),
    Screen(
        "staff/month.py",
        "month",
        N_("Month builder"),
        "auto_awesome",
        "schedule",
        listed=False,
    ),
    Screen(
        "planner/neighbourhoods.py",
        "neighbourhoods",
        N_("Neighbourhoods not reached"),
        "map",
        "see_neighbourhoods",
    ),
    Screen(
        "planner/actions.py",
        "actions",
        N_("Did it help?"),
        "fact_check",
        "see_neighbourhoods",
        listed=False,
    ),
    Screen(
        "planner/where_next.py",
        "where-next",
        N_("Where next"),
        "add_location_alt",
        "see_neighbourhoods",
        listed=False,
    ),
    Screen(
        "planner/neighbourhood.py",
        "neighbourhood",
        N_("One neighbourhood"),
        "location_city",
        "see_neighbourhoods",
        listed=False,
    ),
    Screen(
        "planner/programme.py",
        "programme",
        N_("Report"),
        "summarize",
        "see_programme",
        listed=False,
    ),
    Screen(
        "planner/consultations.py",
        "consultations",
        N_("Consultations in numbers"),
        "bar_chart",
        "see_consultations",
        listed=False,
    ),
    Screen(
        "planner/publish.py",
        "publish",
        N_("Publish the use of the desk"),
        "public",
        "publish_use",
        listed=False,
    ),
    Screen(
        "staff/instructors.py", "instructors", N_("Instructors"), "school", "schedule", listed=False
    ),
    Screen("staff/courses.py", "courses", N_("Courses"), "menu_book", "schedule", listed=False),
    Screen("staff/tables.py", "tables", N_("Tables"), "table", "schedule", listed=False),
    Screen("staff/wifi.py", "wifi-check", N_("Wi-Fi check"), "wifi_find", "check_wifi"),
    Screen(
        "staff/opendata.py",
        "import",
        N_("Put in the city's lists"),
        "upload_file",
        "import_data",
        listed=False,
    ),
    Screen(
        "staff/procedures.py",
        "guide-edit",
        N_("Edit procedures"),
        "edit_document",
        "edit_guide",
        listed=False,
    ),
    Screen("staff/people.py", "people", N_("People"), "group", "manage_people"),
    Screen("staff/audit.py", "audit", N_("Audit"), "history_edu", "see_audit", listed=False),
    Screen(
        "staff/machine.py",
        "machine",
        N_("The machine"),
        "dns",
        "manage_people",
        listed=False,
    ),
    Screen(
        "staff/tablets.py",
        "tablets",
        N_("Tablets"),
        "tablet_android",
        "manage_people",
        listed=False,
    ),
)


def _away(right: str) -> Callable[[], None]:
    # Each closed address needs a function of its own name; none runs the screen's file.
    def away() -> None:
        asking = who.actor()
        people.refused(asking, right)
        who.turned_away(asking)

    return away


def head(here: who.Actor) -> None:
    """One slim row: trial or real, language, who is here."""
    with st.container(key="head", horizontal=True, vertical_alignment="center", gap="small"):
        if mode.is_trial():
            with st.popover(_("Sample: practice"), icon=":material/science:"):
                st.markdown(_("This is practice: nothing here is real."))
                st.markdown(
                    _(
                        "To begin for real, the administrator opens “People” and chooses “Begin "
                        "for real”, or runs {command} on the machine. Practice records go then."
                    ).format(command="`python -m desk trial empty`")
                )
        st.space("stretch")
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            default=words.lang(),
            required=True,
            key=words.KEY,
            bind="query-params",
            label_visibility="collapsed",
        )
        suffix = "" if words.lang() == DEFAULT else f"?lang={words.lang()}"
        if here.role == "public":
            address, icon = f"/sign-in{suffix}", ":material/login:"
            links.here(_("Sign in"), address, key="sign_in", icon=icon)
        else:
            with st.container(key="leave", width="content"):  # the browser locks instead
                st.link_button(
                    _("Leave ({name})").format(name=words.plain(here.name)),
                    f"/sign-out{suffix}",
                    icon=":material/lock:",
                )
            address, icon = f"/my-sign-in{suffix}", ":material/manage_accounts:"
            links.here(_("My sign-in"), address, key="my_sign_in", icon=icon)


# A picture of our own: a Material icon here would be fetched from its maker's server.
st.set_page_config(page_title="まちかどデスク", page_icon=ICON, layout="wide")
style.apply()
try:
    here = who.actor()
except OutOfOrder as problem:
    st.error(words.say(problem), icon=":material/error:")
    st.stop()
pages = []
for screen in SCREENS:
    title, icon = _(screen.title), f":material/{screen.icon}:"
    if not screen.right or here.may(screen.right):
        pages.append(
            st.Page(
                screen.file,
                title=title,
                icon=icon,
                url_path=screen.path or None,
                default=not screen.path,
                visibility="visible" if screen.listed else "hidden",
            )
        )
    else:
        pages.append(
            st.Page(
                _away(screen.right),
                title=title,
                icon=icon,
                url_path=screen.path,
                visibility="hidden",
            )
        )
page = st.navigation(pages, position="top")
drafts.visit(page.url_path)
head(here)
city.arrived(here)
lock.mark(here)
st.session_state[forms.SCREEN] = next(s.title for s in SCREENS if s.path == page.url_path)
try:
    page.run()
except OutOfOrder as problem:  # of a write, the form itself has said it
    st.error(words.say(problem), icon=":material/error:")
