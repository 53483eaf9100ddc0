"""The residents' light page of Wi-Fi without a script: list, places, wishes, and the map's data."""

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bench import trial_city
from desk import finder, language, maps, places, store, times, wifi
from tests.conftest import NOW
from web.routes import ROUTES
from web.wifi import MOST

HOST = "http://desk.example"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}${1}"
LANGUAGES = tuple(language.PUBLIC_LANGUAGES)
HERE = "早股"


@pytest.fixture
def browser(city: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:  # noqa: ARG001
    monkeypatch.setattr(times, "now", lambda: NOW)  # Tuesday 10:00
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)
    return " ".join(unescape(bare).split())


def ids(page: str) -> list[str]:
    """The spots of the list, in its order."""
    return re.findall(r'<li data-at[^>]*><a href="/wifi/([^"?]+)', page)


def town(name: str = HERE) -> places.Town:
    return next(one for one in places.towns() if one.name == name)


def change(spot_id: str, **facts: object) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in facts)
    with store.transaction() as write:
        write.run(f"UPDATE wifi_spot SET {columns} WHERE id = :id", id=spot_id, **facts)


def row_of(page: str, spot_id: str) -> str:
    """What the list says of one spot."""
    found = re.search(rf'<li data-at[^>]*><a href="/wifi/{spot_id}.*?</li>', page, re.S)
    assert found
    return text_of(found.group())


# The list


def test_everybody_sees_every_spot_and_what_can_be_used_now_first(browser: TestClient) -> None:
    answer = browser.get("/wifi")
    assert answer.status_code == 200
    found = finder.find(wifi.spots(), None, now=NOW)
    assert ids(answer.text) == [hit.spot.id for _group, hits in found.match for hit in hits]
    assert len(ids(answer.text)) == 14
    said = text_of(answer.text)
    assert said.index("● いま使えるところ") < said.index("■ いまは使えないところ")
    assert "地区をえらぶと、近いじゅんに出ます" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_speaks_three_languages(browser: TestClient, lang: str) -> None:
    page = browser.get("/wifi", params={"lang": lang, "town": town().id, "wish": "open"}).text
    assert f'<html lang="{language.tag(lang)}">' in page
    heading = {"ja": "早股の近く", "en": "Near 早股", "easy": "早股の ちかく"}[lang]
    walk = {"ja": "歩いて", "en": "min on foot", "easy": "あるいて"}[lang]
    assert heading in text_of(page)
    assert walk in row_of(page, ids(page)[0])
    # The other languages are the same search.
    for other in set(LANGUAGES) - {lang}:
        (link,) = re.findall(
            rf'<a href="([^"]+)" lang="\w+">{language.PUBLIC_LANGUAGES[other]}', page
        )
        there = browser.get(unescape(link)).text
        assert f'<option value="{town().id}" selected>' in there
        assert 'value="open" checked' in there


def test_near_a_neighbourhood_the_list_is_sorted_under_rings(browser: TestClient) -> None:
    page = browser.get("/wifi", params={"town": town().id}).text
    here = town()
    near = wifi.nearest(here.lat, here.lng, wifi.spots())
    assert ids(page) == [one.spot.id for one in near]
    headings = [text_of(one) for one in re.findall(r"<h3>.*?</h3>", page)]
    rings = list(dict.fromkeys(finder.ring(one.metres) for one in near))
    assert headings == [language.catalogue("ja").gettext(finder.GROUPS[ring]) for ring in rings]
    first = near[0]
    said = row_of(page, first.spot.id)
    assert finder.distance_in_words(first.metres, "ja") in said
    assert first.spot.ssid in said
    assert first.spot.area in said
    assert "見本" in said


def test_the_nearest_that_is_open_is_named_above_the_list(browser: TestClient) -> None:
    near = wifi.nearest(town().lat, town().lng, wifi.spots())
    for nearest in [one.spot for one in near if one.spot.open_at(NOW).is_open][:2]:
        page = browser.get("/wifi", params={"town": town().id}).text
        (link,) = re.findall(r'id="nearest">[^<]+<a href="/wifi/([^"]+)">', page)
        assert link == nearest.id
        change(link, state="not_working")
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET state = 'not_working'")
    page = browser.get("/wifi", params={"town": town().id}).text
    assert "いま使えると分かっているところはありません" in text_of(page)


