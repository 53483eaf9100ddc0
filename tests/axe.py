"""What axe finds wrong with a page as it stands in the browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")


def serious(page: Page) -> list[tuple[str, str, str]]:
    """The rule, the element and what to do, of each serious or critical finding; axe did look."""
    found = Axe().run(page).response
    assert found["passes"]
    return [
        (one["id"], node["html"][:200], node["failureSummary"])
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
