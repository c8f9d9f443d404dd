"""Caches that are not ours, a browser's own and a shared one before the service, never mix users or path parameters."""

import itertools
import os
import shutil
import subprocess
from contextlib import contextmanager

import httpx2
import pytest

from support.processes import free_port, stop, wait_for_port
from support.service import serving, write_dev_config, write_registry
from support.upstream import Reply, Upstream
from widget_service.dev.user_tokens import user_tokens_of
from widget_service.identity.users import User

PATH = "/widget-service/connectors/{}/execute"


@pytest.fixture(scope="module")
def upstream_of_module():
    numbers = itertools.count(1)

    def reply(request):
        told = f"{request.target} user={request.headers.get('x-user')} lang={request.headers.get('x-lang')}"
        headers = {"Content-Type": "text/plain", "Cache-Control": "max-age=600"}
        return Reply(200, f"{told} n={next(numbers)}".encode(), headers)

    with Upstream().serving() as server:
        server.replies |= dict.fromkeys(("/of", "/items/1", "/items/2"), reply)
        yield server


@pytest.fixture(scope="module")
def service(upstream_of_module, tmp_path_factory):
    repo = tmp_path_factory.mktemp("repo")
    origin = upstream_of_module.origin
    connectors = [
        {"name": "mine", "url": f"{origin}/of", "headers": [{"key": "X-User", "value": "{{ user.id }}"}]},
        {"name": "item", "url": f"{origin}/items/{{{{ pathParams.id }}}}", "path_parameters": [{"key": "id"}]},
    ]
    write_registry(repo, connectors)
    write_dev_config(repo, '[[users]]\nid = "anna"\n[[users]]\nid = "bert"\n')
    with serving(repo) as running:
        yield running


def token_of(service, user: str) -> str:
    return user_tokens_of(service.repo).mint(User(user), lifetime_s=600)


def session_of(service, user: str) -> dict[str, str]:
    """Return the cookie of a session of ``user``, and its CSRF token."""
    answer = service.client.post("/session", json={"token": token_of(service, user)})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    service.client.cookies.clear()
    return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}


def test_a_browser_uses_its_own_copy_for_the_same_user_and_parameters_alone(browser, service):
    context = browser.new_context()
    page = context.new_page()
    page.goto(service.origin + "/openapi.json")
    call = """async ([path, headers]) => {
      const answer = await fetch(path, {headers});
      return [await answer.text(), answer.headers.get("cache-control"), answer.headers.get("x-request-id")];
    }"""

    def called(permalink, user, **headers):
        session = session_of(service, user)
        name, _, value = session["Cookie"].partition("=")
        context.clear_cookies()
        context.add_cookies([{"name": name, "value": value, "url": service.origin}])
        given = {"X-CSRF-Token": session["X-CSRF-Token"], **headers}
        first = page.evaluate(call, [PATH.format(permalink), given])
        return first, page.evaluate(call, [PATH.format(permalink), given])

    for user in ("anna", "bert", "anna"):
        first, second = called("mine", user)
        assert f"user={user} " in first[0]
        assert second == first  # the request id too: it has not left the browser
        assert first[1].startswith("private, max-age=")
    for number in ("1", "2", "1"):
        first, _ = called("item", "anna", **{"X-Path-Params": f"id={number}"})
        assert first[0].startswith(f"/items/{number} ")
    for language in ("de", "en", "de"):
        first, _ = called("item", "anna", **{"X-Path-Params": "id=1", "X-Lang": language})
        assert f"lang={language} " in first[0]
    context.close()


@contextmanager
def nginx_before(service, folder):
    """Run nginx as a shared cache before the service while the block runs."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not there; install it with: make setup-system")
    port = free_port()
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"""
      daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
      {"user root;" if os.geteuid() == 0 else ""}
      events {{ worker_connections 256; }}
      http {{ {paths} access_log off; proxy_cache_path {folder}/cache keys_zone=kept:1m;
        server {{ listen 127.0.0.1:{port};
          location / {{ proxy_pass {service.origin}; proxy_set_header Host {service.origin.partition("//")[2]};
            proxy_cache kept; add_header X-Cache-Status $upstream_cache_status; }} }} }}""")
    log = folder / "nginx.log"
    with log.open("wb") as output:
        process = subprocess.Popen([program, "-c", str(folder / "nginx.conf")], stdout=output, stderr=output)
    try:
        wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def test_a_shared_cache_before_the_service_mixes_nothing(service, tmp_path):
    sessions = {user: session_of(service, user) for user in ("anna", "bert")}
    with nginx_before(service, tmp_path) as proxy, httpx2.Client(base_url=proxy, trust_env=False) as client:
        for _ in range(3):
            for user, session in sessions.items():
                answer = client.get(PATH.format("mine"), headers=session)
                assert f"user={user} " in answer.text
                assert answer.headers["x-cache-status"] != "HIT"
            for number in ("1", "2"):
                answer = client.get(PATH.format("item"), headers={"X-Path-Params": f"id={number}"})
                assert answer.text.startswith(f"/items/{number} ")
            for user in sessions:
                bearer = {"Authorization": f"Bearer {token_of(service, user)}"}
                assert f"user={user} " in client.get(PATH.format("mine"), headers=bearer).text
            assert client.get(PATH.format("mine")).status_code == 401
