"""Reference pages are what the code says, and prose names nothing that is not there."""

import json
import re

import pytest

from docs.generate.commands import all_commands
from docs.generate.pages import FOLDER, PAGES
from docs.generate.wire_protocol import BESIDE
from support.pages import ROOT, documents, text_of
from support.service import serving, write_registry
from widget_service.admin.errors import STATUS_BY_CODE as ADMIN_CODES
from widget_service.errors import STATUS_BY_CODE
from widget_service.settings import ENV_PREFIX, OTHER_VARIABLES, Settings

SETTINGS = {name.upper() for name in Settings.model_fields}
OF_SERVE = {"/readyz", "/metrics"}
"""Paths that development mode has not: `test_sessions.py` and `tests/integration/test_metrics.py` ask them."""
CODES = {*STATUS_BY_CODE, *ADMIN_CODES, "INVALID_RESPONSE"}
PLATFORM_CODES = {"PATH_TRAVERSAL_DETECTED", "CONTENT_SCAN_REJECTED"}
OTHER_NAMES = {
    *("USER_KEY", "RENEW_PICTURES", "HTTP_BIND"),
    *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"),
}
"""Names in capitals that are neither settings nor error codes: variables of examples, and of HTTP libraries."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "make docs-reference makes it anew"


def test_there_are_no_other_pages():
    assert {path.name for path in FOLDER.glob("*.md")} == {*PAGES, "index.md"}


def test_every_setting_error_command_and_field_has_its_line():
    reference = {name: (FOLDER / name).read_text(encoding="utf-8") for name in PAGES}
    fields = json.loads((ROOT / "protocol" / "registry.schema.json").read_text())["$defs"]
    for page, names in {
        "settings.md": SETTINGS,
        "errors.md": CODES - {"INVALID_RESPONSE"},
        "definitions.md": {field for model in fields.values() for field in model.get("properties", {})},
    }.items():
        assert [name for name in sorted(names) if f"\n| `{name}` |" not in reference[page]] == []
    for names, _ in all_commands():
        assert f"\n## {' '.join(names)}\n" in reference["commands.md"]


@pytest.mark.parametrize("page", [*documents(), "CHANGELOG.md"])
def test_prose_names_settings_and_error_codes_that_there_are(page):
    text = text_of(page)
    variables = set(re.findall(rf"{ENV_PREFIX}[A-Z_]+", text))
    assert variables - {ENV_PREFIX + name for name in SETTINGS} - OTHER_VARIABLES == set()
    named = set(re.findall(r"`([A-Z][A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", text)) - variables
    assert named - SETTINGS - CODES - OTHER_NAMES - PLATFORM_CODES == set()


@pytest.mark.parametrize("page", [page for page in documents() if page.startswith("docs/")])
def test_prose_names_settings_without_the_prefix(page):
    told = set(re.findall(rf"`({ENV_PREFIX}[A-Z_]+)`", text_of(page)))
    assert told - OTHER_VARIABLES == set(), "the prefix is for what is typed, such as `WIDGET_SERVICE_PORT=8400`"


def test_every_path_that_is_served_is_told():
    told = (FOLDER / "wire-protocol.md").read_text() + (FOLDER / "admin-api.md").read_text()
    sources = (file.read_text() for file in (ROOT / "service" / "src").rglob("*.py"))
    served = {path for source in sources for path in re.findall(r'\bRoute\(f?"(/[a-z][\w.-]*)', source)} | OF_SERVE
    assert {path for path in served if path not in told} == set()


def test_what_is_beside_the_protocol_is_served(tmp_path):
    write_registry(tmp_path, [])
    with serving(tmp_path) as service:
        for told in BESIDE:
            method, path = told.split(" ")
            if "TYPE" not in path and path not in OF_SERVE:
                assert service.client.request(method, path).status_code == 200, told
