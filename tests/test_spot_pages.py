"""One Wi-Fi spot: its page in three languages, one tap when it fails, the check at the place."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import people, sessions, store, times, wifi, wifi_checks
from desk.language import PUBLIC_LANGUAGES
from tests.axe import serious
from tests.conftest import NOW, STAFF_SECRET, enrol, person, shared, web_sign_in
from tests.test_class_pages import links, text_of
from web import pages, spot, visitors
from web.routes import ROUTES

HOST = "http://desk.example"
ONE, TWO, CLOSED_ONE = "042111W01", "042111W02", "042111W05"
HOSTILE = "<script>alert(1)</script>\"'&{{1009*1013}}"
sqlite = pytest.mark.parametrize("city", ["sqlite"], indirect=True)


@pytest.fixture
def desk(city: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:  # noqa: ARG001
    monkeypatch.setattr(times, "now", lambda: NOW)
    monkeypatch.setenv("DESK_ADDRESS", "https://desk.city.example")
    spot.reports.storage.reset()
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def change(id: str = ONE, **facts: object) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in facts)
    with store.transaction() as write:
        assert write.run(f"UPDATE wifi_spot SET {columns} WHERE id = :id", id=id, **facts) == 1


def said(desk: TestClient, id: str = ONE, lang: str = "ja") -> str:
    answer = desk.get(f"/wifi/{id}?lang={lang}")
    assert answer.status_code == 200
    return text_of(answer.text)


def rows() -> list[store.Row]:
    return store.rows("SELECT spot_id, kind, person_id FROM wifi_check ORDER BY at, id")


# The page


def test_the_page_says_where_when_and_what_there_is(desk: TestClient) -> None:
    japanese = said(desk)
    for words in (
        "岩沼市役所 1階ロビー（見本） 見本 1階ロビー",
        "● いま使えます・17時15分まで",
        "？ Wi-Fi：使えるか分かりません",
        "84日前に確かめました (2026年9月1日)",
        "ネットワークの名前 MIHON_Free_WiFi_1 パスワード いりません",
        "住所 宮城県岩沼市桜一丁目6-20",
        "使える時間 月〜金 8:30〜17:15 休み：祝日、12月29日〜1月3日",
        "11月24日（火） 8:30〜17:15",
        "11月28日（土） 休み",
        "すわる席 ○ 8席",
        "コンセント ○ あります",
        "車いす ○ 入れます",
        "名前やメールの登録 ○ いりません",
        "時間の制限 ○ ありません",
        "市役所 スマホ相談窓口（見本） 月・水・金 10:00〜12:00（見本）",
    ):
        assert words in japanese
    english = said(desk, lang="en")
    for words in (
        "● Open now, until 17:15",
        "Checked 84 days ago (1 September 2026)",
        "Opening hours Mon–Fri 8:30–17:15 Closed: National holidays, 29 Dec–3 Jan",
        "Seats to sit on ○ 8 chairs",
    ):
        assert words in english
    assert "● いま つかえます。17時15分まで" in said(desk, lang="easy")


def test_what_nobody_knows_is_said_to_be_unknown(desk: TestClient) -> None:
    change(
        seats=None,
        sockets=None,
        wheelchair=None,
        registration=None,
        minutes_limit=None,
        days="",
        opens="",
        closes="",
        checked_on="",
        venue_id="",
        name="どこか",
        address="",
        area="",
    )
    japanese = said(desk)
    assert japanese.count("？ 分かりません") == 5
    assert "？ 使える時間は分かりません" in japanese
    assert "使える時間 使える時間は分かりません" in japanese
    assert "▲ 180日以上 確かめていません" in japanese
    assert "住所" not in japanese
    assert said(desk, lang="en").count("？ Nobody knows") == 5
    assert said(desk, lang="easy").count("？ わかりません") == 5


def test_no_is_not_unknown(desk: TestClient) -> None:
    change(seats=0, sockets=0, wheelchair=0, registration=1, minutes_limit=30)
    japanese = said(desk)
    for words in (
        "すわる席 × ありません",
        "コンセント × ありません",
        "車いす × 入れません",
        "名前やメールの登録 △ いります",
        "時間の制限 △ 30分まで",
    ):
        assert words in japanese
    change(minutes_limit=1)
    assert "Cut off after a time △ After 1 minute " in said(desk, lang="en")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("working", "● Wi-Fi：使えます きょう確かめました"),
        ("partly", "▲ Wi-Fi：一部だけ使えます きょう確かめました"),
        ("not_working", "× Wi-Fi：使えません きょう確かめました"),
    ],
)
def test_what_staff_found_is_shown_at_once(desk: TestClient, kind: str, words: str) -> None:
    wifi_checks.confirm(person("staff"), spot_id=ONE, kind=kind, id="c", now=NOW)
    assert words in said(desk)
    # Whoever is told that it does not work is not told that it can be used now.
    assert ("いま使えます" in said(desk)) == (kind != "not_working")
    assert "つながりません」の知らせ" not in said(desk)
    for n in range(2):
        wifi_checks.report(ONE, id=f"r{n}", now=NOW + timedelta(minutes=1 + n))
    assert "「つながりません」の知らせが2件あります。 職員が確かめます。" in said(desk)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime.fromisoformat("2026-11-24T08:00:00+09:00"), "■ いまは使えません・きょう8時30分"),
        (datetime.fromisoformat("2026-11-24T18:00:00+09:00"), "■ いまは使えません・あす8時30分"),
        (datetime.fromisoformat("2026-11-22T10:00:00+09:00"), "・11月24日（火） 8時30分から"),
    ],
)
def test_a_closed_place_says_when_it_opens(
    desk: TestClient, monkeypatch: pytest.MonkeyPatch, now: datetime, words: str
) -> None:
    monkeypatch.setattr(times, "now", lambda: now)
    assert words in said(desk)


def test_steps_are_those_of_the_place_or_else_our_own(desk: TestClient) -> None:
    page = desk.get(f"/wifi/{ONE}").text
    steps = re.findall(r"<li>([^<]+)</li>", page.split('<ol class="steps"')[1].split("</ol>")[0])
    assert steps == wifi.spot(ONE).steps
    assert "iPhone</h3>" not in page
    change(how="")
    for lang, tap in (("ja", "を押します"), ("easy", "を おします"), ("en", "Tap")):
        page = desk.get(f"/wifi/{ONE}?lang={lang}").text
        lists = [one.split("</ol>")[0] for one in page.split('<ol class="steps"')[1:]]
        assert [one.count("<li>") for one in lists] == [5, 5]
        assert page.index("<h3>iPhone") < page.index("<h3>Android")
        for one in lists:
            assert tap in one
            assert "MIHON_Free_WiFi_1" in one
    # English readers get steps they can read, whatever the place wrote.
    english = desk.get(f"/wifi/{CLOSED_ONE}?lang=en").text
    assert "Type the password and tap" in english
    assert "を おします" not in english
    assert "mihon-0001" in english


def test_a_network_without_a_known_name_offers_no_code(desk: TestClient) -> None:
    change(ssid="")
    page = desk.get(f"/wifi/{ONE}").text
    assert "ネットワークの名前が分かりません。その場所で聞いてください。" in page
    assert "<svg" not in page
    card = desk.get(f"/wifi/{ONE}/card")
    assert card.status_code == 200
    assert card.text.count("<svg") == 1  # the page's own address


@pytest.mark.parametrize("lang", PUBLIC_LANGUAGES)
def test_every_page_is_light_whole_and_asks_no_other_host(desk: TestClient, lang: str) -> None:
    for one in wifi.spots():
        for path in (f"/wifi/{one.id}", f"/wifi/{one.id}/card"):
            answer = desk.get(f"{path}?lang={lang}")
            assert len(answer.content) <= 60_000
            assert f'<html lang="{"ja" if lang == "easy" else lang}">' in answer.text
            assert not re.search(r"<script|<link|<img|src=|@import|url\(", answer.text)
            for href in links(answer.text):
                assert href.startswith(("/", "?lang=", "geo:", "maps:")), href
    found = links(desk.get(f"/wifi/{ONE}?lang={lang}").text)
    mark = "" if lang == "ja" else f"?lang={lang}"
    for href in (
        f"/wifi?town={quote('042111-桜一丁目')}{mark.replace('?', '&')}",
        f"/wifi/{ONE}/card{mark}",
        f"/wifi/{ONE}/check{mark}",
        "geo:38.104444,140.870000?q=38.104444,140.870000",
    ):
        assert href in found
    assert {f"?lang={other}" for other in PUBLIC_LANGUAGES if other != lang} <= set(found)


def test_names_are_text_and_never_part_of_the_page(desk: TestClient) -> None:
    texts = ("name", "area", "address", "ssid", "how", "note", "hours_note", "provider")
    change(**dict.fromkeys(texts, HOSTILE), security="WPA", password=HOSTILE)
    wifi_checks.report(ONE, id="r", now=NOW)
    who = sign_in(desk, "staff")
    for path in ("", "/card", "/check"):
        page = desk.get(f"/wifi/{ONE}{path}").text
        assert "alert(1)" in page
        assert "<script>" not in page
        assert str(1009 * 1013) not in page
    thanks = desk.post(f"/wifi/{ONE}/report").text
    assert "alert(1)" in thanks
    assert "<script>" not in thanks
    assert who.role == "staff"


def test_a_place_with_an_odd_id_has_its_page(desk: TestClient) -> None:
    odd = "042111-玉浦 #1?"
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET id = :odd WHERE id = :id", odd=odd, id=ONE)
    page = desk.get(f"/wifi/{quote(odd, safe='')}")
    assert page.status_code == 200
    for href in links(page.text):
        if href.startswith("/wifi/"):
            assert desk.get(href).status_code in (200, 303)


@pytest.mark.parametrize("path", ["", "/card", "/report"])
def test_an_unknown_place_leads_to_the_list(desk: TestClient, path: str) -> None:
    change(active=0)
    for id in ("none", "../x", ONE):
        address = f"/wifi/{quote(id, safe='')}{path}?lang=en"
        answer = desk.get(address)
        assert answer.status_code == 404
        assert "/wifi?lang=en" in links(answer.text) or answer.text == "Not Found"
    assert desk.post(f"/wifi/{ONE}/report").status_code == 404
    assert rows() == []


def test_the_list_as_data_is_no_place(desk: TestClient) -> None:
    answer = desk.get("/wifi.geojson")
    assert "Wi-Fiスポット" not in answer.text


def test_a_page_seen_before_is_not_sent_again(desk: TestClient) -> None:
    for path in (f"/wifi/{ONE}", f"/wifi/{ONE}/card"):
        first = desk.get(path)
        assert first.headers["cache-control"] == "public, max-age=60"
        again = desk.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        wifi_checks.confirm(person("staff"), spot_id=ONE, kind="working", id=path, now=NOW)
        again = desk.get(path, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == (200 if path == f"/wifi/{ONE}" else 304)


# 「つながりません」


def test_one_tap_tells_the_staff_and_says_what_happens_next(desk: TestClient) -> None:
    done = desk.post(f"/wifi/{ONE}/report")
    assert done.status_code == 200
    assert done.headers["cache-control"] == "no-store"
    assert "ありがとうございます" in done.text
    assert "職員の一覧のいちばん上" in done.text
    assert f"/wifi/{ONE}" in links(done.text)
    assert rows() == [{"spot_id": ONE, "kind": "reported", "person_id": None}]
    first = wifi_checks.due(person("staff"), now=NOW)[0]
    assert (first.spot.id, first.spot.reports) == (ONE, 1)


def test_the_button_on_the_page_is_that_tap(desk: TestClient) -> None:
    page = desk.get(f"/wifi/{ONE}?lang=en").text
    [form] = re.findall(r"<form.*?</form>", page, flags=re.S)
    assert 'method="post"' in form
    assert f'action="/wifi/{ONE}/report?lang=en"' in form
    assert "<input" not in form
    assert form.count("<button") == 1
    assert "Thank you" in desk.post(f"/wifi/{ONE}/report?lang=en").text


def test_a_visitor_is_counted_once_a_day_for_a_place(city: str) -> None:  # noqa: ARG001
    spot.reports.storage.reset()
    app = Starlette(routes=ROUTES)

    def tap(address: str, id: str = ONE) -> int:
        with TestClient(app, client=(address, 50_000)) as client:
            return client.post(f"/wifi/{id}/report").status_code

    for address, id, count in (
        ("203.0.113.7", ONE, 1),
        ("203.0.113.7", ONE, 1),
        ("203.0.113.7", TWO, 2),
        ("203.0.113.8", ONE, 3),
        # A household has one network of IPv6, and many addresses in it.
        ("2001:db8:1:2::1", ONE, 4),
        ("2001:db8:1:2::2", ONE, 4),
        ("2001:db8:1:3::1", ONE, 5),
    ):
        assert tap(address, id) == 200
        assert len(rows()) == count
    assert visitors.ONE_A_DAY.get_expiry() == 24 * 60 * 60
    kept = f"{vars(spot.reports.storage)}{store.rows('SELECT * FROM wifi_check')}"
    assert kept.count(ONE) > 5
    assert not re.search(r"203\.0|2001:db8", kept)


def test_a_flood_of_reports_is_refused(desk: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [one.id for one in wifi.spots()]
    most = spot.OF_A_VISITOR.amount
    assert most < len(ids)
    answers = [desk.post(f"/wifi/{id}/report").status_code for id in ids]
    assert answers == [200] * most + [429] * (len(ids) - most)
    assert len(rows()) == most
    # And all visitors together: each of these comes from a place of their own.
    numbers = iter(range(1000))
    monkeypatch.setattr(pages, "visitor", lambda _request: str(next(numbers)))
    answers = [desk.post(f"/wifi/{ONE}/report").status_code for _n in range(300)]
    assert answers.count(200) == spot.OF_ALL.amount - most
    assert answers[-1] == 429
    assert len(rows()) == spot.OF_ALL.amount


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{HOST}.evil.example"])
@pytest.mark.parametrize("path", ["report", "check"])
def test_a_form_of_another_site_does_nothing(desk: TestClient, path: str, origin: str) -> None:
    sign_in(desk, "staff")
    answer = desk.post(
        f"/wifi/{ONE}/{path}", data={"kind": "working", "id": "x"}, headers={"origin": origin}
    )
    assert answer.status_code == 403
    assert rows() == []
    desk.post(f"/wifi/{ONE}/{path}", data={"kind": "working", "id": "x"}, headers={"origin": HOST})
    assert len(rows()) == 1


def test_the_thanks_have_no_address_of_their_own(desk: TestClient) -> None:
    for lang, goal in (("", f"/wifi/{ONE}"), ("?lang=easy", f"/wifi/{ONE}?lang=easy")):
        answer = desk.get(f"/wifi/{ONE}/report{lang}")
        assert (answer.status_code, answer.headers["location"]) == (303, goal)
    thanks = desk.post(f"/wifi/{ONE}/report")
    assert f"/wifi/{ONE}?lang=en" in links(thanks.text)
    assert len(rows()) == 1


# The check at the place


def sign_in(desk: TestClient, role: str) -> people.Actor:
    """Somebody of a role, signed in on this browser."""
    name = f"あかり {role}"
    secret = "482915" if role == "volunteer" else STAFF_SECRET
    people.add(person("admin"), id=name, name=name, role=role, secret=secret, now=NOW)
    shared(desk)
    if role != "volunteer":
        enrol(name)
    done = web_sign_in(desk, name, secret)
    assert done.status_code == 303
    return sessions.actor_of(desk.cookies[sessions.COOKIE], now=NOW)


@pytest.mark.parametrize("lang", ["", "?lang=en"])
def test_who_is_not_signed_in_signs_in_and_comes_back(desk: TestClient, lang: str) -> None:
    name = "あかり"
    people.add(person("admin"), id=name, name=name, role="staff", secret=STAFF_SECRET, now=NOW)
    enrol(name)
    asked = desk.get(f"/wifi/{ONE}/check{lang}")
    assert asked.status_code == 303
    form = asked.headers["location"]
    assert form.startswith("/sign-in?next=")
    assert desk.get(form).status_code == 200
    wrong = desk.post(form, data={"name": name, "secret": "x"})
    assert wrong.status_code == 401
    done = web_sign_in(desk, name, STAFF_SECRET, form.removeprefix("/sign-in"))
    assert (done.status_code, done.headers["location"]) == (303, f"/wifi/{ONE}/check{lang}")
    there = desk.get(done.headers["location"])
    assert there.status_code == 200
    assert ("Could you use" in there.text) == bool(lang)
    # A tap after the session ended is not lost without a word either.
    desk.cookies.clear()
    lost = desk.post(f"/wifi/{ONE}/check", data={"kind": "working", "id": "x"})
    assert lost.headers["location"].startswith("/sign-in?next=")
    assert rows() == []


@pytest.mark.parametrize("role", ["volunteer", "planner"])
def test_others_may_not_check(desk: TestClient, role: str) -> None:
    sign_in(desk, role)
    assert desk.get(f"/wifi/{ONE}/check").status_code == 403
    answer = desk.post(f"/wifi/{ONE}/check", data={"kind": "working", "id": "x"})
    assert answer.status_code == 403
    assert rows() == []


@pytest.mark.parametrize("kind", wifi_checks.KINDS)
def test_one_tap_writes_the_day_down(desk: TestClient, kind: str) -> None:
    who = sign_in(desk, "staff")
    wifi_checks.report(ONE, id="r", now=NOW - timedelta(minutes=1))
    page = desk.get(f"/wifi/{ONE}/check")
    assert page.headers["cache-control"] == "no-store"
    assert "「つながりません」の知らせが1件あります。" in page.text
    assert "<script" not in page.text
    assert re.findall(r'name="kind" value="(\w+)"', page.text) == list(wifi_checks.KINDS)
    [id] = re.findall(r'name="id" value="([^"]+)"', page.text)
    for _tap in range(2):
        done = desk.post(f"/wifi/{ONE}/check", data={"id": id, "kind": kind})
        assert done.status_code == 200
        assert "記録しました" in done.text
        assert "11月24日（火） 10:00" in done.text
    assert rows()[1:] == [{"spot_id": ONE, "kind": kind, "person_id": who.id}]
    found = wifi.spot(ONE)
    assert (found.checked_on, found.state, found.reports) == (times.today(NOW), kind, 0)

    [undo] = re.findall(r'name="undo" value="([^"]+)"', done.text)
    back = desk.post(f"/wifi/{ONE}/check", data={"undo": undo})
    assert back.status_code == 200
    assert "取り消しました" in back.text
    assert re.findall(r'name="kind" value="(\w+)"', back.text) == list(wifi_checks.KINDS)
    assert id not in re.findall(r'name="id" value="([^"]+)"', back.text)
    found = wifi.spot(ONE)
    assert (found.checked_on, found.state, found.reports) == (
        times.today(NOW).replace(month=9, day=1),
        "unknown",
        1,
    )


def test_a_form_that_says_nothing_writes_nothing(desk: TestClient) -> None:
    sign_in(desk, "admin")
    for facts in ({"id": "x"}, {"id": "x", "kind": "reported"}, {"undo": "none"}):
        answer = desk.post(f"/wifi/{ONE}/check", data=facts)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert desk.post("/wifi/none/check", data={"id": "x", "kind": "working"}).status_code == 404
    assert rows() == []


# In a browser


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 360, "height": 740})
    yield opened
    opened.close()


def every_page(desk: TestClient) -> dict[str, str]:
    """Each page of a spot, in each of its states."""
    sign_in(desk, "staff")
    change(TWO, name="ながい名前の施設" * 6, ssid="Free_WiFi_with_a_very_long_name_" * 2, how="")
    wifi_checks.confirm(person("staff"), spot_id=TWO, kind="not_working", id="c", now=NOW)
    wifi_checks.report(TWO, id="r", now=NOW + timedelta(seconds=1))
    found = {
        f"{id} {lang}": desk.get(f"/wifi/{id}?lang={lang}").text
        for id in (ONE, TWO, CLOSED_ONE)
        for lang in PUBLIC_LANGUAGES
    }
    check = f"/wifi/{ONE}/check"
    return {
        **found,
        "card": desk.get(f"/wifi/{ONE}/card").text,
        "long card": desk.get(f"/wifi/{TWO}/card?lang=en").text,
        "unknown": desk.get("/wifi/none").text,
        "thanks": desk.post(f"/wifi/{ONE}/report").text,
        "check": desk.get(check).text,
        "receipt": desk.post(check, data={"id": "i", "kind": "working"}).text,
        "back": desk.post(check, data={"undo": "i"}).text,
        "wrong": desk.post(check, data={"undo": "none"}).text,
    }


@pytest.mark.browser
@sqlite
def test_no_page_keeps_anybody_out(desk: TestClient, phone: Page) -> None:
    for name, page in every_page(desk).items():
        phone.set_content(page)
        assert serious(phone) == [], name


@pytest.mark.browser
@sqlite
def test_text_twice_as_large_needs_no_sideways_scroll(desk: TestClient, phone: Page) -> None:
    for name, page in every_page(desk).items():
        for size in ("100%", "200%"):
            phone.set_content(page)
            # As a phone's own setting does: the root's size, and what is counted in points.
            phone.add_style_tag(content=f"html {{ font-size: calc(18px * {size}) !important; }}")
            for one in phone.locator("details").all():
                one.evaluate("e => e.open = true")
            wide = phone.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, (name, size)


@pytest.mark.browser
@sqlite
def test_what_is_tapped_is_large_enough(desk: TestClient, phone: Page) -> None:
    for name, page in every_page(desk).items():
        phone.set_content(page)
        for one in phone.locator("main button, main a.button, p.next a, summary").all():
            box = one.bounding_box()
            assert box
            assert box["height"] >= 44, (name, one.inner_text())
