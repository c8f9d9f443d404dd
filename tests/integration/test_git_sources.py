"""Registries from a real git server: every push is taken up whole or refused whole, and the report says why."""

import asyncio
import hmac
import json
from hashlib import sha256

import pytest
import pytest_asyncio

from support.admin import admin_site
from support.commands import initialised
from support.git_server import git, git_host
from widget_service.admin.webhooks import concerns, is_signed
from widget_service.control.git_sources import sync_git_source
from widget_service.registry.git.fetching import Fetched
from widget_service.registry.git.protocol import NoGit, advertised_commit, pack_of
from widget_service.registry.git.repository import GitRepository, WrongRepository

TOKEN = "t0ken-of-the-repository-0123456789"
HOOK = "h00k-of-the-repository-0123456789"


def registry(*names, **more):
    connectors = [{"name": name, "url": f"https://api.example.com/{name.lower()}"} for name in names]
    return json.dumps({"connectors": connectors, **more}, indent=2)


@pytest.fixture
def host(tmp_path):
    with git_host(tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def site(tmp_path, host):
    async with admin_site(initialised(tmp_path)) as running:
        running.owner = running.token("owner")
        for name, value in (("git_token", TOKEN), ("git_hook", HOOK)):
            await done(running, "PUT", f"/secrets/{name}", 201, json={"value": value})
        yield running


async def done(site, method, path, expected=200, headers=None, **options):
    answer = await site.api(method, path, {**site.owner, **(headers or {})}, **options)
    assert answer.status_code == expected, answer.text
    assert TOKEN not in answer.text
    assert HOOK not in answer.text
    return answer.json() if answer.content else None


async def permalinks(site):
    return [each["permalink"] for each in (await done(site, "GET", "/connectors"))["items"]]


async def test_every_push_is_taken_up_whole_or_refused_whole_with_its_report(site, host):
    host.password = TOKEN
    first = host.push({"shop/connectors_registry.json": registry("A", "B"), "README.md": "hello"})
    wanted = {"url": host.url, "folder": "shop", "token_secret": "git_token", "webhook_secret": "git_hook"}
    made = await done(site, "PUT", "/registries/shop/git", 201, json=wanted)
    assert (made["state"], made["webhook_path"]) == ("new", "/webhooks/git/default/shop")
    told = await done(site, "POST", "/registries/shop/sync")
    assert (told["state"], told["seen_commit"], told["report"]["created"]) == ("applied", first, 2)
    assert await permalinks(site) == ["a", "b"]
    shown = await done(site, "GET", "/registries/shop")
    assert (shown["kind"], shown["source"]) == ("git", f"{host.url}#main:shop")
    assert (await done(site, "GET", "/registries/shop/history"))["items"][0]["note"] == f"commit {first}"

    broken = host.push({"shop/connectors_registry.json": '{"connectors": [\n{"name": "", "url": "ftp://x"}]}'})
    told = await done(site, "POST", "/registries/shop/sync")
    assert (told["state"], told["seen_commit"]) == ("refused", broken)
    assert {(each["path"], each["line"]) for each in told["report"]["problems"]} >= {("$.connectors[0].url", 2)}
    assert await permalinks(site) == ["a", "b"], "nothing of it was taken up"
    findings = (await done(site, "GET", "/findings"))["items"]
    assert any("repository of 'shop'" in each["subject"] and each["state"] == "wrong" for each in findings)

    host.push({"shop/connectors_registry.json": registry("C")})
    assert (await done(site, "POST", "/registries/shop/sync"))["state"] == "applied"
    assert await permalinks(site) == ["c"]
    host.push({"shop/README.md": "no registry any more"})
    assert (await done(site, "POST", "/registries/shop/sync"))["report"]["deleted"] == 1
    assert await permalinks(site) == []
    await done(site, "POST", "/registries/shop/apply", 409, json={"registry": {}})


@pytest.mark.parametrize(
    ("files", "wanted", "reason"),
    [
        ({"other/x": ""}, {"folder": "shop"}, "there is no folder 'shop'"),
        ({"shop": "a file"}, {"folder": "shop"}, "'shop' in 'shop' is no folder"),
        ({"x": ""}, {"branch": "gone"}, "no branch 'gone'"),
        ({"connectors_registry.json": "-> /etc/passwd"}, {}, "is a link"),
        ({"connectors_registry.json/x": ""}, {}, "is a link, a folder"),
        ({"x": ""}, {"url": "/nothing.git"}, "The host answered 404"),
        ({"x": ""}, {"token_secret": None}, "The host answered 401"),
    ],
)
async def test_what_cannot_be_read_is_told_and_changes_nothing(site, host, files, wanted, reason):
    host.push({"connectors_registry.json": registry("A")})
    url = host.origin + wanted["url"] if "url" in wanted else host.url
    host.password = TOKEN
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": host.url, "token_secret": "git_token"})
    await done(site, "POST", "/registries/shop/sync")
    body = {"url": url, "token_secret": "git_token", **{k: v for k, v in wanted.items() if k != "url"}}
    await done(site, "PUT", "/registries/shop/git", headers={"If-Match": "*"}, json=body)
    host.push(files)
    told = await done(site, "POST", "/registries/shop/sync")
    assert told["state"] == "failed"
    assert reason in told["report"]["message"]
    assert await permalinks(site) == ["a"]


@pytest.mark.parametrize("meanwhile", ["removed", "elsewhere"])
async def test_a_repository_that_is_changed_while_it_is_fetched_is_not_applied(site, host, meanwhile):
    host.push({"connectors_registry.json": registry("A")})
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": host.url})

    class Fetching:
        async def fetch(self, *_, **__):
            if meanwhile == "removed":
                await done(site, "DELETE", "/registries/shop/git", 204, {"If-Match": "*"})
            else:
                wanted = {"url": host.url, "folder": "shop"}
                await done(site, "PUT", "/registries/shop/git", 201, {"If-Match": "*"}, json=wanted)
            return Fetched("c0ffee", registry("A").encode())

    await sync_git_source(site.plane, Fetching(), "default", "shop")
    assert await permalinks(site) == []


async def test_a_deep_history_costs_one_commit_and_deltas_are_read(site, host):
    text = registry(*(f"C{number}" for number in range(300)))
    for number in range(3):
        host.push({"connectors_registry.json": text.replace('"C7"', f'"Changed{number}"', 1), "filler": "x" * 10_000})
    git(host.root / "shop.git", "gc", "-q", "--aggressive")
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": host.url})
    assert (await done(site, "POST", "/registries/shop/sync"))["report"]["created"] == 300


async def test_a_signed_push_is_looked_at_soon_and_a_poll_finds_what_no_push_told(site, host):
    from widget_service.admin.git_syncing import GitSyncing

    host.push({"connectors_registry.json": registry("A")})
    wanted = {"url": host.url, "webhook_secret": "git_hook", "poll_seconds": 30}
    await done(site, "PUT", "/registries/shop/git", 201, json=wanted)
    syncing = GitSyncing(site.plane, look_every_s=0.02)
    await syncing.start()
    try:
        await until(site, ["a"])
        host.push({"connectors_registry.json": registry("B")})
        body = json.dumps({"ref": "refs/heads/main"}).encode()
        signature = {"X-Hub-Signature-256": "sha256=" + hmac.new(HOOK.encode(), body, sha256).hexdigest()}
        answer = await site.client.post("/webhooks/git/default/shop", content=body, headers=signature)
        assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
        await until(site, ["b"])
    finally:
        await syncing.aclose()


async def until(site, wanted):
    async with asyncio.timeout(20):
        while await permalinks(site) != wanted:
            await asyncio.sleep(0.02)


async def test_what_is_not_signed_is_refused_and_told_nothing(site, host):
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": host.url, "webhook_secret": "git_hook"})
    await done(site, "PUT", "/registries/quiet/git", 201, json={"url": host.url})
    answers = set()
    for path in ("/default/shop", "/default/quiet", "/default/nothing", "/nobody/shop"):
        for headers in ({}, {"X-Hub-Signature-256": "sha256=00"}, {"X-Gitlab-Token": "wrong"}):
            answer = await site.client.post(f"/webhooks/git{path}", content=b"{}", headers=headers)
            answers.add((answer.status_code, answer.json()["errors"]["detail"]))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 403


async def test_only_who_may_use_secrets_sets_a_repository_up(site, host):
    editor = site.token("editor", "read", "write", role="editor")
    answer = await site.api("PUT", "/registries/shop/git", editor, json={"url": host.url})
    assert answer.status_code == 403
    await done(site, "PUT", "/secrets/bound", 201, json={"value": "x" * 20, "origins": ["https://api.example.com"]})
    for wrong in (
        {"url": host.url, "token_secret": "none_such"},
        {"url": host.url, "token_secret": "bound"},
        {"url": "https://git.example.com/x?y"},
    ):
        await done(site, "PUT", "/registries/shop/git", 422, json=wrong)
    await done(site, "POST", "/registries/shop/sync", 404)


@pytest.mark.parametrize(
    ("url", "branch", "folder"),
    [
        ("http://git.example.com/x", "main", ""),
        ("https://u:p@git.example.com/x", "main", ""),
        ("https://git.example.com/", "main", ""),
        ("ssh://git.example.com/x", "main", ""),
        ("https://git.example.com/x", "-x", ""),
        ("https://git.example.com/x", "a..b", ""),
        ("https://git.example.com/x", "a b", ""),
        ("https://git.example.com/x", "main", "../x"),
        ("https://git.example.com/x", "main", "a\\b"),
    ],
)
def test_what_is_no_repository_is_refused(url, branch, folder):
    with pytest.raises(WrongRepository):
        GitRepository.checked(url, branch, folder, allow_insecure=False)


def test_pushes_are_signed_as_the_hosts_do_it():
    body, secret = b'{"ref": "refs/heads/main"}', "s3cret"
    digest = hmac.new(secret.encode(), body, sha256).hexdigest()
    for headers, expected in (
        ({"x-hub-signature-256": f"sha256={digest}"}, True),
        ({"x-gitea-signature": digest}, True),
        ({"x-forgejo-signature": digest}, True),
        ({"x-gitlab-token": secret}, True),
        ({"x-hub-signature-256": digest}, False),
        ({"x-hub-signature": "sha1=aa"}, False),
        ({"x-gitea-signature": f"{digest}0"}, False),
        ({"x-gitlab-token": ""}, False),
        ({}, False),
    ):
        assert is_signed(headers, body, secret) is expected, headers
    assert not is_signed({"x-hub-signature-256": f"sha256={digest}"}, body + b" ", secret)
    assert concerns(body, "main")
    assert not concerns(body, "other")
    assert concerns(b"payload=%7B", "main")


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"001e# service=git-upload-pack\nzzzz", b"001e# service=git-upload-pack\nffff"]
)
def test_what_is_no_answer_of_git_is_told_so(answer):
    with pytest.raises(NoGit):
        advertised_commit(answer, "main")
    with pytest.raises(NoGit):
        pack_of(answer)
