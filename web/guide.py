"""手続きナビ for residents: search as one speaks, three questions at most, where it is done, and a
slip of what to bring. No script, no sign-in.

What somebody looks for is nobody's business: the page of results is kept nowhere. Words that are
refused are neither searched nor shown again. How many misses one visitor adds to is counted
(`web.visitors`).
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from limits import RateLimitItemPerHour
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from desk import codes, forms, incidents, language, opening_words, places, times
from desk.guide import faces, flow, hours, misses, now, procedures, reading, search
from desk.guide.faces import Answers
from desk.guide.now import Option, fitting
from desk.guide.procedures import (
    CITY,
    EXPIRED,
    GROUPS,
    HERE,
    PHONE,
    PLACES,
    STALE,
    STORE,
    UNOWNED,
    Outcome,
    Procedure,
)
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS
from desk.opening import CLOSED, OPEN
from desk.refusals import N_, Refused
from web import pages
from web.visitors import OnceADay, mixed

KEPT = 60  # seconds: so old may "open now" be
MOST_ASKED = 100  # characters of a search
MOST_SHOWN = 8
OF_A_VISITOR, OF_ALL = RateLimitItemPerHour(20), RateLimitItemPerHour(300)
counted = OnceADay(OF_A_VISITOR, OF_ALL)
# Residents are not at the desk while they read this.
RESIDENT_PLACES = {**PLACES, HERE: N_("At the help desk, together")}
STATES = {
    STALE: N_("Nobody has checked this page for half a year. Please ask before you go."),
    EXPIRED: N_("This page is out of date. Please ask the city before you go."),
    UNOWNED: N_("No section of the city answers for this page yet. Please ask before you go."),
}


def start(request: Request) -> Response:
    """The search box and the groups; one group's procedures with `?group=`."""
    group = request.query_params.get("group", "")
    every = procedures.all_procedures().values()
    return pages.kept(
        request,
        "guide.html",
        seconds=KEPT,
        **_frame(request),
        group=group if group in GROUPS else "",
        found=[one for one in every if one.group == group],
    )


