"""The own sign-in: where else one is signed in, and what it takes to end that."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import handover, own_sign_in, people, sessions, store, times, tries
from tests.conftest import TABLET, enrol, enrolled, person, refuses, shared, web_sign_in
from web.routes import ROUTES

PIN, PASSWORD = "482915", "みかん りんご ぶどう なし もも"
OURS = {"origin": "http://desk.example"}
pytestmark = pytest.mark.usefixtures("database")


def register(now: datetime, name: str, role: str, **facts: str) -> None:
    facts = facts or {"secret": PIN if role == "volunteer" else PASSWORD}
    people.add(person("admin"), id=name, name=name, role=role, now=now, **facts)
    if role != "volunteer" and "secret" in facts:
        enrol(name)


def at_tablet(now: datetime, name: str = "ハナ") -> str:
    enrolled()
    return sessions.sign_in(name=name, secret=PIN, now=now, tablet=TABLET)


def names(*tokens: str, now: datetime) -> list[str]:
    return [sessions.actor_of(one, now=now).name for one in tokens]


def test_everybody_sees_their_own_sessions_and_nobody_elses(now: datetime) -> None:
    for name in ("ハナ", "ヨシコ"):
        register(now, name, "volunteer")
    here, _other = at_tablet(now), at_tablet(now, "ヨシコ")
    assert own_sign_in.look(here, now=now).others == []
    there = at_tablet(now)
    own = own_sign_in.look(here, now=now)
    assert (own.actor.name, own.secret, own.app) == ("ハナ", True, False)
    [one] = own.others
    assert one["id"] == sessions.digest(there)
    assert one["tablet"] == "窓口1"
    assert (one["began_at"], one["seen_at"]) == (now, now)


def test_asvs_7_5_2_chosen_sessions_end_after_the_pin_and_no_others(now: datetime) -> None:
    for name in ("ハナ", "ヨシコ"):
        register(now, name, "volunteer")
    here, there, elsewhere = (at_tablet(now) for _ in range(3))
    other = at_tablet(now, "ヨシコ")
    ids = [sessions.digest(one) for one in (here, there, other)]
    for wrong in ("", "000000"):
        with refuses("sign_in_wrong"):
            own_sign_in.end(here, ids=ids, secret=wrong, now=now)
    with refuses("sessions_none", "session"):
        own_sign_in.end(here, ids=[], secret=PIN, now=now)
    assert names(here, there, elsewhere, other, now=now) == ["ハナ", "ハナ", "ハナ", "ヨシコ"]
    assert own_sign_in.end(here, ids=ids, secret=PIN, now=now) == 1
    assert names(here, there, elsewhere, other, now=now) == ["ハナ", "", "ハナ", "ヨシコ"]
    assert own_sign_in.end(here, ids=ids, secret=PIN, now=now) == 0  # sent twice


def test_guesses_are_counted_and_a_locked_or_ended_session_ends_none(now: datetime) -> None:
    register(now, "ハナ", "volunteer")
    here, there = at_tablet(now), at_tablet(now)
    ids = [sessions.digest(there)]
    for _ in range(tries.WRONG_TRIES):
        with refuses("sign_in_wrong"):
            own_sign_in.end(here, ids=ids, secret="000000", now=now)
    with refuses("sign_in_locked"):
        own_sign_in.end(here, ids=ids, secret=PIN, now=now)
    sessions.lock(here, now=now)
    for token, code in ((here, "locked"), ("", "sign_in_first"), (None, "sign_in_first")):
        with refuses(code):
            own_sign_in.end(token, ids=ids, secret=PIN, now=now)
        with refuses(code):
            own_sign_in.look(token, now=now)
    assert names(there, now=now) == ["ハナ"]


def test_who_has_the_citys_account_has_proved_it_by_signing_in(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_OIDC_ISSUER", "https://login.example")
    register(now, "ハナ", "staff", account="hana-0001")
    said = {"iss": "https://login.example", "sub": "hana-0001"}
    device = sessions.new_device()

    def come(at: datetime) -> str:
        times_of = {"iat": at.timestamp(), "exp": at.timestamp() + 300}
        secret = handover.arrive({**said, **times_of}, device=device, now=at)
        return handover.take(secret=secret, device=device, now=at)

    here, there = come(now), come(now)
    own = own_sign_in.look(here, now=now)
    assert (own.secret, own.app, len(own.others)) == (False, False, 1)
    ids = [sessions.digest(there)]
    late = now + people.PROOF_HOLDS + timedelta(seconds=1)
    with refuses("prove_with_city"):
        own_sign_in.end(here, ids=ids, now=late)
    assert own_sign_in.end(here, ids=ids, now=now) == 1


def test_it_stands_in_the_audit(now: datetime) -> None:
    register(now, "ハナ", "volunteer")
    here, there = at_tablet(now), at_tablet(now)
    own_sign_in.end(here, ids=[sessions.digest(there)], secret=PIN, now=now)
    [noted] = store.rows("SELECT person_id, facts FROM audit WHERE what = 'own_sign_in.end'")
    assert noted["person_id"] == "ハナ"
    assert '"ended":1' in noted["facts"]


def test_a_session_that_is_over_is_signed_out_for_good(now: datetime) -> None:
    """A PIN makes a volunteer's session anew for some hours after its end, but not then."""
    register(now, "ハナ", "volunteer")
    token, late = at_tablet(now), now + sessions.LASTS + timedelta(minutes=1)
    sessions.sign_out(token, now=late)
    with refuses("sign_in_first"):
        sessions.prove(token, secret=PIN, now=late)