def test_open_or_not_working_or_not_stale_or_not_is_said_in_words_and_shapes(
    browser: TestClient,
) -> None:
    def said(**facts: object) -> str:
        change("042111W01", **facts)
        return row_of(browser.get("/wifi").text, "042111W01")

    assert "● いま使えます・17時15分まで" in said(trial=1)
    assert "▲ 使える時間は分かりません" in said(days="", opens="", closes="", venue_id="0421110022")
    assert "■ いまは使えません・きょう12時から" in said(days="火", opens="12:00", closes="17:00")
    assert "● 使えます （9月1日（火）に確認）" in said(state="working")
    assert "▲ 一部だけ使えます" in said(state="partly")
    broken = said(state="not_working")
    assert "■ 使えません" in broken
    assert "12時から" not in broken
    assert "180日以上" not in broken
    assert "180日以上 確かめていません" in said(checked_on="2026-05-28")
    assert "180日以上" not in said(checked_on="2026-05-29")
    assert "180日以上 確かめていません" in said(checked_on="")
    assert "目安" not in said(placed="given")
    assert "（場所は目安です）" in said(placed="town")
    assert "見本" in said(trial=1, name="市役所")
    assert "見本" not in said(trial=0)


def test_wishes_make_groups_and_hide_nothing_in_silence(browser: TestClient) -> None:
    asked = {"town": town().id, "wish": ["sockets", "seats"]}
    page = browser.get("/wifi", params=asked).text
    here = town()
    found = finder.find(wifi.spots(), (here.lat, here.lng), wishes=["sockets", "seats"], now=NOW)
    assert found.match
    assert found.unknown
    assert found.others
    match, unknown = page.split('data-part="unknown"')
    assert ids(match) == [hit.spot.id for _group, hits in found.match for hit in hits]
    assert ids(unknown) == [hit.spot.id for _group, hits in found.unknown for hit in hits]
    assert "あるかどうか分かりません" in text_of(page)
    assert f"ほかの{found.others}か所には、ありません。" in text_of(page)
    (every,) = set(re.findall(r'<a href="([^"]+)">すべて見る', page))
    assert len(ids(browser.get(unescape(every)).text)) == 14


def test_one_tap_shows_only_what_can_be_used_now_and_one_more_all_again(
    browser: TestClient,
) -> None:
    page = browser.get("/wifi", params={"town": town().id}).text
    (only,) = re.findall(r'<a class="narrow" href="([^"]+)"', page)
    open_now = browser.get(unescape(only)).text
    match = open_now.split('data-part="unknown"')[0]
    by_id = {spot.id: spot for spot in wifi.spots()}
    assert ids(match)
    assert all(by_id[one].open_at(NOW).is_open for one in ids(match))
    (back,) = re.findall(r'<a class="narrow" href="([^"]+)"', open_now)
    assert ids(browser.get(unescape(back)).text) == ids(page)


def test_when_nothing_matches_the_page_says_what_to_do(browser: TestClient) -> None:
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET sockets = 0")
    page = browser.get("/wifi", params={"town": town().id, "wish": "sockets"}).text
    assert ids(page) == []
    assert "ぜんぶあると分かっているところは、ありません。 すべて見る" in text_of(page)
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET active = 0")
    empty = browser.get("/wifi")
    assert empty.status_code == 200
    assert "Wi-Fiがまだ登録されていません。市役所に聞いてください。" in text_of(empty.text)


# Postal codes


@pytest.mark.parametrize("typed", ["9892429", "989-2429", "９８９－２４２９", "〒989-2429"])
def test_a_postal_code_is_a_place_too(browser: TestClient, typed: str) -> None:
    page = browser.get("/wifi", params={"postal": typed}).text
    assert "〒989-2429の近く" in text_of(page)
    assert '<option value="9892429" selected>' in page
    # The field is empty again, so that a choice made next is what counts.
    assert 'name="postal" value=""' in page
    assert ids(browser.get("/wifi?town=9892429").text) == ids(page)


