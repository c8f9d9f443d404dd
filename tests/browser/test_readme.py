"""The README's widget, connector and registries, as they stand there, show plants on a page."""

import os
import shutil
import struct
from pathlib import Path

from browser.widget_repositories import widget
from support import readme
from support.processes import free_port, running
from support.service import serving

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "preview.png"
SIZE = {"width": 1440, "height": 1000}


def test_its_widget_lists_the_plants_of_its_connector(tmp_path, upstream, page):
    """What the API answers is shown as text: a name with a tag in it stays a name."""
    upstream.replies["/v1/plants"] = readme.plants
    readme.write_repository(tmp_path, upstream.origin, mapped=True)
    with serving(tmp_path) as service:
        page.goto(f"{service.origin}/preview/")
        items = page.locator("gs-cc-registry-widget #plants li")
        items.first.wait_for()
        assert items.all_inner_texts() == ["Boston <fern>", "Maidenhair"]
        assert readme.KEY not in page.content()


def test_its_picture_is_of_the_host_page_as_it_is(tmp_path, browser):
    """With ``RENEW_PICTURES=1`` the picture is made anew, to be committed; its size is compared in any case."""
    repo, port = tmp_path / "plantbook", free_port()
    shutil.copytree(ROOT / "examples" / "plantbook", repo, ignore=shutil.ignore_patterns("master.key", "__pycache__"))
    api = [str(repo / "upstream" / "server.py"), "--port", str(port)]
    mapped = f"api.plantbook.example=http://127.0.0.1:{port}"
    context = browser.new_context(viewport=SIZE, locale="en-GB", color_scheme="light")
    with running(api, port=port, log=tmp_path / "api.log"), serving(repo, "--map", mapped) as service:
        page = context.new_page()
        page.goto(
            f"{service.origin}/preview/plant_care?instances=2&console=1&config2=%7B%22plant%22%3A%22snake-plant%22%7D"
        )
        widget(page, "plant_care").get_by_role("heading", name="Monstera").wait_for()
        page.get_by_role("heading", name="Snake Plant").wait_for()
        page.get_by_role("button", name="plant", exact=True).first.click()
        page.get_by_text("Request of the widget").wait_for()
        page.wait_for_function("() => document.fonts.status === 'loaded' && document.getAnimations().length === 0")
        picture = page.screenshot(path=PICTURE if os.environ.get("RENEW_PICTURES") else None)
    context.close()
    assert size_of(PICTURE.read_bytes()) == size_of(picture) == (SIZE["width"], SIZE["height"])


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height of a picture (PNG, 11.2.2)."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height