@pytest.fixture
def browser(database: str) -> Iterator[TestClient]:  # noqa: ARG001 - it must be there
    app = Starlette(routes=ROUTES)
    with TestClient(app, base_url=OURS["origin"], follow_redirects=False) as client:
        yield client


def test_the_page_leads_to_what_one_may_change(browser: TestClient) -> None:
    assert browser.get("/my-sign-in").headers["location"] == "/sign-in?next=/my-sign-in"
    now = times.now()
    register(now, "ハナ", "volunteer")
    register(now, "ヨシコ", "planner")
    shared(browser)
    web_sign_in(browser, "ハナ", PIN)
    page = browser.get("/my-sign-in").text
    links = {"/new-secret", "/sign-out", "/today"}
    assert set(re.findall(r'href="(/[^"?]+)', page)) == links
    assert "ほかではサインインしていません" in page
    web_sign_in(browser, "ヨシコ", PASSWORD)
    page = browser.get("/my-sign-in?lang=en").text
    links = {"/new-secret", "/authenticator", "/sign-out", "/neighbourhoods"}
    assert set(re.findall(r'href="(/[^"?]+)\?lang=en"', page)) == links


def test_sessions_end_by_a_form_that_keeps_what_was_chosen(browser: TestClient) -> None:
    now = times.now()
    register(now, "ハナ", "volunteer")
    shared(browser)
    web_sign_in(browser, "ハナ", PIN)
    first, second = at_tablet(now), at_tablet(now)
    page = browser.get("/my-sign-in").text
    assert page.count('type="checkbox"') == page.count(" checked>") == 2
    send = {"session": sessions.digest(first), "secret": "000000"}
    wrong = browser.post("/my-sign-in", data=send, headers=OURS)
    assert wrong.status_code == 422
    assert (wrong.text.count('type="checkbox"'), wrong.text.count(" checked>")) == (2, 1)
    assert "000000" not in wrong.text
    done = browser.post("/my-sign-in", data={**send, "secret": PIN}, headers=OURS)
    assert "ほかの1か所をサインアウトしました" in done.text
    assert names(first, second, now=now) == ["", "ハナ"]
    for origin in ("https://evil.example", "null"):
        evil = {"session": sessions.digest(second), "secret": PIN}
        answer = browser.post("/my-sign-in", data=evil, headers={"origin": origin})
        assert answer.status_code == 403
    assert names(second, now=now) == ["ハナ"]


def test_what_must_come_first_comes_first(browser: TestClient) -> None:
    now = times.now()
    people.add(person("admin"), id="h", name="ハナ", role="staff", secret=PASSWORD, now=now)
    web_sign_in(browser, "ハナ", PASSWORD)
    assert browser.get("/my-sign-in").headers["location"] == "/authenticator"
    enrol("ハナ")
    assert browser.get("/my-sign-in").status_code == 200
    sessions.lock(browser.cookies[sessions.COOKIE], now=now)
    page = browser.get("/my-sign-in")
    assert page.status_code == 403
    assert "画面に鍵がかかっています" in page.text