def test_neighbourhoods_that_share_a_postal_code_are_offered(browser: TestClient) -> None:
    page = browser.get("/wifi", params={"postal": "9892431", "wish": "seats"}).text
    offered = re.findall(r'<a href="(/wifi\?[^"]+)#found">(相の原\w+)</a>', page)
    assert [name for _link, name in offered] == ["相の原一丁目", "相の原三丁目", "相の原二丁目"]
    there = browser.get(unescape(offered[0][0])).text
    assert "相の原一丁目の近く" in text_of(there)
    assert 'value="seats" checked' in there


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("98924", "郵便番号は7けたの数字です（例：123-4567）。"),
        ("いわぬま", "郵便番号は7けたの数字です（例：123-4567）。"),
        ("980-0001", "郵便番号 980-0001 の地区は、ここにはありません。地区からえらんでください。"),
    ],
)
def test_a_wrong_postal_code_is_said_and_kept(
    browser: TestClient, typed: str, sentence: str
) -> None:
    answer = browser.get("/wifi", params={"postal": typed, "wish": "seats"})
    assert answer.status_code == 422
    assert answer.headers["cache-control"] == "no-store"
    assert sentence in text_of(answer.text)
    assert f'name="postal" value="{typed}"' in answer.text
    assert 'value="seats" checked' in answer.text
    assert ids(answer.text) != []
    # Beside a neighbourhood it takes nothing away.
    both = browser.get("/wifi", params={"postal": typed, "town": town().id}).text
    assert sentence in text_of(both)
    assert "早股の近く" in text_of(both)


def test_a_my_number_does_not_come_back(browser: TestClient) -> None:
    answer = browser.get("/wifi", params={"postal": "1234-5678-9018"})
    assert answer.status_code == 422
    assert "5678" not in answer.text


@pytest.mark.parametrize("wanted", ["nowhere", "0000000", "あ" * 5000, HOSTILE])
def test_an_unknown_neighbourhood_is_said_and_the_list_is_there(
    browser: TestClient, wanted: str
) -> None:
    answer = browser.get("/wifi", params={"town": wanted, "wish": "nonsense"})
    assert answer.status_code == 422
    assert len(ids(answer.text)) == 14
    assert wanted not in answer.text


# Weight and safety


def test_sixty_spots_are_at_most_60_kb_before_compression(browser: TestClient) -> None:
    columns = (
        "kana, address, area, ssid, how, security, password, provider, note, lat, lng, source, "
        "trial, checked_on, state, placed, venue_id, days, opens, closes"
    )
    with store.transaction() as write:
        have = write.rows("SELECT id FROM wifi_spot ORDER BY id")
        for number in range(60 - len(have)):
            write.run(
                f"INSERT INTO wifi_spot (id, name, {columns}) SELECT :new, "
                f"'西部地区コミュニティセンター 2階の多目的ホール前 ' || id, {columns} "
                "FROM wifi_spot WHERE id = :id",
                new=f"042111N{number:02}",
                id=have[number % len(have)]["id"],
            )
        write.run(
            "UPDATE wifi_spot SET state = 'partly', placed = 'town', checked_on = '2026-01-02'"
        )
    for lang in LANGUAGES:
        for asked in ({}, {"town": town().id}, {"town": town().id, "wish": list(wifi.WISHES)}):
            page = browser.get("/wifi", params={"lang": lang, **asked})
            assert len(page.content) <= 60_000, (lang, asked)
    assert page.content.count(b"<option") == 99
    assert len(ids(browser.get("/wifi").text)) == 60


def test_names_never_become_html(browser: TestClient) -> None:
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET name = :x, ssid = :x, area = :x, name_en = :x", x=HOSTILE)
        write.run("UPDATE town SET name = :x", x=HOSTILE)
    for lang in LANGUAGES:
        page = browser.get("/wifi", params={"lang": lang, "town": town(HOSTILE).id}).text
        assert re.findall(r"<script[^>]*>", page) == re.findall(
            r'<script src="/leaflet/[^>]+>', page
        )
        assert "alert(1)</" not in page
        assert HOSTILE in text_of(page)
        assert "'" not in re.findall(r"data-facts='(.*)'>", page)[0]


def test_the_page_may_load_only_what_is_ours_and_the_background_when_asked(
    browser: TestClient,
) -> None:
    def policy(path: str) -> dict[str, str]:
        header = browser.get(path).headers["content-security-policy"]
        return dict(part.split(" ", 1) for part in header.split("; "))

    assert policy("/wifi") == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert policy("/wifi?tiles=1") == {
        **policy("/wifi"),
        "img-src": "'self' data: https://cyberjapandata.gsi.go.jp",
    }
    assert "script-src" not in policy("/classes")
    assert "cyberjapandata" not in browser.get("/wifi").text
    assert "user-scalable" not in browser.get("/wifi").text


def test_the_same_question_has_the_same_answer_and_is_kept_for_a_minute(
    browser: TestClient,
) -> None:
    path = f"/wifi?town={town().id}&lang=easy"
    first, second = browser.get(path), browser.get(path)
    assert first.content == second.content
    assert first.headers["cache-control"] == "public, max-age=60"
    again = browser.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "set-cookie" not in first.headers


