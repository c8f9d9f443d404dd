"""The types of the public interface hold under mypy in strict mode: what is right passes, what is wrong is found."""

import re
from pathlib import Path

import pytest
from mypy import api

import widget_service_sdk

USAGE = Path(__file__).with_name("typing_usage.py")

WRONG = """
from widget_service_sdk import ExecuteConnectorOptions, WidgetServiceSDK

async def wrong(sdk: WidgetServiceSDK) -> None:
    await sdk.connectors.execute(permalink="a")                                          # E
    await sdk.connectors.execute(permalink="a", method="get")                            # E
    await sdk.connectors.execute(permalink="a", method="GET", body={})                   # E
    await sdk.connectors.execute(permalink="a", method="GET", query_params={"a": {}})    # E
    await sdk.connectors.execute(permalink="a", method="GET", headers={"a": 1})          # E
    await sdk.connectors.execute(permalink="a", method="POST", payload=[1])              # E
    await sdk.connectors.execute({"permalink": "a", "method": "GET", "queryparams": {}}) # E
    await sdk.connectors.composite.execute(permalink="a", path_params={"id": 1})         # E
    await sdk.connectors.execute_all([{"method": "GET"}])                                # E
    WidgetServiceSDK(baseUrl="https://widgets.example")                                  # E
"""


def mypy(*arguments: str) -> str:
    """What mypy prints in strict mode."""
    output, problems, _ = api.run(["--strict", "--no-error-summary", *arguments])
    assert not problems
    return output


def test_right_usage_passes() -> None:
    assert mypy(str(USAGE)) == ""


def test_wrong_usage_is_found(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    found = {int(number) for number in re.findall(r"wrong\.py:(\d+): error", mypy(str(file)))}
    assert found == {number for number, line in enumerate(WRONG.splitlines(), 1) if line.endswith("# E")}


@pytest.mark.parametrize("name", [name for name in widget_service_sdk.__all__ if name != "__version__"])
def test_every_public_name_is_used(name: str) -> None:
    assert len(re.findall(rf"\b{name}\b", USAGE.read_text())) > 1


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(widget_service_sdk.__file__).with_name("py.typed").exists()
