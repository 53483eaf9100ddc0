"""手続きナビ for residents: found as one speaks, three questions at most, no search kept."""

import re
from collections.abc import Iterator
from html import escape

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import store, times
from desk.guide import faces, flow, misses, procedures
from desk.guide.now import fitting
from desk.guide.procedures import CURRENT, GROUPS, HERE, Procedure, Way
from tests.conftest import NOW, person
from tests.test_class_pages import links, text_of
from web import guide, kept
from web.routes import ROUTES

HOST = "http://desk.example"
EVERY = procedures.in_folder(procedures.FOLDER)
NUMBER = "983205673214"
MOST_BYTES = 60_000


@pytest.fixture
def desk(city: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:  # noqa: ARG001
    monkeypatch.setattr(times, "now", lambda: NOW)
    monkeypatch.setenv("DESK_TELEPHONE", "0223-22-1111")
    guide.counted.storage.reset()
    kept.forget()
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client
    kept.forget()


def listed() -> list[tuple[str, int]]:
    return [(one.words, one.count) for one in misses.open_misses(person("staff"))]


@pytest.mark.parametrize("lang", ["ja", "easy", "en"])
def test_the_start_has_a_search_box_and_every_group(desk: TestClient, lang: str) -> None:
    page = desk.get(f"/guide?lang={lang}").text
    assert 'action="/guide/search"' in page
    assert 'method="get"' in page
    found = {one for link in links(page) for one in re.findall(r"^/guide\?group=(\w+)", link)}
    assert found == set(GROUPS)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_its_procedures(desk: TestClient, group: str) -> None:
    page = desk.get(f"/guide?group={group}").text
    wanted = {f"/guide/{one.id}" for one in EVERY.values() if one.group == group}
    assert {link for link in links(page) if link.startswith("/guide/")} == wanted


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ("カードの期限が切れる", "card-renew"),
        ("ワイファイ", "wifi-join"),
        ("赤ちゃんができた", "ninshin-todoke"),
    ],
)
def test_what_people_say_is_answered_and_kept_by_nobody(
    desk: TestClient, words: str, id: str
) -> None:
    answer = desk.get("/guide/search", params={"q": words})
    assert f"/guide/{id}" in links(answer.text)[:12]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert len(kept.memory) == 0
    assert listed() == []


def test_no_search_ends_on_an_empty_page(desk: TestClient) -> None:
    for words in ("宇宙旅行", "x", "?", ""):
        page = desk.get("/guide/search", params={"q": words}).text
        assert "窓口で聞く" in text_of(page)
        assert "/guide?group=card" in links(page)
        if words:
            assert len([one for one in links(page) if re.fullmatch(r"/guide/[\w-]+", one)]) == 8


def test_what_nobody_finds_is_counted_once_a_day_for_a_visitor(desk: TestClient) -> None:
    for _ in range(3):
        desk.get("/guide/search", params={"q": "宇宙旅行"})
    assert listed() == [("宇宙旅行", 1)]
    for n in range(40):
        desk.get("/guide/search", params={"q": f"火星{'あ' * (n % 7)}旅行{n}"})
    assert sum(count for _words, count in listed()) <= 20


@pytest.mark.parametrize("lang", ["ja", "easy", "en"])
def test_a_number_is_neither_searched_for_nor_shown_nor_kept(desk: TestClient, lang: str) -> None:
    answer = desk.get("/guide/search", params={"q": f"番号 {NUMBER}", "lang": lang})
    assert answer.status_code == 422
    assert NUMBER not in answer.text
    assert 'role="alert"' in answer.text
    assert not [one for one in links(answer.text) if re.fullmatch(r"/guide/[\w-]+", one)]
    assert store.rows("SELECT * FROM guide_miss") == []


def test_what_is_typed_is_text(desk: TestClient) -> None:
    hostile = "<script>alert(1)</script>\"'&{{1009*1013}}"
    page = desk.get("/guide/search", params={"q": hostile}).text
    assert "<script>" not in page
    assert "1022117" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("id", EVERY)
