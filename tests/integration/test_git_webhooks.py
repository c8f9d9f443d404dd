"""Pushes that git hosts tell of: who signs one has its repository looked at soon, and can do nothing else with it."""

import asyncio
import hmac
import json
from datetime import timedelta
from hashlib import sha256

import pytest
import pytest_asyncio

from support.git_server import git_host
from support.git_sites import HOOK, done, git_site, registry, until
from widget_service.admin.git_syncing import GitSyncing
from widget_service.admin.webhooks import MAX_BODY_BYTES, PER_MINUTE_AND_ADDRESS, PER_MINUTE_AND_SOURCE
from widget_service.control.git_pushes import REST
from widget_service.storage import git_sources

BODY = json.dumps({"ref": "refs/heads/main"}).encode()
ELSEWHERE = "https://git.example.com/shop.git"


@pytest.fixture
def host(tmp_path):
    with git_host(tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def site(tmp_path):
    async with git_site(tmp_path) as running:
        yield running


def signature(body=BODY, secret=HOOK):
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()}


async def pushed(site, path="/default/shop", body=BODY, **headers):
    return await site.client.post(f"/webhooks/git{path}", content=body, headers=headers or signature(body))


async def set_up(site, url=ELSEWHERE, name="shop", **wanted):
    await done(site, "PUT", f"/registries/{name}/git", 201, json={"url": url, "webhook_secret": "git_hook", **wanted})


async def test_a_signed_push_is_looked_at_soon_and_a_poll_finds_what_no_push_told(site, host):
    host.push({"connectors_registry.json": registry("A")})
    await set_up(site, host.url, poll_seconds=30)
    syncing = GitSyncing(site.plane, look_every_s=0.02)
    await syncing.start()
    try:
        await until(site, ["a"])
        host.push({"connectors_registry.json": registry("B")})
        answer = await pushed(site)
        assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
        await until(site, ["b"])
    finally:
        await syncing.aclose()


async def test_what_is_not_signed_is_refused_and_told_nothing(site):
    await set_up(site)
    await set_up(site, name="quiet", webhook_secret=None)
    answers = set()
    for path in ("/default/shop", "/default/quiet", "/default/nothing", "/nobody/shop"):
        for headers in ({"X-Other": "1"}, {"X-Hub-Signature-256": "sha256=00"}, {"X-Gitlab-Token": "wrong"}):
            answer = await pushed(site, path, b"{}", **headers)
            answers.add((answer.status_code, answer.json()["errors"]["detail"]))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 403


@pytest.mark.parametrize(
    ("kind", "headers", "expected"),
    [
        ("signed", signature(), 202),
        ("github", signature(), 202),
        ("gitlab", {"X-Gitlab-Token": HOOK}, 202),
        ("signed", {"X-Gitlab-Token": HOOK}, 403),
        ("github", {"X-Gitlab-Token": HOOK}, 403),
        ("gitlab", signature(), 403),
        ("gitea", signature(), 403),
        ("gitlab", {"X-Gitlab-Token": "other"}, 403),
    ],
)
async def test_a_push_is_taken_as_its_kind_of_host_signs_it(site, kind, headers, expected):
    await set_up(site, webhook_kind=kind)
    assert (await done(site, "GET", "/registries/shop/git"))["webhook_kind"] == kind
    assert (await pushed(site, **headers)).status_code == expected


async def test_the_secret_of_one_repository_signs_no_push_of_another(site):
    await done(site, "PUT", "/secrets/other_hook", 201, json={"value": "0ther-hook-0123456789"})
    await set_up(site, webhook_kind="gitlab")
    await set_up(site, name="other", webhook_kind="gitlab", webhook_secret="other_hook")
    assert (await pushed(site, "/default/other", **{"X-Gitlab-Token": HOOK})).status_code == 403
    assert (await pushed(site, "/default/shop", **{"X-Gitlab-Token": HOOK})).status_code == 202


async def test_what_nobody_can_have_signed_is_answered_before_its_body_came(site):
    read = []

    async def endless():
        while True:
            read.append(1)
            yield b"x" * 65536

    await set_up(site)
    for path, headers in (("/default/nothing", signature()), ("/default/shop", {"X-Other": "1"})):
        answer = await site.client.post(f"/webhooks/git{path}", content=endless(), headers=headers)
        assert answer.status_code == 403
    assert len(read) == 0


async def test_a_body_that_is_larger_than_pushes_are_is_refused(site):
    await set_up(site)
    assert (await pushed(site, body=b"x" * (MAX_BODY_BYTES + 1))).status_code == 413


async def test_one_address_pushes_so_often_a_minute(site):
    statuses = [(await pushed(site, "/default/nothing")).status_code for _ in range(PER_MINUTE_AND_ADDRESS + 1)]
    assert statuses == [403] * PER_MINUTE_AND_ADDRESS + [429]
    assert int((await pushed(site)).headers["retry-after"]) > 0


async def test_who_cannot_sign_uses_up_nothing_of_what_the_host_may_send(site):
    await set_up(site)
    for _ in range(PER_MINUTE_AND_SOURCE):
        assert (await pushed(site, **signature(secret="wrong"))).status_code == 403
    for expected in [202] * (PER_MINUTE_AND_SOURCE - 1):
        assert (await pushed(site)).status_code == expected


async def test_a_push_that_is_sent_again_and_again_has_the_repository_looked_at_once(site):
    await set_up(site)
    plane, asked = site.plane, []
    with plane.database.change(actor="test", action="test.looked", tenant_id="default") as change:
        looked = change.at
        later = looked + timedelta(hours=1)
        git_sources.note(change, "default", "shop", checked_at=looked, due_at=later, seen="c0ffee")
    for _ in range(3):
        assert (await pushed(site)).status_code == 202
        with plane.database.read() as read:
            asked.append(git_sources.get(read, "default", "shop").due_at)
    assert asked == [looked + REST] * 3, "not before it had its rest, and each time the same"
    assert not any(each["action"] == "git-source.due" for each in (await done(site, "GET", "/audit"))["items"])


async def test_a_repository_that_breaks_or_hangs_keeps_no_other_waiting(site, host, monkeypatch):
    """One raises what nobody foresaw, as many hang as may be looked at of a tenant: the others are synced."""
    host.push({"connectors_registry.json": registry("A")})
    add_tenant(site)
    for name in ("a-broken", "b-hangs", "c-hangs", "d-waits"):
        await set_up(site, name=name)
    await done(site, "PUT", "/registries/shop/git?tenant=other", 201, json={"url": host.url})
    sync, hanging = GitSyncing.sync, asyncio.Event()

    async def stubborn(self, tenant_id, registry_id, **more):
        if registry_id == "a-broken":
            raise RuntimeError("what nobody foresaw")
        if tenant_id == "default":
            async with self._turns.of((tenant_id, registry_id)):
                await hanging.wait()
        return await sync(self, tenant_id, registry_id, **more)

    monkeypatch.setattr(GitSyncing, "sync", stubborn)
    syncing = GitSyncing(site.plane, look_every_s=0.02)
    await syncing.start()
    try:
        async with asyncio.timeout(20):
            while (await done(site, "GET", "/registries/shop/git?tenant=other"))["state"] != "applied":
                await asyncio.sleep(0.02)
    finally:
        await syncing.aclose()


def add_tenant(site):
    from widget_service.control.tenants import add_tenant

    add_tenant(site.plane, "other", actor="test")
