"""Worker processes: what is too much here is rendered there, and what is too much there is ended."""

import asyncio
import os

import pytest

from unit.widget_service.templating.rendering import context
from widget_service.templating import Field, LimitExceeded, TemplateRenderError, TemplateWorkers, compile_template

SLOW = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
LONGER = "{% set ns = namespace(n=0) %}{% for a in range(60000) %}{% set ns.n = ns.n + a %}{% endfor %}{{ ns.n }}"


def response_template(source: str):
    return compile_template(source, Field.RESPONSE_BODY)


@pytest.fixture
async def workers():
    """One worker, with time enough on a machine that is busy."""
    started = TemplateWorkers(count=1, timeout_s=60)
    yield started
    await started.aclose()


def alive(workers: TemplateWorkers) -> list[int]:
    return [process.pid for process in workers._all if process.returncode is None]


async def test_a_small_body_is_rendered_here(workers):
    given = context(response={"body": "x", "status_code": 200, "headers": {}})
    assert await workers.render_body(response_template("{{ response.body }}"), given, size=1, limit=10) == "x"
    assert alive(workers) == []


async def test_a_large_body_is_rendered_in_a_worker(workers):
    given = context(response={"body": "[1, 2]", "status_code": 200, "headers": {"a": "b"}}, now=7, tenant_id="t")
    source = "{{ response.body | from_json | sum }}{{ response.headers.a }}{{ now() }}{{ tenant_id }}{{ user.id }}"
    assert await workers.render_body(response_template(source), given, size=11, limit=10) == "3b7tNone"
    assert len(alive(workers)) == 1


async def test_what_takes_too_long_here_is_rendered_in_a_worker(workers):
    template = response_template(LONGER)
    expected = str(sum(range(60000)))
    assert await workers.render_body(template, context(), size=1, limit=10) == expected
    assert workers._too_expensive == {LONGER: 1}
    assert await workers.render_body(template, context(), size=1, limit=10) == expected


async def test_a_large_template_is_rendered_in_a_worker(workers):
    source = "{{ 1 + 1 }}" * 600
    with pytest.raises(LimitExceeded, match="expressions"):
        response_template(source).render(context())
    assert await workers.render_body(response_template(source), context(), size=1, limit=10) == "2" * 600


async def test_a_worker_that_takes_too_long_is_ended(workers):
    workers._timeout_s = 2
    with pytest.raises(LimitExceeded, match="takes longer than 2 s"):
        await workers.render(response_template(SLOW), context())
    assert alive(workers) == []
    workers._timeout_s = 60
    assert await workers.render(response_template("{{ 1 }}"), context()) == "1"


async def test_a_caller_who_goes_away_ends_its_worker(workers):
    task = asyncio.create_task(workers.render(response_template(SLOW), context()))
    while not alive(workers):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(workers) == []


async def test_a_worker_that_dies_is_replaced(workers):
    assert await workers.render(response_template("{{ 1 }}"), context()) == "1"
    (pid,) = alive(workers)
    os.kill(pid, 9)
    while alive(workers):
        await asyncio.sleep(0.01)
    assert await workers.render(response_template("{{ 2 }}"), context()) == "2"


async def test_memory_is_limited_there_by_the_system(workers):
    source = "{% set a = [] %}{% for i in range(99999) %}{% set _ = a.append('x' * 10000000) %}{% endfor %}"
    with pytest.raises(LimitExceeded, match="memory"):
        await workers.render(response_template(source), context())


async def test_an_error_comes_back_with_its_place(workers):
    with pytest.raises(TemplateRenderError) as caught:
        await workers.render(response_template("a\n {{ nobody.x }}"), context())
    assert str(caught.value) == "line 2, column 11: uses 'nobody', which is not there"
