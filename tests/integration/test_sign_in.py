"""Executions that sign in by a token: what reaches the destination, what a refusal costs, what an admin is shown."""

import asyncio
import base64
import json
import threading
import time
from collections import Counter
from urllib.parse import parse_qsl

import pytest

from support.executing import executor
from support.processes import free_port
from support.upstream import Reply, Upstream, reply_json
from widget_service.control.trial import Trial
from widget_service.control.trial_report import report_of
from widget_service.execution.curl import as_curl
from widget_service.execution.explanation import explain

SECRETS = {"secret": "s3cret-of-the-client", "key": "k3y-of-the-destination"}


@pytest.fixture
def auth_server():
    """A token endpoint on a server of its own; it numbers its tokens."""
    with Upstream().serving() as server:
        numbers = iter(range(1, 1000))
        server.replies["/token"] = lambda _: reply_json({"access_token": f"t0ken-{next(numbers)}", "expires_in": 600})
        yield server


def connector(upstream, auth_server, permalink="one", **more):
    config = {
        "client_id": "me",
        "client_secret": "{{ get_secret('secret') }}",
        "token_url": f"{auth_server.origin}/token",
        **more.pop("config", {}),
    }
    signed_in = {"type": more.pop("type", "oauth_client_credentials"), "config": config}
    return {
        "name": permalink,
        "permalink": permalink,
        "url": f"{upstream.origin}/v1",
        "authentication": signed_in,
    } | more


def error_of(answer):
    return json.loads(answer.body)["errors"]


def steps(execution):
    return [step.what for step in execution.sign_in]


async def test_the_token_replaces_every_other_authorization(upstream, auth_server):
    declared = connector(
        upstream,
        auth_server,
        headers=[{"key": "authorization", "value": "Basic configured", "overridable": True}],
    )
    async with executor([declared], secrets=SECRETS) as running:
        await running.execute(headers={"authorization": "Bearer of-the-caller"})
    assert upstream.last.headers["authorization"] == "Bearer t0ken-1"
    assert auth_server.last.headers["content-type"] == "application/x-www-form-urlencoded"
    assert auth_server.last.headers["accept"] == "application/json"


async def test_connectors_with_the_same_credentials_share_a_token(upstream, auth_server):
    connectors = [connector(upstream, auth_server, "one"), connector(upstream, auth_server, "two", method="POST")]
    async with executor(connectors, secrets=SECRETS) as running:
        await running.execute("one")
        await running.execute("two", method="POST", body=b"{}")
    assert len(auth_server.received) == 1
    assert {received.headers["authorization"] for received in upstream.received} == {"Bearer t0ken-1"}


async def test_five_hundred_executions_at_expiry_make_one_token_request(upstream, auth_server):
    lifetimes_s = iter([0.5])
    auth_server.replies["/token"] = lambda _: reply_json(
        {"access_token": f"t0ken-{len(auth_server.received)}", "expires_in": next(lifetimes_s, 600)}
    )
    async with executor([connector(upstream, auth_server)], secrets=SECRETS, max_queue_wait_s=25) as running:
        execution, _ = await running.execute()
        while execution.token.lives(time.time()):
            await asyncio.sleep(0.05)
        executed = await asyncio.gather(*(running.execute() for _ in range(500)))
    assert {answer.status for _, answer in executed} == {200}
    how = Counter(step for execution, _ in executed for step in steps(execution))
    assert (how["fetched"], how["waited"] + how["cached"]) == (1, 499)  # whoever is slower finds it there
    assert len(auth_server.received) == 2
    assert {received.headers["authorization"] for received in upstream.received[1:]} == {"Bearer t0ken-2"}


async def test_the_first_caller_hangs_up_and_the_others_get_the_token_it_asked_for(upstream, auth_server):
    arrived, released = threading.Event(), threading.Event()
    auth_server.replies["/token"] = Reply(
        body=b'{"access_token": "t0ken-1"}', before=lambda: (arrived.set(), released.wait(10))
    )
    async with executor([connector(upstream, auth_server)], secrets=SECRETS) as running:
        first = asyncio.create_task(running.execute())
        await asyncio.to_thread(arrived.wait, 10)
        others = [asyncio.create_task(running.execute()) for _ in range(20)]
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        released.set()
        executed = await asyncio.gather(*others)
    assert {answer.status for _, answer in executed} == {200}
    assert len(auth_server.received) == 1


