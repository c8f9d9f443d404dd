"""The installation that the service serves while it is measured: a database, and the repository applied to it."""

import json
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.origin import KEY, KEY_HEADER, Origin
from bench.scenarios import Kind
from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control import values
from widget_service.control.plane import control_plane
from widget_service.control.registries import apply_registry, plan_registry
from widget_service.control.setup import initialise
from widget_service.settings import Settings, load_settings

USER_ID = "u-1"

_AUTHENTICATION = {
    "type": "api_key",
    "config": {"key": KEY_HEADER, "value": "{{ get_secret('api_key') }}", "in": "header"},
}
_RESPONSE_TEMPLATE = (
    "{% set data = response.body | from_json %}"
    "{{ {'total': data['total'], 'items': data['items'], 'status': response.status_code} | tojson }}"
)


def make_installation(folder: Path, origin: Origin, *, connectors: int = 0) -> tuple[Settings, Mapping[str, float]]:
    """Make a database with a connector for every kind of load, and others until there are ``connectors``.

    Return its settings, and the seconds that checking (``plan``) and syncing (``apply``) took.
    """
    repo = folder / "repository"
    _write_repository(repo, origin, connectors=connectors)
    settings = load_settings(defaults={"data_dir": folder / "data", "allow_insecure_upstreams": True})
    initialise(settings, actor="bench")
    with control_plane(settings) as plane:
        values.set_secret(plane, DEFAULT_TENANT, "api_key", KEY, actor="bench")
        values.set_variable(plane, DEFAULT_TENANT, "region", "eu", actor="bench")
        started = perf_counter()
        plan_registry(plane, DEFAULT_TENANT, repo)
        planned = perf_counter()
        apply_registry(plane, DEFAULT_TENANT, repo, actor="bench")
        return settings, {"plan": planned - started, "apply": perf_counter() - planned}


def _write_repository(repo: Path, origin: Origin, *, connectors: int) -> None:
    measured = _measured(origin)
    kept = measured[:1] if connectors else measured
    kept += [] if connectors else _faulty(origin)
    others = [_other(number, origin) for number in range(max(connectors - len(kept), 0))]
    repo.mkdir(parents=True)
    (repo / "connectors_registry.json").write_text(json.dumps({"connectors": [*kept, *others]}), encoding="utf-8")


def _measured(origin: Origin) -> list[dict[str, Any]]:
    plain = f"http://127.0.0.1:{origin.port}"
    get = {"url": f"{plain}/json", "authentication": _AUTHENTICATION}
    return [
        {"name": Kind.GET, **get},
        {
            "name": Kind.PIPELINE,
            **get,
            "headers": [{"key": "X-User", "value": "{{ user.id }}"}],
            "query_parameters": [{"key": "region", "value": "{{ get_variable('region') }}"}],
            "response_body": _RESPONSE_TEMPLATE,
            "response_content_type": "application/json",
        },
        {"name": Kind.POST, "method": "POST", "url": f"{plain}/sink", "authentication": _AUTHENTICATION},
        {"name": Kind.CACHE, "url": f"{plain}/cacheable", "authentication": _AUTHENTICATION},
        {"name": Kind.FILE, "url": f"{plain}/file", "authentication": _AUTHENTICATION},
        {
            "name": Kind.TLS,
            "url": f"https://127.0.0.1:{origin.tls_port}/tls/json",
            "authentication": _AUTHENTICATION,
        },
    ]


def _faulty(origin: Origin) -> list[dict[str, Any]]:
    return [
        {"name": name, "url": f"http://127.0.0.1:{port}/", "authentication": _AUTHENTICATION}
        for name, port in origin.fault_ports.items()
    ]


def _other(number: int, origin: Origin) -> dict[str, Any]:
    """No two have the same templates, for what is shared would be cheaper than it is."""
    return {
        "name": f"Other {number}",
        "url": f"http://127.0.0.1:{origin.port}/other/{number}/{{{{ get_variable('region') }}}}",
        "headers": [{"key": "X-User", "value": f"{number}-{{{{ user.id }}}}"}],
        "query_parameters": [{"key": "limit", "value": "10", "overridable": True}],
        "authentication": _AUTHENTICATION,
        "response_body": f"{{% set data = response.body | from_json %}}{{{{ data['items'] | tojson }}}}{number}",
    }
