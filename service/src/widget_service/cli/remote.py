"""A running service, asked by its REST API: what ``--url`` and ``--token`` name."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import quote, urlencode

from widget_service.cli.refusals import wrong_usage
from widget_service.control.definitions import Listed
from widget_service.egress import urls as parsed

TIMEOUT_S: Final = 60
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class RemoteRefused(Exception):
    """The service refused, or cannot be asked; the message says why, with every problem and its path.

    ``problems`` are the same as the API tells them.
    """

    def __init__(self, message: str, problems: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class Remote:
    """One service. Its methods are those that commands need, and raise `RemoteRefused`."""

    def __init__(self, url: str, token: str) -> None:
        origin = _origin_of(url)
        if origin.scheme == "http" and origin.host not in _LOOPBACK:
            raise RemoteRefused(f"{origin.origin} is http: the token could be read on its way. Use https.")
        self._base, self._token = f"{origin.origin}/api/v1", token
        # No proxies of the environment and no redirects: the token goes to this origin only.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    def list_definitions(self, tenant: str) -> list[Listed]:
        """Return the connectors and composites, by permalink."""
        items = [*self._items("/connectors", tenant), *self._items("/composite-connectors", tenant)]
        return sorted(map(_listed, items), key=lambda each: each.permalink)

    def get_definition(self, tenant: str, permalink: str) -> Listed:
        """Return one."""
        return _listed(self._ask("GET", f"/connectors/{_part(permalink)}", tenant))

    def remove_definition(self, tenant: str, permalink: str) -> None:
        """Delete one that was made by hand."""
        self._ask("DELETE", f"/connectors/{_part(permalink)}", tenant, headers={"If-Match": "*"})

    def list_values(self, kind: str, tenant: str) -> list[dict[str, Any]]:
        """Return the ``secrets`` or ``variables``, as the API shows them."""
        return list(self._items(f"/{kind}", tenant))

    def set_value(self, kind: str, tenant: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set a secret or a variable, whatever is there."""
        path = f"/{kind}/{_part(name)}"
        try:
            return self._ask("PUT", path, tenant, body=body, headers={"If-Match": "*"})
        except _NothingThere:
            return self._ask("PUT", path, tenant, body=body)

    def remove_value(self, kind: str, tenant: str, name: str) -> None:
        """Delete a secret or a variable."""
        self._ask("DELETE", f"/{kind}/{_part(name)}", tenant, headers={"If-Match": "*"})

    def sync(self, tenant: str, registry: str, body: Mapping[str, Any], *, apply: bool) -> dict[str, Any]:
        """Plan or apply a registry; return the plan as the API tells it."""
        path = f"/registries/{_part(registry)}/{'apply' if apply else 'plan'}"
        return self._ask("POST", path, tenant, body=body)

    def execute(self, tenant: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a test call; return the report as the API tells it."""
        return self._ask("POST", "/connectors/test", tenant, body=body)

    def audit_lines(self) -> Iterator[str]:
        """Yield the entries of the audit log as lines of JSON, the oldest first."""
        for entry in reversed(list(self._items("/audit", "default"))):
            yield json.dumps(entry, ensure_ascii=False, separators=(",", ":"))

    def _items(self, path: str, tenant: str) -> Iterator[dict[str, Any]]:
        cursor = None
        while True:
            page = self._ask("GET", path, tenant, query={"limit": 1000} | ({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def _ask(
        self,
        method: str,
        path: str,
        tenant: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        url = f"{self._base}{path}?{urlencode({'tenant': tenant, **(query or {})})}"
        sent = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **(headers or {})}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, sent, method=method)  # noqa: S310  # http and https were checked
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                return _object(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise RemoteRefused(f"{self._base} cannot be asked: {reason}") from None


def remote_at(url: str, token: str | None) -> Remote:
    """Return the service that ``--url`` and ``--token`` name; raise `RemoteRefused`, or end the command: no token."""
    if not token:
        wrong_usage("--url needs a token: --token, or WIDGET_SERVICE_TOKEN, which no list of processes shows.")
    return Remote(url, token)


def _origin_of(text: str) -> parsed.Url:
    """Refuse what is more than an origin, and never print it: it may hold credentials."""
    wanted = "such as https://admin.example.com"
    try:
        url = parsed.parse_url(text)
    except parsed.UrlError as error:
        raise RemoteRefused(f"--url names no service {wanted}: {error}.") from None
    if url.path.strip("/") or "?" in text:
        raise RemoteRefused(f"--url is more than the origin of a service {wanted}: leave out path and query.")
    return url


class _NothingThere(RemoteRefused):
    """``If-Match: *``, and there was nothing."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


def _refusal(status: int, raw: bytes) -> RemoteRefused:
    try:
        errors = _object(raw)["errors"]
        found = errors.get("problems") or ()
        problems = [f"\n  {each['path']}  {each['message']}" for each in found]
        refusal = _NothingThere if errors["code"] == "PRECONDITION_FAILED" else RemoteRefused
        return refusal(errors["detail"] + "".join(problems), found)
    except (KeyError, TypeError, AttributeError, RemoteRefused):
        return RemoteRefused(f"The service answered {status}, and not as the API of a Widget Service does.")


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RemoteRefused("The answer is not one of the API of a Widget Service.")
    return value


def _listed(item: Mapping[str, Any]) -> Listed:
    return Listed(
        permalink=item["permalink"],
        kind=item["kind"],
        registry_id=item["registry"],
        raw=item["definition"],
        secrets=tuple(item["secrets"]),
        variables=tuple(item["variables"]),
        updated_at=datetime.fromisoformat(item["updated_at"]),
    )


def _part(name: str) -> str:
    return quote(name, safe="")
