"""The template language, by the vectors that every implementation of it runs."""

import json
import traceback
from pathlib import Path

import pytest

from unit.widget_service.templating.rendering import context, render
from widget_service.templating import Field, TemplateRenderError, TemplateWorkers, compile_template

VECTORS = Path(__file__).parents[4] / "protocol" / "vectors" / "templates"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(VECTORS.glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))
]
BODIES = [case for case in CASES if case.values[0]["field"] in ("request_body", "response_body")]


def check_error(case, error: TemplateRenderError) -> None:
    for text in case.get("says", []):
        assert text in str(error)
    for text in case.get("never_says", []):
        assert text not in str(error)
        assert text not in repr(error)
        assert text not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("case", CASES)
def test_vectors(case):
    field = Field(case["field"])
    if "rendered" in case:
        assert render(case["template"], field, **case.get("context", {})) == case["rendered"]
        return
    assert case["error"] is True
    with pytest.raises(TemplateRenderError) as caught:
        render(case["template"], field, **case.get("context", {}))
    check_error(case, caught.value)


async def test_a_worker_process_renders_the_same():
    """Every vector of a body, in one worker after the other."""
    workers = TemplateWorkers(count=1)
    try:
        for case in (parameters.values[0] for parameters in BODIES):
            template = compile_template(case["template"], Field(case["field"]))
            given = context(**case.get("context", {}))
            if "rendered" in case:
                assert await workers.render(template, given) == case["rendered"], case["name"]
                continue
            with pytest.raises(TemplateRenderError) as caught:
                await workers.render(template, given)
            check_error(case, caught.value)
    finally:
        await workers.aclose()
