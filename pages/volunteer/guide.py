"""Who: a volunteer beside an elderly resident in a loud room. Wants: what to bring, whether it can
be done online, and where now; then to turn the tablet round.
"""

import streamlit as st

from desk import consultations, forms, times
from desk.guide import asked, faces, misses, procedures, search
from desk.guide.now import fitting
from desk.guide.procedures import GROUPS, Procedure
from desk.refusals import N_, Refused
from pages.parts import procedure, procedure_cards, who
from pages.parts.forms import attempt
from pages.parts.place import go, part
from pages.parts.words import _, say

actor = who.gate("log")
WORDS_MOST = 60
LAST = "guide_missed_last"  # the words counted last, while they may be typed on
LONGEST = ("バーカード", "バー\u200bカード")  # where the longest word of a tile may go on below
ICONS = {
    "certificate": "description",
    "card": "badge",
    "childcare": "child_care",
    "care": "elderly",
    "disaster": "flood",
    "tax": "receipt",
    "library": "local_library",
    "daily": "smartphone",
}


def opening(found: list[Procedure], *, key: str) -> None:
    """Procedures as large buttons, each one tap away."""
    with st.grid(min_column_width=290, gap="small", key=f"guide_list_{key}"):
        for one in found:
            st.button(
                procedure.label(one),
                key=f"guide_{key}_{one.id}",
                icon=f":material/{ICONS[one.group]}:",
                width="stretch",
                wrap=True,
                on_click=go,
                kwargs={"id": one.id, "group": "", "a": "", "n": "", "face": ""},
            )


def start() -> None:
    """The field, and what it finds; before anything is typed, the groups and what is common."""
    st.title(_("What would you like to do?"))
    typed = st.text_input(
        _("Search in the resident's own words"),
        key="guide_words",
        type="search",
        live=True,
        placeholder=_("For example: my card expires"),
        max_chars=WORDS_MOST,
        label_visibility="collapsed",
        persist_state="session",
    )
    words = attempt(
        lambda: forms.text(typed or "", label=N_("Search"), field="words", most=WORDS_MOST)
    )
    if words is None:
        forget()
    elif words:
        results(words)
    else:
        follow("", missed=False)
        if part("group") in GROUPS:
            group(part("group"))
        else:
            groups()


def results(words: str) -> None:
    """What was found; that nothing was is counted for staff, nobody need say so."""
    hits = search.look(words)
    if not hits.exact:
        st.info(_("Nothing fits exactly. These are the nearest."), icon=":material/search_off:")
    opening(list(hits.procedures), key="found")
    with st.container(border=True, key="guide_missing"):
        missing(words, follow(words, missed=not hits.exact))
        st.markdown(f":material/support_agent: {_('Ask at the counter: staff know more.')}")


def missing(words: str, counted: bool) -> None:
    """Whether staff will see that these words found nothing, or the button that tells them."""
    noted = counted or st.session_state.get("guide_missed", {}).get(words)
    if noted:
        st.success(_("Noted: staff will see that this is missing."), icon=":material/check_circle:")
    elif noted is False:
        st.warning(_("This could not be noted. Please tell the staff."), icon=":material/error:")
    else:
        st.button(
            _("It is not here"),
            key="guide_missing_note",
            icon=":material/search_off:",
            on_click=missed,
            args=(words,),
        )


def follow(words: str, *, missed: bool) -> bool:
    """Count words that find nothing, as what they are when they are typed to the end; True when
    these are counted.
    """
    last = misses.follow(st.session_state.get(LAST), words, missed=missed, now=times.now())
    st.session_state[LAST] = last
    return bool(last and last.words == misses.plain(words))


def forget() -> None:
    """What is typed on to something refused leaves nothing behind."""
    if last := st.session_state.pop(LAST, None):
        misses.take_back(last)


def missed(words: str) -> None:
    """Count words because somebody says that what was found is something else."""
    noted = misses.note(words, times.now())
    st.session_state.setdefault("guide_missed", {})[words] = noted


def groups() -> None:
    """The groups as tiles, and what this desk was asked most."""
    every = procedures.all_procedures()
    here = {one.group for one in every.values()}
    with st.grid(4, min_column_width=150, gap="small", key="big_groups"):
        for key, name in GROUPS.items():
            if key in here:
                st.button(
                    _(name).replace(*LONGEST),
                    key=f"guide_group_{key}",
                    icon=f":material/{ICONS[key]}:",
                    width="stretch",
                    wrap=True,
                    on_click=go,
                    kwargs={"group": key},
                )
    desk, _kind = consultations.remembered_desk(actor)
    common = asked.most(actor, desk_id=desk, now=times.now())
    if found := [every[one] for one in common if one in every]:
        st.subheader(_("Asked most at this desk"))
        opening(found, key="common")


def group(key: str) -> None:
    """Every procedure of a group."""
    st.button(
        _("All groups"),
        key="guide_groups_back",
        icon=":material/arrow_back:",
        on_click=go,
        kwargs={"group": ""},
    )
    st.subheader(_(GROUPS[key]))
    every = procedures.all_procedures().values()
    opening([one for one in every if one.group == key], key="group")


@st.fragment
def screen() -> None:
    """The whole screen: a tap redraws this and not the frame around it."""
    who.gate("log")  # a fragment runs without the first line of this file
    if not part("id"):
        start()
        return
    try:
        found = fitting(procedures.get(part("id")), times.now())
    except Refused as refusal:
        st.error(say(refusal), icon=":material/error:")
        start()
        return
    given = faces.answers(found, part("a"))
    if part("face") == "resident":
        procedure_cards.show(found, given)
    else:
        procedure.show(found, given)


screen()
