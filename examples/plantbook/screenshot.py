"""Takes the picture of the widgets while the example runs: ``python screenshot.py http://127.0.0.1:8400``."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "preview.png"
SIZE = {"width": 1280, "height": 900}


def main() -> None:
    """Save the whole host page, once every widget shows its data."""
    origin = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8400"
    chromium = shutil.which("chromium") or sys.exit("chromium is not there; install it with: make setup-system")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
        page.goto(f"{origin}/preview/")
        _wait_for_data(page)
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} KiB")


def _wait_for_data(page: Page) -> None:
    """Choose a plant to order, which also shows that its suggestions and prices are there."""
    widget = 'gs-cc-registry-widget[data-widget-type*="{}"]'
    page.locator(widget.format("plant_list")).get_by_text("1–12 of").wait_for()
    page.locator(widget.format("plant_care")).get_by_role("heading", name="Monstera").wait_for()
    order = page.locator(widget.format("plant_order"))
    order.get_by_role("option", name="Pink Moth Orchid").click()
    order.get_by_text("€").first.wait_for()
    page.evaluate("scrollTo(0, 0)")  # where the clicked suggestion has led away from
    page.evaluate("document.fonts.ready")


if __name__ == "__main__":
    main()
