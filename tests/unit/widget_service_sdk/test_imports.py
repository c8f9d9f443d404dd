"""Importing the package is light, and needs nothing but the standard library."""

import subprocess
import sys

import pytest

HEAVY = {"httpx2", "httpcore2", "asyncio", "ssl", "socket", "http.server", "urllib.request", "logging"}


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("module", ["widget_service_sdk", "widget_service_sdk.sync", "widget_service_sdk.testing"])
def test_importing_loads_no_http_library(module: str) -> None:
    loaded = run(f"import sys, {module}; print(*sys.modules)").split()
    assert module in loaded
    assert HEAVY.isdisjoint(loaded)


def test_a_client_without_httpx2_works_inside_a_browser() -> None:
    code = """
import sys
for name in ("httpx2", "httpcore2"):
    sys.modules[name] = None                       # any import of it raises
from types import ModuleType, SimpleNamespace
js = sys.modules["js"] = ModuleType("js")
js.location = SimpleNamespace(origin="https://host.example")
sys.platform = "emscripten"
from widget_service_sdk import WidgetServiceSDK
print(WidgetServiceSDK().connectors.get_base_url())
"""
    assert run(code) == "https://host.example/widget-service\n"


def test_everything_that_is_promised_can_be_imported() -> None:
    import widget_service_sdk

    for name in widget_service_sdk.__all__:
        assert getattr(widget_service_sdk, name) is not None