async def test_two_scopes_through_the_whole_pipeline_while_tokens_are_refused(upstream, auth_server):
    """Each destination takes the tokens of its own scope only, and takes them back now and then."""
    valid: dict[str, str] = {}
    mixed_up = []

    def token(received):
        scope = dict(parse_qsl(received.body.decode()))["scope"]
        valid[scope] = f"{scope}/{len(auth_server.received)}"
        return reply_json({"access_token": valid[scope], "expires_in": 600})

    def reply(received):
        scope, _, number = received.headers["authorization"].removeprefix("Bearer ").partition("/")
        if received.path != f"/{scope}":
            mixed_up.append((received.path, scope))
        is_taken_back = len(upstream.received) % 40 == 0 or f"{scope}/{number}" != valid[scope]
        return reply_json({}, 401 if is_taken_back else 200)

    auth_server.replies["/token"] = token
    upstream.replies |= {"/read": reply, "/write": reply}
    scopes = ("read", "write")
    declared = [
        connector(upstream, auth_server, scope, url=f"{upstream.origin}/{scope}", config={"scope": scope})
        for scope in scopes
    ]
    async with executor(declared, secrets=SECRETS) as running:
        for _ in range(20):
            await asyncio.gather(*(running.execute(scopes[number % 2]) for number in range(50)))
    assert not mixed_up
    assert len(auth_server.received) > 4


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_permanent_401_costs_exactly_two_calls(upstream, auth_server, method):
    upstream.replies["/v1"] = reply_json({"error": "no"}, 401)
    declared = connector(upstream, auth_server, method=method)
    async with executor([declared], secrets=SECRETS) as running:
        for round_ in range(1, 4):
            execution, answer = await running.execute(method=method, body=b'{"a": 1}' if method == "POST" else b"")
            assert (answer.status, answer.body) == (401, b'{"error": "no"}')
            assert dict(answer.headers)["X-Connector-Upstream-Status"] == "401"
            assert len(upstream.received) == 2 * round_
            assert steps(execution)[1:] == ["refused", "fetched" if round_ == 1 else "cached"]
    assert {received.body for received in upstream.received} == {b'{"a": 1}' if method == "POST" else b""}
    assert len(auth_server.received) == 2


async def test_a_401_when_there_is_no_other_token_is_the_answer(upstream, auth_server):
    async with executor([connector(upstream, auth_server)], secrets=SECRETS) as running:
        await running.execute()
        upstream.replies["/v1"] = reply_json({"error": "no"}, 401)
        auth_server.replies["/token"] = Reply(503, b"")
        execution, answer = await running.execute()
    assert (answer.status, answer.body) == (401, b'{"error": "no"}')
    assert steps(execution) == ["cached", "refused", "failed"]
    assert len(upstream.received) == 2


async def test_a_401_of_a_fixed_credential_costs_one_call(upstream, auth_server):
    upstream.replies["/v1"] = reply_json({}, 401)
    fixed = {
        "name": "One",
        "url": f"{upstream.origin}/v1",
        "authentication": {"type": "bearer", "config": {"token": "{{ get_secret('key') }}"}},
    }
    async with executor([fixed], secrets=SECRETS) as running:
        _, answer = await running.execute()
    assert (answer.status, len(upstream.received)) == (401, 1)


async def test_a_token_that_was_taken_back_is_replaced_and_the_body_sent_again(upstream, auth_server):
    upstream.replies["/v1"] = lambda received: (
        reply_json({"ok": True})
        if received.headers["authorization"] == "Bearer t0ken-2"
        else reply_json({"error": "expired"}, 401)
    )
    declared = connector(upstream, auth_server, method="PUT")
    async with executor([declared], secrets=SECRETS) as running:
        _, answer = await running.execute(method="PUT", body=b"content")
        assert (answer.status, json.loads(answer.body)) == (200, {"ok": True})
        assert [received.body for received in upstream.received] == [b"content", b"content"]
        execution, _ = await running.execute(method="PUT", body=b"content")
    assert steps(execution) == ["cached"]


