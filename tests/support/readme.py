"""What the project's README says to write and to run, so that tests can do as it says."""

import re
from pathlib import Path

from support import pages
from support.upstream import Received, Reply, reply_json

TEXT = pages.text_of("README.md")
(WIDGET,), (EXTENSIONS, CONNECTORS) = pages.blocks("README.md", "html"), pages.blocks("README.md", "json")
(PROGRAM,), (DEV_CONFIG,) = pages.blocks("README.md", "python"), pages.blocks("README.md", "toml")
HOST = "https://api.plantbook.example"
KEY = "plantbook-demo-key-not-a-real-secret"


def commands(heading: str) -> list[str]:
    """Return the indented lines of a section, without their comments."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line.split("  #")[0].strip() for line in re.findall(r"^    (\S.*)$", section, re.MULTILINE)]


def write_repository(repo: Path, origin: str, *, mapped: bool) -> None:
    """Save the README's repository; its API is called at ``origin``: mapped to it, or in the definition itself."""
    (repo / "widgets" / "plants").mkdir(parents=True)
    (repo / "widgets" / "plants" / "content.html").write_text(WIDGET)
    (repo / "extensions_registry.json").write_text(EXTENSIONS)
    (repo / "connectors_registry.json").write_text(CONNECTORS if mapped else CONNECTORS.replace(HOST, origin))
    if mapped:
        (repo / ".widget-service").mkdir()
        config = DEV_CONFIG.replace("http://127.0.0.1:8402", origin)
        (repo / ".widget-service" / "dev.toml").write_text(config)


def plants(request: Received) -> Reply:
    """Answer as the plant shop's API does."""
    if request.headers.get("x-api-key") != KEY:
        return reply_json({"message": "The key is missing or wrong."}, status=401)
    assert dict(request.query) == {"q": "fern"}
    return reply_json([{"name": "Boston <fern>", "cost": 4}, {"name": "Maidenhair", "cost": 6}])
