"""Planted secrets of all shapes are found in no answer of the admin API, in no log of calls and in no audit entry."""

import json
import random
import re
from dataclasses import replace

import pytest_asyncio

from security.test_planted_secrets import assert_none_found, connectors, echo, planted
from support.admin import admin_site
from support.commands import initialised
from widget_service.admin.api.resources import TABLE
from widget_service.authentication.tokens import tokens_of_process
from widget_service.connectors.snapshot import SnapshotHolder
from widget_service.control.drafts import prepare
from widget_service.control.executions import list_executions
from widget_service.control.trial import TrialCall
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.execution.pipeline import Pipeline
from widget_service.executions.recorder import Recorder
from widget_service.executions.writing import DatabaseSink, Retention
from widget_service.identity.callers import ANONYMOUS, FixedCaller
from widget_service.storage.actors import Actor
from widget_service.storage.executions import Wanted
from widget_service.templating import TemplateWorkers

SAMPLE = 60


@pytest_asyncio.fixture
async def site(tmp_path):
    async with admin_site(initialised(tmp_path)) as running:
        running.owner = running.token("owner")
        yield running


async def test_no_answer_of_the_api_holds_a_secret(site, upstream):
    upstream.replies["/echo"] = echo
    secrets = dict(random.Random(3).sample(sorted(planted().items()), SAMPLE))
    answers: dict[str, bytes] = {}

    async def ask(method, path, headers=None, **options):
        answer = await site.api(method, path, {**site.owner, **(headers or {})}, **options)
        answers[f"{method} {path} {len(answers)}"] = answer.content + str(answer.headers.raw).encode()
        return answer

    for name, secret in secrets.items():
        assert (await ask("PUT", f"/secrets/{name}", json={"value": secret})).status_code == 201
        await ask("PUT", f"/secrets/{name}", json={"value": secret})  # no If-Match
        await ask("PUT", f"/variables/{name}", json={"value": "x"})  # another kind
        await ask("PUT", f"/secrets/{name}", {"If-Match": "*"}, json={"value": secret, "origins": ["no origin"]})
        await ask("PUT", f"/secrets/{name}", {"If-Match": "*"}, json={"value": secret, "x": secret[:10]})
    definitions = connectors(upstream.origin, list(secrets))
    assert (
        await ask("POST", "/registries/planted/apply", json={"registry": {"connectors": definitions}})
    ).status_code == 200
    for definition in definitions:
        await ask("POST", "/connectors/test", json={"permalink": definition["permalink"]})
        await ask(
            "POST", "/connectors/test", json={"definition": {**definition, "response_body": "{{ response.body }}"}}
        )
    assert len(upstream.received) > SAMPLE
    await recorded(site, [definition["permalink"] for definition in definitions])
    captured = list_executions(site.plane, "default", Wanted(), limit=500)
    assert any(record.details for record in captured)
    paths = {
        "id": [str(record.id) for record in captured],
        "permalink": [definition["permalink"] for definition in definitions],
        "name": ["planted", "default", "admin", *secrets],
    }
    for route in TABLE:
        if route.method == "GET":
            wanted = re.findall(r"{(\w+)}", route.path)
            for value in paths[wanted[0]] if wanted else [""]:
                await ask("GET", re.sub(r"{\w+}", value, route.path))
    assert_none_found(secrets, answers)


async def recorded(site, permalinks):
    """Execute each connector as the service does, with its bodies captured, and write all of it down."""
    prepared = prepare(site.plane, "default", permalinks[0], by=Actor("test", may_use_secrets=True))
    snapshot = prepared.snapshot
    snapshot = replace(snapshot, captures=dict.fromkeys(permalinks, 1e12))
    settings = site.plane.settings
    client, recorder = UpstreamClient(EgressPolicy(allow_insecure=True)), Recorder(1000, lambda _: None)
    workers, tokens = TemplateWorkers(), tokens_of_process(client, settings)
    callers = FixedCaller(ANONYMOUS, SnapshotHolder(snapshot))
    pipeline = Pipeline(settings, callers, client, workers, tokens, recorder=recorder)
    for permalink in permalinks:
        await pipeline.execute(TrialCall(permalink).incoming(snapshot))
    for closing in (tokens, client, workers):
        await closing.aclose()
    records, counts, _ = recorder.take()
    assert len(records) == len(permalinks)
    assert json.dumps([record.details for record in records])
    DatabaseSink(site.plane.database, Retention(1000, 1e9)).write(records, counts)
