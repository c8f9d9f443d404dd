"""Two processes serve one PostgreSQL database: changes reach both at once, and its death stops no call."""

import time

import httpx2
import pytest

from support.installation import make_installation, serving_by
from support.postgres_server import postgres_server
from support.upstream import reply_json
from widget_service.control import values
from widget_service.control.plane import control_plane
from widget_service.storage.errors import DatabaseUnavailable

PATH = "/widget-service/connectors/region/execute"


@pytest.fixture
def server():
    with postgres_server(safely=True) as server:
        yield server


def sent(origin, upstream):
    """Call the connector, and return the header that its destination was sent."""
    upstream.received.clear()
    answer = httpx2.get(f"{origin}{PATH}", trust_env=False, timeout=10)
    assert answer.status_code == 200, answer.text
    return upstream.last.headers["x-region"]


def wait_for(condition, timeout_s):
    """Return how long it took for the condition to hold."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < timeout_s
        time.sleep(0.01)
    return time.monotonic() - started


def set_region(settings, value):
    with control_plane(settings) as plane:
        values.set_variable(plane, "default", "region", value, actor="test")


def test_two_processes_follow_one_server_through_its_death(server, tmp_path, upstream):
    upstream.replies["/region"] = reply_json("here")
    header = {"key": "X-Region", "value": "{{ get_variable('region') }}", "overridable": False}
    connector = {"name": "Region", "url": f"{upstream.origin}/region", "headers": [header]}
    url = server.database()
    settings = make_installation(tmp_path, [connector], {}, url)
    set_region(settings, "eu")
    with serving_by(2, settings, tmp_path) as origins:
        assert [sent(origin, upstream) for origin in origins] == ["eu", "eu"]
        set_region(settings, "us")
        for origin in origins:
            assert wait_for(lambda origin=origin: sent(origin, upstream) == "us", 5) < 2
        server.kill()
        assert [sent(origin, upstream) for origin in origins] == ["us", "us"]
        with pytest.raises(DatabaseUnavailable):
            set_region(settings, "ap")
        assert [sent(origin, upstream) for origin in origins] == ["us", "us"]
        server.start()
        set_region(settings, "ap")
        for origin in origins:
            wait_for(lambda origin=origin: sent(origin, upstream) == "ap", 15)