def found(request: Request) -> Response:
    """What is found for `?q=`: kept by nobody, in nobody's index."""
    typed = request.query_params.get("q", "")
    facts: dict[str, Any] = {**_frame(request), "asked": "", "problem": False, "found": []}
    try:
        asked = forms.text(typed, label=N_("Words"), field="q", most=MOST_ASKED)
    except Refused as refusal:
        facts["problem"] = True
        place = incidents.where("/guide/search", refusal.field)
        incidents.note([refusal.code], place=place, now=times.now())
    else:
        hits = search.look(asked, most=MOST_SHOWN)
        facts |= {"asked": asked, "found": hits.procedures, "exact": hits.exact}
        if asked and not hits.exact and _counts(request, asked):
            misses.note(asked, times.now())
    made = pages.page(request, "guide_found.html", status=422 if facts["problem"] else 200, **facts)
    made.headers.update({"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})
    return made


def one(request: Request) -> Response:
    """A procedure: its questions as links with the answers in `?a=`, then where it is done."""
    at = times.now()
    procedure = _asked(request)
    if procedure is None:
        return pages.page(request, "guide_unknown.html", status=404, **_frame(request))
    given = _answers(request, procedure)
    step = flow.step(procedure, given)
    ended = isinstance(step, Outcome)
    return pages.kept(
        request,
        "guide_one.html",
        seconds=KEPT,
        **_frame(request),
        **_facts(request, procedure, at),
        given=faces.letters(given),
        asked=[(QUESTIONS[key], yes) for key, yes in faces.answered(procedure, given)],
        question=None if isinstance(step, Outcome) else QUESTIONS[step.ask],
        options=_options(procedure, step, at) if isinstance(step, Outcome) else [],
        because=step.because if isinstance(step, Outcome) else "",
        ended=ended,
        in_words=lambda option: option.in_words(at, pages.lang(request)),
        stops=[STOPS[key] for key in procedure.stops],
        desks=places.desks(),
    )


def memo(request: Request) -> Response:
    """持ち物メモ: what to bring, where and when, on A5 paper, with a code that leads back."""
    at, lang = times.now(), pages.lang(request)
    procedure = _asked(request)
    if procedure is None:
        return pages.page(request, "guide_unknown.html", status=404, **_frame(request))
    given = _answers(request, procedure)
    step = flow.step(procedure, given)
    # The paper lasts longer than today's opening hours: the flow's own order counts. Before the
    # questions are answered it is for wherever it can be done without the desk.
    order = step.go if isinstance(step, Outcome) else (STORE, CITY, PHONE)
    offered = (
        {one.place for one in now.options(procedure, step, at)}
        if isinstance(step, Outcome)
        else {way.place for way in procedure.ways}
    )
    places_to_go = [place for place in order if place in offered]
    way = procedure.way(places_to_go[0]) if places_to_go else procedure.ways[0]
    assert way is not None  # the reader of procedures lets no flow end where there is no way
    open_hours = hours.of(way.hours)
    bring = faces.common(procedure, (way,))  # its papers, too: on the slip they are not elsewhere
    back = f"/guide/{procedure.id}{_query(request, given)}"
    return pages.kept(
        request,
        "guide_memo.html",
        seconds=KEPT,
        **_frame(request),
        **_facts(request, procedure, at),
        way=way,
        bring=bring,
        others=[RESIDENT_PLACES[place] for place in places_to_go[1:]],
        week=opening_words.week(open_hours, lang),
        closed=opening_words.closed(open_hours, times.today(at), lang),
        back=back,
        given=faces.letters(given),
        desk=next(iter(places.desks()), None),
        qr=Markup(codes.qr_svg(pages.site(request) + back)),
    )


def _asked(request: Request) -> Procedure | None:
    found = procedures.all_procedures().get(request.path_params["id"])
    return found and fitting(found, times.now())


def _answers(request: Request, procedure: Procedure) -> Answers:
    """The answers of the address; none when one of its letters is none."""
    letters = request.query_params.get("a", "")[: procedures.MOST_QUESTIONS]
    return faces.answers(procedure, letters) if set(letters) <= set(faces.LETTERS) else ()


def _query(request: Request, given: Answers) -> str:
    lang = pages.lang(request)
    pairs = {"a": faces.letters(given)} if given else {}
    pairs |= {} if lang == language.DEFAULT else {"lang": lang}
    return f"?{urlencode(pairs)}" if pairs else ""


def _options(procedure: Procedure, outcome: Outcome, at: datetime) -> list[Option]:
    """Where it can be done, seen from home: the desk comes after what is open now."""
    every = now.options(procedure, outcome, at)
    return sorted(every, key=lambda one: (one.openness.is_open is not True, one.place == HERE))


def _frame(request: Request) -> dict[str, Any]:
    """What every page of the guide knows."""
    lang = pages.lang(request)
    return {
        "groups": GROUPS,
        "parts": reading.parts,
        "bare": reading.bare,
        "and_lang": "" if lang == language.DEFAULT else f"&lang={lang}",
        "most": MOST_ASKED,
    }


def _facts(request: Request, procedure: Procedure, at: datetime) -> dict[str, Any]:
    """What the page and the slip say of a procedure."""
    state = procedure.state(times.today(at))
    return {
        "procedure": procedure,
        "warning": STATES.get(state, ""),
        "places": RESIDENT_PLACES,
        "checked": times.show_day_long(procedure.checked_on, pages.lang(request)),
        "looks": {OPEN: "yes", CLOSED: "no"},
    }


def _counts(request: Request, asked: str) -> bool:
    """Whether a miss of this visitor is one more: the same words on a day are not."""
    words = mixed(asked)
    return not counted.did(request, words) and counted.count(request, words)
