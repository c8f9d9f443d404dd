"""One service per module, over a repository of its own that points at a recording upstream."""

import json
from collections.abc import Iterator

import pytest

from support.service import Service, serving, write_dev_config, write_registry
from support.upstream import Upstream

KEY = "k3y-of-the-destination-0f1e2d3c"


@pytest.fixture(scope="module")
def shared_upstream() -> Iterator[Upstream]:
    """A destination for all tests of a module; each test resets what it remembers."""
    with Upstream().serving() as server:
        yield server


@pytest.fixture(scope="module")
def module_service(shared_upstream, tmp_path_factory, request) -> Iterator[Service]:
    """The service over the module's ``CONNECTORS``; ``{upstream}`` in their URLs is the upstream's origin."""
    repo = tmp_path_factory.mktemp("repo")
    connectors = [
        {**connector, "url": connector["url"].replace("{upstream}", shared_upstream.origin)}
        for connector in request.module.CONNECTORS
    ]
    composites = json.dumps(getattr(request.module, "COMPOSITES", [])).replace("{upstream}", shared_upstream.origin)
    write_registry(repo, connectors, composite_connectors=json.loads(composites))
    write_dev_config(
        repo,
        f"""
        [secrets]
        api_key = "{KEY}"
        [variables]
        region = "eu"
        folder = "a/b c"
        dots = ".."
        bad_host = "http://admin:PASSWORD@127.0.0.1:9"
        bad_name = "X Key"
        [map]
        "api.mapped.example" = "{shared_upstream.origin}"
        [[users]]
        id = "u-1"
        email = "anna@example.com"
        """,
    )
    with serving(repo, env={"WIDGET_SERVICE_ALLOWED_ORIGINS": "https://www.example.com"}) as service:
        yield service


@pytest.fixture
def service(module_service, shared_upstream) -> Service:
    """The module's service, with an upstream that has forgotten earlier tests."""
    shared_upstream.received.clear()
    shared_upstream.replies.clear()
    return module_service
