"""The widget repository that the service serves while it is measured."""

import json
from pathlib import Path
from typing import Any

from bench.origin import KEY, KEY_HEADER, Origin
from bench.scenarios import Kind

USER_ID = "u-1"

_AUTHENTICATION = {
    "type": "api_key",
    "config": {"key": KEY_HEADER, "value": "{{ get_secret('api_key') }}", "in": "header"},
}
_RESPONSE_TEMPLATE = (
    "{% set data = response.body | from_json %}"
    "{{ {'total': data['total'], 'items': data['items'], 'status': response.status_code} | tojson }}"
)


def write_repository(repo: Path, origin: Origin, *, connectors: int = 0) -> None:
    """Write a repository with a connector for every kind of load, and others until there are ``connectors``."""
    measured = _measured(origin)
    kept = measured[:1] if connectors else measured
    others = [_other(number, origin) for number in range(max(connectors - len(kept), 0))]
    (repo / ".widget-service").mkdir(parents=True)
    (repo / "connectors_registry.json").write_text(json.dumps({"connectors": [*kept, *others]}), encoding="utf-8")
    (repo / ".widget-service" / "dev.toml").write_text(_dev_config(), encoding="utf-8")


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
        {"name": Kind.FILE, "url": f"{plain}/file", "authentication": _AUTHENTICATION},
        {
            "name": Kind.TLS,
            "url": f"https://127.0.0.1:{origin.tls_port}/tls/json",
            "authentication": _AUTHENTICATION,
        },
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


def _dev_config() -> str:
    return f"""
[secrets]
api_key = "{KEY}"

[variables]
region = "eu"

[[users]]
id = "{USER_ID}"
email = "anna@example.com"
"""
