"""Composites for tests: made of steps, executed over a real destination, and what is told of them."""

import json

from support.executing import executor


def step(name, url, **fields):
    return {"name": name, "url": url, **fields}


def composite(*steps, **fields):
    return {"name": "All", "permalink": "all", "steps": list(steps), **fields}


async def run(upstream, *steps, call=None, connectors=(), values=None, **fields):
    """Execute a composite of ``steps``, whose URLs are paths of the upstream; return the execution and the answer."""
    placed = [{**each, "url": upstream.origin + each["url"]} if "url" in each else each for each in steps]
    stored = [{**each, "url": upstream.origin + each["url"]} for each in connectors]
    async with executor(stored, composites=[composite(*placed, **fields)], **(values or {})) as service:
        return await service.compose("all", **(call or {}))


def error_of(answer):
    errors = json.loads(answer.body)["errors"]
    return answer.status, errors["code"], errors.get("scope")


def header(answer, name):
    return next((value for key, value in answer.headers if key.lower() == name.lower()), None)
