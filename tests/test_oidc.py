"""The city's account: what counts is of this provider, of now, and of somebody registered."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import handover, oidc, people, sessions, store, times
from desk.people import Actor
from tests import server as servers
from tests.conftest import person, prepare, refuses
from tests.provider import Provider, provider, secrets_file
from tests.walk import PATIENCE, Walker
from web.routes import ROUTES

ISSUER, DEVICE = "https://login.example.jp", "browser-browser-browse"


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_OIDC_ISSUER", ISSUER)


def said(now: datetime, **changes: Any) -> dict[str, Any]:
    """What the provider says of Hana a moment ago."""
    at = int(now.timestamp())
    facts = {"iss": ISSUER, "sub": "a1b2-hana", "iat": at - 3, "exp": at + 3600}
    return {key: value for key, value in {**facts, **changes}.items() if value is not None}


def register(now: datetime, account: str = "a1b2-hana", **facts: Any) -> None:
    form = {"id": "h", "name": "ハナ", "role": "staff", "account": account, "now": now, **facts}
    people.add(person("admin"), **form)


MINUTE = 60


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://login.evil.example"}, "city_wrong"),
        ({"iss": ISSUER + "/"}, "city_wrong"),
        ({"iss": None}, "city_wrong"),
        ({"sub": None}, "city_wrong"),
        ({"sub": ""}, "city_wrong"),
        ({"sub": 12}, "city_wrong"),
        ({"iat": None}, "city_wrong"),
        ({"exp": None}, "city_wrong"),
        ({"iat": "now"}, "city_wrong"),
        ({"exp": True}, "city_wrong"),
        ({"exp": 1e300}, "city_wrong"),
        ({"exp": -1}, "city_late"),
        ({"exp": 0}, "city_late"),
        ({"iat": -5 * MINUTE - 1}, "city_late"),
        ({"iat": MINUTE + 1}, "city_late"),
        ({"iat": -30 * 24 * 60 * MINUTE}, "city_late"),
    ],
)
def test_asvs_6_8_what_does_not_count(changes: dict[str, Any], code: str, now: datetime) -> None:
    at = int(now.timestamp())
    moved = {
        key: value + at if key in ("iat", "exp") and type(value) is int else value
        for key, value in changes.items()
    }
    with refuses(code):
        oidc.check(said(now, **moved), now=now)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("changes", [{}, {"iat": -5 * MINUTE}, {"iat": MINUTE}, {"exp": 1}])
def test_what_counts(changes: dict[str, int], now: datetime) -> None:
    moved = {key: value + int(now.timestamp()) for key, value in changes.items()}
    assert oidc.check(said(now, **moved), now=now) == "a1b2-hana"


def test_without_a_provider_nothing_counts(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_OIDC_ISSUER", raising=False)
    assert not oidc.configured()
    for issuer in ("", ISSUER):
        with refuses("city_wrong"):
            oidc.check(said(now, iss=issuer), now=now)


@pytest.mark.usefixtures("database", "configured")
def test_who_is_registered_gets_a_session_of_ours(now: datetime) -> None:
    register(now)
    secret = handover.arrive(said(now), device=DEVICE, now=now)
    assert secret.isalpha()
    assert secret not in repr(store.rows("SELECT * FROM handover"))
    token = handover.take(secret=secret, device=DEVICE, now=now)
    hana = sessions.actor_of(token, now=now)
    assert (hana, hana.ready) == (Actor("h", "ハナ", "staff"), True)
    assert sessions.actor_of(token, now=now + sessions.LASTS) == people.PUBLIC


@pytest.mark.usefixtures("database", "configured")
def test_a_secret_is_for_one_use_one_minute_and_one_browser(now: datetime) -> None:
    register(now)
    used, old, other = (handover.arrive(said(now), device=DEVICE, now=now) for _ in range(3))
    handover.take(secret=used, device=DEVICE, now=now)
    late = now + timedelta(minutes=1, seconds=1)
    tries = (
        (used, DEVICE, now),
        (old, DEVICE, late),
        (old, DEVICE, now),  # a try too late has used it up
        (other, "another-browser-anothe", now),
        (other, "", now),
        ("invented", DEVICE, now),
        ("", DEVICE, now),
    )
    for secret, device, moment in tries:
        with refuses("city_late"):
            handover.take(secret=secret, device=device, now=moment)
    assert handover.take(secret=other, device=DEVICE, now=now)
    with refuses("city_elsewhere"):
        handover.arrive(said(now), device="", now=now)


@pytest.mark.usefixtures("database", "configured")
def test_nobody_is_registered_by_signing_in(now: datetime) -> None:
    register(now)
    before = store.rows("SELECT * FROM person ORDER BY id")
    for changes in ({"sub": "another"}, {"sub": "another", "name": "ハナ", "email": "h@x.jp"}):
        with refuses("city_unknown"):
            handover.arrive(said(now, **changes), device=DEVICE, now=now)
    assert store.rows("SELECT * FROM person ORDER BY id") == before
    assert store.rows("SELECT * FROM handover") == []


@pytest.mark.usefixtures("database", "configured")
def test_an_address_counts_once_it_is_verified_and_then_the_id_does(now: datetime) -> None:
    register(now, account="Hana@city.example")
    mail = {"email": "hana@CITY.example"}
    for verified in ({}, {"email_verified": False}, {"email_verified": "true"}):
        with refuses("city_unknown"):
            handover.arrive(said(now, **mail, **verified), device=DEVICE, now=now)
    assert handover.arrive(said(now, **mail, email_verified=True), device=DEVICE, now=now)
    # The address may go to somebody else later; the id never does.
    assert handover.arrive(said(now), device=DEVICE, now=now)
    with refuses("city_unknown"):
        handover.arrive(
            said(now, sub="another", **mail, email_verified=True), device=DEVICE, now=now
        )


@pytest.mark.usefixtures("database", "configured")
def test_whose_access_is_over_is_not_let_in(now: datetime) -> None:
    register(now, expires_on=times.today(now))
    secret = handover.arrive(said(now), device=DEVICE, now=now)
    tomorrow = now + timedelta(days=1)
    with refuses("access_over"):
        handover.arrive(said(tomorrow), device=DEVICE, now=tomorrow)
    people.retire(person("admin"), person_id="h", now=now)
    with refuses("city_late"):
        handover.take(secret=secret, device=DEVICE, now=now)


@pytest.fixture
def browser(database: str) -> Iterator[TestClient]:  # noqa: ARG001 - it must be there
    host = "http://desk.example"
    with TestClient(Starlette(routes=ROUTES), base_url=host, follow_redirects=False) as client:
        yield client


@pytest.mark.usefixtures("configured")
def test_the_way_back_sets_our_cookie_and_drops_streamlits(browser: TestClient) -> None:
    now = times.now()
    register(now)
    begun = browser.get("/sign-in/city?lang=en")
    assert begun.headers["location"] == "/city-account?lang=en"
    device = browser.cookies[sessions.DEVICE_COOKIE]
    secret = handover.arrive(said(now), device=device, now=now)
    for name in ("_streamlit_user", "_streamlit_user_1", "_streamlit_user_tokens"):
        browser.cookies.set(name, "x", domain="desk.example", path="/")
    done = browser.get(f"/sign-in/handover?key={secret}")
    assert (done.status_code, done.headers["location"]) == (303, "/today")
    assert done.headers["referrer-policy"] == "no-referrer"
    assert sessions.actor_of(browser.cookies[sessions.COOKIE], now=times.now()).name == "ハナ"
    assert [name for name in browser.cookies if name.startswith("_streamlit")] == []
    again = browser.get(f"/sign-in/handover?key={secret}&lang=en")
    assert again.status_code == 401
    assert "too long ago" in again.text
    assert "set-cookie" not in again.headers


@pytest.mark.usefixtures("configured")
def test_no_other_sites_page_hands_a_secret_over(browser: TestClient) -> None:
    register(times.now())
    browser.get("/sign-in/city")
    device = browser.cookies[sessions.DEVICE_COOKIE]
    secret = handover.arrive(said(times.now()), device=device, now=times.now())
    led = browser.get(f"/sign-in/handover?key={secret}", headers={"sec-fetch-site": "cross-site"})
    assert (led.status_code, sessions.COOKIE in browser.cookies) == (403, False)
    ours = browser.get(f"/sign-in/handover?key={secret}", headers={"sec-fetch-site": "same-origin"})
    assert ours.status_code == 303


def test_without_a_provider_there_is_no_such_door(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESK_OIDC_ISSUER", raising=False)
    assert "/sign-in/city" not in browser.get("/sign-in").text
    assert browser.get("/sign-in/city").headers["location"] == "/sign-in"
    monkeypatch.setenv("DESK_OIDC_ISSUER", ISSUER)
    assert "市のアカウントでサインイン" in browser.get("/sign-in").text


@pytest.mark.browser
@pytest.mark.server
def test_a_journey_by_the_citys_account(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, secrets = str(tmp_path / "desk.sqlite3"), tmp_path / "secrets.toml"
    prepare(database)
    with provider() as found:
        monkeypatch.setenv("DESK_OIDC_ISSUER", found.address)
        monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(secrets))
        store.use(database)
        register(times.now())
        store.use(None)
        desk = servers.Killable(database, tmp_path / "log")
        secrets.write_text(secrets_file(found, desk.address))
        try:
            desk.start()
            walker = Walker(chromium, desk.address)
            journey(walker, found)
            walker.close()
        finally:
            desk.stop()


def journey(walker: Walker, found: Provider) -> None:
    page = walker.page

    def come(text: str) -> None:
        page.goto(f"{walker.address}/sign-in")
        page.get_by_text("市のアカウントでサインイン").click()
        expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE * 1000)

    come("この市のアカウントは登録されていないので")  # "nobody"
    expect(page.get_by_text("nobody", exact=True)).to_be_visible()  # to tell the administrator
    assert cookie(walker, sessions.COOKIE) == ""
    found.claims = {"sub": "a1b2-hana", "iss": "https://login.evil.example"}
    come("無料Wi-Fi")  # refused before it comes to us
    assert cookie(walker, sessions.COOKIE) == ""
    found.claims = {"sub": "a1b2-hana"}
    for signed in ("another", "nobody"):
        found.signs = signed
        come("無料Wi-Fi")  # refused too: nobody vouches for it
        assert cookie(walker, sessions.COOKIE) == ""
    found.signs = "own"
    now = int(times.now().timestamp())
    found.claims = {"sub": "a1b2-hana", "iat": now - 3600}
    come("市のサインインから時間がたちました")
    assert cookie(walker, sessions.COOKIE) == ""
    found.claims = {"sub": "a1b2-hana"}
    come("席をはなれる（ハナ）")
    assert urlsplit(page.url).path == "/today"
    assert "key" not in dict(parse_qsl(urlsplit(page.url).query))
    assert cookie(walker, sessions.COOKIE)
    assert cookie(walker, "_streamlit_user") == ""
    page.goto(f"{walker.address}/sign-out")
    walker.open("/today")
    assert "サインイン" in walker.text()
    assert cookie(walker, sessions.COOKIE) == ""


def cookie(walker: Walker, name: str) -> str:
    return next((one["value"] for one in walker.context.cookies() if one["name"] == name), "")
