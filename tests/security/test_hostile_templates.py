"""Hostile templates are refused or bounded in every field: when they are checked, compiled and rendered."""

import faulthandler
import sys
import time
import tracemalloc

import pytest

from security.hostile_templates import ESCAPES, GROWTH, HOSTILE, generated
from unit.widget_service.templating.rendering import context
from widget_service.errors import ServiceError
from widget_service.templating import (
    Field,
    TemplateRenderError,
    TemplateSyntaxError,
    check,
    compile_template,
    compile_url_rest,
)
from widget_service.templating.environment import text_environment

TEXT_METHODS = [name for name in dir(str) if not name.startswith("_")]
SECRET = "pl4nted-s3cret-value"
CPU_LIMIT_S = 0.5
"""Of a compilation and a render, which should take 50 ms at most; the least of three, on machines that are busy."""
CHECK_LIMIT_S = 2.0
"""Of a check, which is made in a thread, where it holds nobody up."""
MEMORY_LIMIT = 64 * 1024 * 1024


def given():
    return context(
        user={"id": "u-1", "profile_fields": {"1": "x"}},
        secrets={"k": SECRET},
        variables={"v": "x"},
        response={"body": "[1]", "status_code": 200, "headers": {}},
    )


def attempt(template: str, field: Field) -> str:
    """Check, compile and render; return what came out, an error's words included."""
    told = "".join(str(problem) for problem in check(template, field))
    try:
        compiled = compile_url_rest(template) if field is Field.URL else compile_template(template, field)
        return told + compiled.render(given())
    except (TemplateSyntaxError, TemplateRenderError, ServiceError) as error:
        return f"{told}{error!r}{error}"


def test_there_are_enough():
    assert len(set(HOSTILE)) >= 200


def timed(action, *arguments):
    """Return what an action returns or raises, and the seconds of processor time that it took."""
    started = time.thread_time()
    try:
        result = action(*arguments)
    except (TemplateSyntaxError, TemplateRenderError, ServiceError) as error:
        result = error
    return result, time.thread_time() - started


@pytest.fixture(autouse=True)
def _deadline():
    """What does not end cannot be interrupted either: then the whole run ends, and says where it was."""
    faulthandler.dump_traceback_later(100, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


def test_every_filter_and_method_is_bounded():
    filters = [name for name in text_environment().filters if not name.startswith("<")]
    times = {template: rendered_in(template) for template in generated(filters, TEXT_METHODS)}
    assert len(times) > 1500
    slow = {template for template, taken in times.items() if taken > CPU_LIMIT_S}
    assert not {template[-120:] for template in slow if still_slow(lambda template=template: rendered_in(template))}


def still_slow(measured) -> bool:
    """Whether what was slow once is slow two more times: a moment of the machine is not the template's."""
    return min(measured(), measured()) > CPU_LIMIT_S


def rendered_in(template: str) -> float:
    """Return the seconds of processor time that a render takes."""
    compiled, _ = timed(compile_template, template, Field.HEADERS)
    return 0.0 if isinstance(compiled, TemplateSyntaxError) else timed(compiled.render, given())[1]


@pytest.mark.parametrize("field", [Field.URL, Field.HEADERS, Field.RESPONSE_BODY])
def test_every_hostile_template_ends_soon(field):
    """In the engines that there are: that of URLs, which encodes, and that of everything else."""
    slow = {}
    for template in HOSTILE:
        compiled, _ = (
            timed(compile_url_rest, template) if field is Field.URL else timed(compile_template, template, field)
        )
        if isinstance(compiled, TemplateSyntaxError):
            continue
        out, taken = timed(compiled.render, given())
        assert SECRET not in f"{out!r}{out}", template[:100]
        if taken > CPU_LIMIT_S and still_slow(lambda compiled=compiled: timed(compiled.render, given())[1]):
            slow[template[:120]] = taken
    assert not slow


@pytest.mark.parametrize("field", list(Field))
def test_every_hostile_template_is_checked_soon(field):
    slow = {}
    for template in HOSTILE:
        problems, taken = timed(check, template, field)
        assert SECRET not in str(problems)
        if taken > CHECK_LIMIT_S:
            slow[template[:120]] = taken
    assert not slow


def test_none_uses_much_memory():
    large = {}
    tracemalloc.start()
    try:
        for template in GROWTH:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            attempt(template, Field.RESPONSE_BODY)
            used = tracemalloc.get_traced_memory()[1] - before
            if used > MEMORY_LIMIT:
                large[template[:120]] = used
    finally:
        tracemalloc.stop()
    assert not large


@pytest.mark.parametrize("template", ESCAPES)
def test_nothing_leads_into_python(template):
    for field in (Field.HEADERS, Field.RESPONSE_BODY):
        out = attempt(template, field)
        for trace in ("<class", "<function", "<module", "<bound", "<built-in", "object at 0x", "uid=", "root:"):
            assert trace not in out
