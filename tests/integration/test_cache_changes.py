"""What makes kept answers unreachable in a running service: purges, and changes of what a connector is made of."""

import itertools
import json
import time

import httpx2
import pytest

from support.commands import initialised
from support.installation import make_installation, serving
from support.upstream import Reply
from widget_service.control import values
from widget_service.control.cache import purge_cache
from widget_service.control.plane import control_plane
from widget_service.control.registries import apply_registry
from widget_service.storage.errors import NotFound

PATH = "/widget-service/connectors/{}/execute"


def counting():
    numbers = itertools.count(1)
    headers = {"Content-Type": "application/json", "Cache-Control": "max-age=600"}
    return lambda _: Reply(200, f"{next(numbers)}".encode(), headers)


@pytest.fixture(scope="module")
def installation(tmp_path_factory, module_upstream):
    folder = tmp_path_factory.mktemp("purges")
    connectors = [
        {
            "name": name,
            "url": f"{module_upstream.origin}/{name}?region={{{{ get_variable('region') }}}}",
            "headers": [{"key": "X-Key", "value": "{{ get_secret('key') }}"}],
        }
        for name in ("one", "two")
    ]
    settings = make_installation(folder, connectors, {"key": "s-1"})
    with control_plane(settings) as plane:
        values.set_variable(plane, "default", "region", "eu", actor="test")
        with serving(settings, folder) as (origin, _):
            yield plane, origin, folder


@pytest.fixture(scope="module")
def module_upstream():
    from support.upstream import Upstream

    with Upstream().serving() as server:
        server.replies |= {"/one": counting(), "/two": counting()}
        yield server


def number(origin: str, permalink: str) -> int:
    return int(httpx2.get(origin + PATH.format(permalink)).text)


def becomes_another(origin: str, permalink: str, old: int) -> bool:
    """Whether another answer is given within two seconds, and is kept then."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if (new := number(origin, permalink)) != old and number(origin, permalink) == new:
            return True  # at the second look if there were two changes, and the first was seen alone
        time.sleep(0.02)
    return False


def purge_one(plane, folder):
    purge_cache(plane, "default", "one", actor="test")


def purge_all(plane, folder):
    purge_cache(plane, "default", actor="test")


def set_secret(plane, folder):
    values.set_secret(plane, "default", "key", "s-2", actor="test")


def set_the_same_variable_and_back(plane, folder):
    values.set_variable(plane, "default", "region", "us", actor="test")
    values.set_variable(plane, "default", "region", "eu", actor="test")


def change_the_definition(plane, folder):
    file = folder / "repo" / "connectors_registry.json"
    registry = json.loads(file.read_text())
    registry["connectors"][0]["response_content_type"] = "text/plain"
    file.write_text(json.dumps(registry))
    apply_registry(plane, "default", folder / "repo", actor="test")


@pytest.mark.parametrize(
    ("change", "concerns_two"),
    [
        (purge_one, False),
        (purge_all, True),
        (set_secret, True),
        (set_the_same_variable_and_back, True),
        (change_the_definition, False),
    ],
)
def test_a_change_makes_kept_answers_unreachable(installation, change, concerns_two):
    plane, origin, folder = installation
    one, two = number(origin, "one"), number(origin, "two")
    assert (number(origin, "one"), number(origin, "two")) == (one, two)
    change(plane, folder)
    assert becomes_another(origin, "one", one)
    assert (number(origin, "two") != two) is concerns_two


def test_a_purge_of_what_there_is_not_is_refused(installation):
    plane, _, _ = installation
    with pytest.raises(NotFound, match="no connector 'three'"):
        purge_cache(plane, "default", "three", actor="test")
    with pytest.raises(NotFound):
        purge_cache(plane, "nobody", actor="test")


def test_the_command_says_what_was_given_up(tmp_path):
    commands = initialised(tmp_path)
    assert "all connectors of the tenant default are given up" in commands.done("cache", "purge")
    refused = commands.run("cache", "purge", "nothing")
    assert (refused.exit_code, "no connector 'nothing'" in refused.output) == (1, True)
