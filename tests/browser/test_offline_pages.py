"""The example recorded, then replayed: the same pages without its API, without secrets, without its ``dev.toml``."""

import shutil
from pathlib import Path

from browser.widget_repositories import widget
from support.processes import free_port, running
from support.service import Service, serving

PLANTBOOK = Path(__file__).parents[2] / "examples" / "plantbook"
KEY = "plantbook-demo-key-not-a-real-secret"


def shown(page, service: Service) -> list[str]:
    """Return what each widget of the example shows, once all of its data is there."""
    page.goto(f"{service.origin}/preview/")
    widget(page, "plant_list").get_by_text("Monstera deliciosa").first.wait_for()
    widget(page, "plant_care").get_by_role("heading", name="Monstera").wait_for()
    widget(page, "plant_order").get_by_role("option").first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    plants = widget(page, "plant_list")
    with page.expect_response(lambda response: "q=fern" in response.url):
        plants.get_by_role("searchbox").fill("fern")
    plants.get_by_text("Monstera deliciosa").first.wait_for(state="hidden")
    return page.locator("gs-cc-registry-widget").evaluate_all(
        "hosts => hosts.map((host) => [...host.shadowRoot.children].map((child) => child.innerText).join('|'))"
    )


def test_the_example_looks_the_same_without_its_api_and_without_secrets(tmp_path, page):
    repo, port = tmp_path / "plantbook", free_port()
    shutil.copytree(PLANTBOOK, repo, ignore=shutil.ignore_patterns("master.key", "__pycache__"))
    api = [str(repo / "upstream" / "server.py"), "--port", str(port)]
    mapped = ("--map", f"api.plantbook.example=http://127.0.0.1:{port}")
    with running(api, port=port, log=tmp_path / "api.log"), serving(repo, *mapped, "--record") as service:
        recorded = shown(page, service)
    kept = list((repo / ".widget-service" / "recordings").rglob("*.json"))
    assert len(kept) >= 4
    assert not [file for file in kept if KEY in file.read_text()]
    (repo / ".widget-service" / "dev.toml").unlink()
    with serving(repo, "--replay") as service:
        assert shown(page, service) == recorded