def test_a_long_list_begins_with_the_nearest_and_says_how_many_more(browser: TestClient) -> None:
    trial_city.fill(200)
    for asked in ("", f"&town={town().id}", "&wish=sockets", f"&town={town().id}&wish=sockets"):
        first = browser.get(f"/wifi?x=1{asked}")
        assert len(first.content) <= 60_000, asked
        found = finder.find(
            wifi.spots(),
            (town().lat, town().lng) if "town" in asked else None,
            wishes=["sockets"] if "wish" in asked else [],
            now=NOW,
        )
        every = [hit.spot.id for hit in found.hits]
        assert ids(first.text) == every[:MOST]
        more = len(every) - MOST
        assert f"ほかに{more}か所あります" in first.text
        [address] = re.findall(r'<a href="([^"]*all=1[^"]*)"', first.text)
        whole = browser.get(unescape(address).partition("#")[0])
        assert ids(whole.text) == every
        assert 'id="more"' not in whole.text


# What the map draws


def test_the_spots_come_as_geojson_in_the_language_asked_for(browser: TestClient) -> None:
    answer = browser.get("/wifi.geojson?lang=en")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["cache-control"] == "public, max-age=60"
    found = {one["properties"]["id"]: one for one in answer.json()["features"]}
    assert set(found) == {spot.id for spot in wifi.spots()}
    spot = next(one for one in wifi.spots() if one.id == "042111W01")
    assert found[spot.id]["geometry"] == {
        "type": "Point",
        "coordinates": [spot.lng, round(spot.lat, 6)],
    }
    assert found[spot.id]["properties"]["look"] == finder.YES
    assert found[spot.id]["properties"]["lines"] == [
        "岩沼市役所 1階ロビー（見本）",
        "● Open now, until 17:15",
        "1階ロビー",
        "Network name: MIHON_Free_WiFi_1",
        "Sample",
    ]
    looks = answer.json()["looks"]
    assert len({(look["shape"], look["fill"]) for look in looks.values()}) == len(finder.SHAPES)
    again = browser.get("/wifi.geojson?lang=en", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("wishes", [("sockets",), ("open", "seats"), ("nothing",)])
def test_the_map_shows_what_the_list_shows(browser: TestClient, wishes: tuple[str, ...]) -> None:
    asked = "&".join(f"wish={wish}" for wish in wishes)
    page = browser.get(f"/wifi?{asked}").text
    listed = set(re.findall(r'<li data-at="[^"]*"[^>]*><a href="/wifi/([^"?]*)', page))
    [facts] = re.findall(r"data-facts='([^']*)'", page)
    address = json.loads(unescape(facts))["spots"]
    drawn = {one["properties"]["id"] for one in browser.get(address).json()["features"]}
    assert drawn == listed
    every = {spot.id for spot in wifi.spots()}
    assert (drawn == every) == (wishes == ("nothing",))


def test_the_neighbourhoods_come_with_their_cells(browser: TestClient) -> None:
    answer = browser.get("/towns.geojson")
    features = answer.json()["features"]
    assert [one["properties"]["name"] for one in features] == [t.name for t in places.towns()]
    for one, its in zip(features, places.towns(), strict=True):
        assert one["properties"]["at"] == [round(its.lng, 6), round(its.lat, 6)]
        (ring,) = one["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
    again = browser.get("/towns.geojson", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_our_own_scripts_are_kept_for_long_only_in_the_version_they_are(
    browser: TestClient,
) -> None:
    (script,) = re.findall(r'<script src="([^"]+)"', browser.get("/wifi").text)
    lasting = browser.get(script)
    assert lasting.headers["content-type"].startswith("text/javascript")
    assert "immutable" in lasting.headers["cache-control"]
    for other in (
        "/leaflet/wifi.js",
        "/leaflet/wifi.js?v=0",
        "/leaflet/map.js",
        "/leaflet/map.css",
    ):
        answer = browser.get(other)
        assert answer.headers["cache-control"] == "public, max-age=300"
        same = browser.get(other, headers={"if-none-match": answer.headers["etag"]})
        assert same.status_code == 304


@given(
    some.recursive(
        some.none() | some.booleans() | some.integers() | some.text(),
        lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    )
)
def test_what_is_written_into_a_script_is_the_same_data_and_ends_nothing(value: object) -> None:
    text = maps.code({"value": value})
    assert json.loads(text) == {"value": value}
    assert set(text) & set("<>&'`$\u2028\u2029") == set()
    assert not re.search(r"\{[{%#]", text)
    assert text.encode().decode() == text
