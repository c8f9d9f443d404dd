"""Registries from a real git server: every push is taken up whole or refused whole, and the report says why."""

import pytest
import pytest_asyncio

from support.git_server import git, git_host
from support.git_sites import TOKEN, done, git_site, permalinks, registry
from widget_service.control.git_sources import sync_git_source
from widget_service.control.registries import apply_source
from widget_service.control.registry_source import Source
from widget_service.registry.git.fetching import Fetched
from widget_service.registry.git.protocol import NoGit, advertised_commit, pack_of
from widget_service.registry.git.repository import GitRepository, WrongRepository
from widget_service.storage.errors import Conflict


@pytest.fixture
def host(tmp_path):
    with git_host(tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def site(tmp_path):
    async with git_site(tmp_path) as running:
        yield running


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


async def test_only_who_may_use_secrets_takes_a_repository_away_with_its_registry(site, host):
    host.push({"connectors_registry.json": registry("A")})
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": host.url})
    await done(site, "POST", "/registries/shop/sync")
    editor = {**site.token("editor", "read", "write", role="editor"), "If-Match": "*"}
    answer = await site.api("DELETE", "/registries/shop", editor)
    assert (answer.status_code, answer.json()["errors"]["code"]) == (403, "ACCESS_DENIED")
    assert await permalinks(site) == ["a"]
    await done(site, "DELETE", "/registries/shop/git", 204, {"If-Match": "*"})
    assert (await site.api("DELETE", "/registries/shop", editor)).status_code == 204
    assert await permalinks(site) == []


async def test_nobody_but_the_repository_says_what_is_in_its_registry(site, host):
    """By the API, by the page and by the command alike: the control plane refuses it."""
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": host.url})
    for moved in (False, True):
        body = {"registry": {}, "moved": moved}
        for path in ("plan", "apply"):
            answer = await done(site, "POST", f"/registries/shop/{path}", 409, json=body)
            assert "comes from a repository: push there" in answer["errors"]["detail"]
        with pytest.raises(Conflict, match="push there"):
            apply_source(site.plane, "default", Source.pushed("shop", "{}"), actor="test", moved=moved)


async def test_secrets_of_repositories_are_told_as_used(site, host):
    host.push({"connectors_registry.json": registry("A")})
    wanted = {"url": host.url, "token_secret": "git_token", "webhook_secret": "git_hook"}
    await done(site, "PUT", "/registries/shop/git", 201, json=wanted)
    for looked in (False, True):
        told = {each["name"]: each for each in (await done(site, "GET", "/secrets"))["items"]}
        assert all((each["registries"], each["read_by"]) == (["shop"], []) for each in told.values())
        assert all((each["last_used_at"] is not None) is looked for each in told.values())
        await done(site, "POST", "/registries/shop/sync")


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


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"001e# service=git-upload-pack\nzzzz", b"001e# service=git-upload-pack\nffff"]
)
def test_what_is_no_answer_of_git_is_told_so(answer):
    with pytest.raises(NoGit):
        advertised_commit(answer, "main")
    with pytest.raises(NoGit):
        pack_of(answer)