async def test_all_tries_are_within_the_time_limit(upstream, auth_server):
    """The second call has what the first has left of the time, not as much again."""
    released = threading.Event()

    def reply(received):
        if received.headers["authorization"] == "Bearer t0ken-1":
            return Reply(401, before=lambda: time.sleep(2.5))
        return Reply(before=lambda: released.wait(30))

    upstream.replies["/v1"] = reply
    async with executor([connector(upstream, auth_server)], secrets=SECRETS, upstream_timeout_s=3) as running:
        started = time.monotonic()
        _, answer = await running.execute()
        taken_s = time.monotonic() - started
        released.set()
    assert error_of(answer)["code"] == "UPSTREAM_TIMEOUT"
    assert 2.9 < taken_s < 5.4  # as much again would be 5.5
    assert len(upstream.received) == 2


async def test_a_slow_token_endpoint_is_external_time(upstream, auth_server):
    auth_server.replies["/token"] = Reply(body=b'{"access_token": "t"}', before=lambda: time.sleep(0.2))
    async with executor([connector(upstream, auth_server)], secrets=SECRETS) as running:
        _, answer = await running.execute()
    timing = json.loads(dict(answer.headers)["X-Connector-Timing"])
    assert timing["external_ms"] > 190
    assert timing["internal_ms"] < timing["total_ms"] - 190


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (
            reply_json({"error": "invalid_client", "error_description": "Unknown client"}, 401),
            "invalid_client (Unknown",
        ),
        (reply_json({"error": "x", "error_description": "bad s3cret-of-the-client"}, 400), "answered 400: x."),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "no JSON object"),
        (Reply(302, b"", {"Location": "/elsewhere"}), "redirect 302"),
        (Reply(200, b'{"access_token": "' + b"x" * 300_000 + b'"}'), "longer than"),
        (Reply(200, b'{"access_token": "a\\nb"}'), "no header can carry"),
        (Reply(503, b""), "answered 503"),
    ],
)
async def test_what_the_token_endpoint_does_wrong_is_said_once_and_not_asked_again(upstream, auth_server, reply, says):
    auth_server.replies["/token"] = reply
    async with executor([connector(upstream, auth_server)], secrets=SECRETS) as running:
        for _ in range(3):
            execution, answer = await running.execute()
            error = error_of(answer)
            assert (answer.status, error["code"], error["scope"]) == (
                502,
                "OAUTH_TOKEN_ERROR",
                "Authentication (OAuth token)",
            )
            assert says in error["detail"]
            assert "s3cret" not in error["detail"]
            assert steps(execution) == ["failed"]
    assert not upstream.received
    assert len(auth_server.received) == 1


async def test_an_endpoint_that_cannot_be_reached_or_may_not_be_called(upstream, auth_server):
    refused = [
        connector(upstream, auth_server, "nobody", config={"token_url": f"http://127.0.0.1:{free_port()}/token"}),
        connector(upstream, auth_server, "metadata", config={"token_url": "http://{{ '169.254.169.254' }}/token"}),
        connector(upstream, auth_server, "nonsense", config={"token_url": "{{ 'nonsense' }}"}),
    ]
    async with executor(refused, secrets=SECRETS) as running:
        codes = [
            error_of((await running.execute(permalink))[1])["code"] for permalink in ("nobody", "metadata", "nonsense")
        ]
    assert codes == ["OAUTH_TOKEN_ERROR", "DESTINATION_NOT_ALLOWED", "DESTINATION_NOT_ALLOWED"]


async def test_an_assertion_that_cannot_be_signed(upstream, auth_server):
    config = {"private_key": "{{ get_secret('key') }}", "subject": "s", "audience": "a"}
    declared = connector(upstream, auth_server, type="oauth_jwt_bearer", config=config)
    async with executor([declared], secrets=SECRETS) as running:
        _, answer = await running.execute()
    error = error_of(answer)
    assert (answer.status, error["code"]) == (422, "JWT_SIGNING_ERROR")
    assert "k3y-of" not in error["detail"]
    assert not auth_server.received


