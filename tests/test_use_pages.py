"""What the public reads of the desk's use: only what was published, light, and as a table."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import store, times
from desk.gaps import releases
from tests.conftest import NOW
from tests.test_class_pages import text_of
from tests.test_releases import QUARTER, log, made, towns
from web.routes import ROUTES


@pytest.fixture
def browser(city: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:  # noqa: ARG001
    monkeypatch.setattr(times, "now", lambda: NOW)
    with TestClient(Starlette(routes=ROUTES), base_url="http://desk.example") as client:
        yield client


@pytest.mark.parametrize("lang", ["ja", "easy", "en"])
def test_nothing_is_told_before_somebody_publishes_it(browser: TestClient, lang: str) -> None:
    log(towns()[0], 37)
    page = browser.get(f"/use?lang={lang}")
    assert page.status_code == 200
    said = text_of(page.text)
    assert "37" not in said
    assert "35" not in said
    assert browser.get(f"/use/{QUARTER}.csv").status_code == 404


def test_a_quarter_is_read_and_downloaded(browser: TestClient) -> None:
    log(towns()[0], 37)
    kept_release = made()
    page = browser.get("/use").text
    assert "令和8年度 7–9月" in page
    assert "相談 およそ35件" in page
    assert "見本" in page
    for area in kept_release.areas:
        assert area.named("ja") in page
    answer = browser.get(f"/use/{QUARTER}.csv")
    assert answer.content == releases.as_csv(kept_release).content
    assert answer.headers["content-disposition"].startswith("attachment")
    assert browser.get("/use/2026-04-01.csv").status_code == 404
    assert browser.get("/use/x.csv").status_code == 404


def test_the_page_of_open_data_leads_to_it(browser: TestClient) -> None:
    assert 'href="/use"' in browser.get("/opendata/").text


def test_no_name_is_taken_for_html(browser: TestClient) -> None:
    log(towns()[0], 37)
    with store.transaction() as write:
        write.run("UPDATE town SET name = '<script>x</script>' WHERE id = :id", id=towns()[0])
    made()
    assert "<script>x" not in browser.get("/use").text
