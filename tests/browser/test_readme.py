"""The README's widget, connector and registries, as they stand there, show plants on a page."""

from support import readme
from support.service import serving


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