async def test_a_bound_secret_of_a_token_request_is_held_to_the_token_endpoint(upstream, auth_server):
    """The secret goes to the endpoint, and the token it gives to the destination."""
    header = [{"key": "X-Key", "value": "{{ get_secret('key') }}"}]
    both = connector(upstream, auth_server, headers=header)
    mixed = connector(upstream, auth_server, "mixed", headers=[{"key": "X-S", "value": "{{ get_secret('secret') }}"}])
    to = {"auth": frozenset({auth_server.origin}), "api": frozenset({upstream.origin})}
    cases = [
        ("one", {"secret": to["auth"], "key": to["api"]}, 200),
        ("one", {"secret": to["api"]}, 422),
        ("one", {"key": to["auth"]}, 422),
        ("mixed", {"secret": to["auth"]}, 422),
        ("mixed", {"secret": to["auth"] | to["api"]}, 200),
    ]
    for permalink, bound, status in cases:
        auth_server.received.clear()
        async with executor([both, mixed], secrets=SECRETS, secret_origins=bound) as running:
            _, answer = await running.execute(permalink)
        assert answer.status == status, (permalink, bound)
        if status == 422:
            assert error_of(answer)["code"] == "DESTINATION_NOT_ALLOWED"
            assert not auth_server.received


async def test_an_admin_is_shown_what_signing_in_did_and_no_token(upstream, auth_server):
    upstream.replies["/v1"] = lambda received: Reply(401 if received.headers["authorization"][-1] == "1" else 200)
    async with executor([connector(upstream, auth_server)], secrets=SECRETS) as running:
        execution, _ = await running.execute()
        again, _ = await running.execute()
    explained = explain(execution)
    told = explained["authentication"]
    assert told["type"] == "oauth_client_credentials"
    assert [step["what"] for step in told["steps"]] == ["fetched", "refused", "fetched"]
    assert all(step["ms"] >= 0 for step in told["steps"])
    assert [step["what"] for step in explain(again)["authentication"]["steps"]] == ["cached"]
    shown = json.dumps(explained) + as_curl(explained)
    assert "Bearer <access token>" in shown
    assert "t0ken" not in shown
    assert "s3cret" not in shown


async def test_every_way_to_a_token_is_shown_with_its_time(upstream, auth_server):
    auth_server.replies["/token"] = Reply(
        body=b'{"access_token": "t0ken", "expires_in": 600}', before=lambda: time.sleep(1)
    )
    async with executor([connector(upstream, auth_server)], secrets=SECRETS) as running:
        first, second = await asyncio.gather(running.execute(), running.execute())
        running.pipeline.tokens._now = lambda: time.time() + 550
        third = await running.execute()
        running.pipeline.tokens._now = time.time
        await running.pipeline.tokens.aclose()
    told = [explain(execution)["authentication"]["steps"] for execution, _ in (first, second, third)]
    assert [[step["what"] for step in steps] for steps in told] == [["fetched"], ["waited"], ["cached", "renewing"]]
    fetched_ms, waited_ms, cached_ms = (steps[0]["ms"] for steps in told)
    assert fetched_ms > 990
    assert waited_ms > cached_ms
    assert cached_ms < 900


async def test_a_report_hides_every_token_that_was_sent(upstream, auth_server):
    """The destination tells the token that it has refused, in its own words and as base64, in body and header."""

    def reply(received):
        if received.headers["authorization"] == "Bearer t0ken-1":
            return reply_json({}, 401)
        told = f"t0ken-1 {base64.b64encode(b't0ken-1').decode()} and t0ken-2"
        return reply_json({"told": told}, X_Told="t0ken-1")

    upstream.replies["/v1"] = reply
    declared = connector(upstream, auth_server, response_headers=["X-Told"])
    async with executor([declared], secrets=SECRETS) as running:
        execution, answer = await running.execute()
    assert "t0ken-1" in answer.body.decode()  # a caller gets what the destination says
    shown = json.dumps(report_of(Trial(execution, answer, None)))
    assert "told" in shown
    assert not any(word in shown for word in ("t0ken", "dDBrZW4tMQ"))
    assert "t0ken" not in repr(execution)


async def test_signing_is_shown_with_its_time(upstream):
    signed = {
        "name": "One",
        "url": f"{upstream.origin}/v1",
        "authentication": {
            "type": "jwt",
            "config": {"private_key": "x" * 40, "algorithm": "HS256", "claims": {"exp": "{{ now(60) }}"}},
        },
    }
    async with executor([signed]) as running:
        execution, _ = await running.execute()
    assert [step["what"] for step in explain(execution)["authentication"]["steps"]] == ["signed"]
    assert upstream.last.headers["authorization"].count(".") == 2