def test_every_way_through_leads_to_a_place_and_to_its_slip(desk: TestClient, id: str) -> None:
    """By the page's own links, in every language, and light."""
    one = EVERY[id]
    walked = 0
    for lang in ("ja", "easy", "en"):
        ways = [f"/guide/{id}?lang={lang}"]
        while ways:
            page = desk.get(ways.pop())
            assert page.status_code == 200
            assert len(page.content) <= MOST_BYTES
            more = {
                link
                for link in links(page.text)
                if re.search(r"\?a=[yn]{1,3}(&lang|#)", link) and link.endswith("#ask")
            }
            if more:
                assert len(more) == 2
                ways += sorted(more)
                continue
            walked += 1
            assert 'class="where"' in page.text
            (slip,) = [link for link in links(page.text) if "/memo" in link]
            assert desk.get(slip).status_code == 200
    assert walked == 3 * len(flow.paths(fitting(one, NOW)))


@pytest.mark.parametrize("id", EVERY)
def test_a_slip_names_everything_to_bring_the_papers_too_and_what_is_not_certain(
    desk: TestClient, id: str
) -> None:
    one = fitting(EVERY[id], NOW)
    for end in flow.paths(one):
        given = faces.letters(tuple(yes for _key, yes in end.asked))
        slip = desk.get(f"/guide/{id}/memo?a={given}").text
        listed = slip.partition("</h1>")[2].partition('class="where"')[0]
        certain, _mark, asked = listed.partition("市に確認</span>")
        first = next(way for place in end.outcome.go if (way := offered(one, place)))
        facts = dict.fromkeys((*first.bring, *one.forms, *one.attachments))
        assert bool(facts) == ("持っていくもの" in listed)
        for fact in facts:
            assert f'<li lang="ja">{escape(fact.text)}</li>' in (certain if fact.certain else asked)
        assert listed.count("<li") == len(facts)


def offered(one: Procedure, place: str) -> Way | None:
    """The way at a place, but at the desk only where it may do it now."""
    way = one.way(place)
    allowed = place != HERE or (one.state(times.today(NOW)) == CURRENT and way.about.certain)
    return way if allowed else None


def test_closed_days_are_named_once_on_a_slip(desk: TestClient) -> None:
    """The counter's and the venue's say the same."""
    slip = text_of(desk.get("/guide/jidoteate-nintei/memo?a=n").text)
    assert slip.count("12月29日〜1月3日") == 1


def test_the_page_says_what_is_not_certain_and_who_answers(desk: TestClient) -> None:
    page = text_of(desk.get("/guide/jidoteate-nintei?a=n").text)
    for words in (
        "▲ このページを受け持つ課が、まだ決まっていません",
        "？ 市に確認",
        "市役所で",
        "電話",
        "15日以内です。",
        "受け持つ人： まだ決まっていません",
        "（2026年）11月26日",
        "0223-22-1111",
    ):
        assert words in page


def test_answers_that_are_none_ask_from_the_beginning(desk: TestClient) -> None:
    plain = desk.get("/guide/konbini-juminhyo").text
    for wrong in ("x", "yx", "123", "<b>"):
        assert desk.get("/guide/konbini-juminhyo", params={"a": wrong}).text == plain
    assert desk.get("/guide/konbini-juminhyo?a=yyyyyyyy").status_code == 200


def test_there_is_no_page_for_what_there_is_not(desk: TestClient) -> None:
    for path in ("/guide/none", "/guide/none/memo", "/guide/%3Cscript%3E"):
        answer = desk.get(path)
        assert answer.status_code == 404
        assert 'action="/guide/search"' in answer.text


def test_pages_for_everybody_are_kept_and_known_again(desk: TestClient) -> None:
    for path in ("/guide", "/guide/risai", "/guide/risai/memo"):
        answer = desk.get(path)
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert answer.headers["content-encoding"] == "gzip"
        again = desk.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


def test_the_residents_pages_lead_there(desk: TestClient) -> None:
    for path in ("/wifi", "/classes", "/opendata/"):
        assert "/guide" in links(desk.get(path).text)
