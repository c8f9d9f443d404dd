"""The REST API of admins, of the same table that its requests are answered by."""

import json
from itertools import groupby
from typing import Any

from docs.generate.markdown import code, fenced, page, prose
from docs.generate.wire_protocol import operations, parameters
from widget_service.admin.api.contract import contract
from widget_service.admin.api.resources import TABLE

ABOUT = """\
On the admin origin, <http://127.0.0.1:8401> unless `ADMIN_URL` says another, which also tells all of it with the
schemas of bodies at `/api/v1/openapi.json`. [Use the REST API](../how-to/use-the-rest-api.md) says how to sign in, to
change without losing somebody else's change, and to page through lists. Every operation takes `tenant`, `default`
unless given. Error codes: [errors](errors.md#of-the-rest-api). Beside it, `/admin/` has the pages, `/healthz` tells
that the process lives, and `/webhooks/git/TENANT/REGISTRY` takes [signed
pushes](../how-to/registries-from-git.md#webhooks)."""


def make() -> str:
    """Return the page."""
    document = contract(TABLE)
    found = sorted(operations(document), key=lambda operation: operation[2]["tags"][0])
    parts = []
    for tag, group in groupby(found, key=lambda operation: operation[2]["tags"][0]):
        parts.append(f"## {tag.replace('-', ' ').capitalize()}")
        parts += [_operation(document, *operation) for operation in group]
    return page("REST API", ABOUT, *parts)


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    own = [
        parameter
        for parameter in operation["parameters"]
        if parameter["name"] != "tenant" and parameter["in"] != "path"
    ]
    parts = [
        f"### {code(f'{method} {path}')}",
        prose(operation["summary"]),
        prose(operation["description"]),
        parameters(document, own),
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in body:
        parts += ["A body:", fenced("json", json.dumps(body["example"], indent=2, ensure_ascii=False))]
    return "\n\n".join(filter(None, parts))
