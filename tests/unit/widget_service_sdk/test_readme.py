"""The README tells the truth: its programs run, and its tables name every setting and every error."""

import ast
import asyncio
import inspect

import pytest

from support.pages import all_blocks, blocks, text_of
from widget_service_sdk import ConnectorError, _errors
from widget_service_sdk._protocol import CONFIG
from widget_service_sdk.testing import FakeService

README = text_of("sdk/python/README.md")
PROGRAMS = blocks("sdk/python/README.md", "python")


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_run(program: str) -> None:
    with FakeService() as fake:
        fake.connector("weather-api", returns={"temp": 21})
        fake.connector("create-plant", method="POST", returns={"id": 1})
        fake.composite("morning-report", returns={"sun": True})
        fake.connector("export", returns=b"x" * 10_000)
        fake.connector("broken", status=500)
        code = compile(
            program.replace("http://127.0.0.1:8400", fake.url), "README", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        result = eval(code, {"print": lambda *values: None})
        if inspect.iscoroutine(result):
            asyncio.run(result)


def test_every_setting_is_in_the_table() -> None:
    assert all(f"| `{name}` |" in README for name in CONFIG.names.values())


def test_every_error_is_in_the_table() -> None:
    errors = [kind for kind in vars(_errors).values() if inspect.isclass(kind) and issubclass(kind, ConnectorError)]
    assert len(errors) == 8
    assert all(f"| `{kind.__name__}`" in README for kind in errors)


def test_most_programs_are_run() -> None:
    told = [block.illustrative for block in all_blocks("sdk/python/README.md")]
    assert [reason for reason in told if reason] == ["it needs a page"]
