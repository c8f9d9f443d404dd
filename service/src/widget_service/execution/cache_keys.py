"""The key of an answer in the cache: everything that its request to the destination depends on."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from widget_service.caching.invalidation import normal_uri
from widget_service.caching.memory import Key
from widget_service.caching.storing import Rules
from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.snapshot import Snapshot
from widget_service.execution.call import encode_query
from widget_service.execution.execution import Execution, Pair, QueryPair

_MAX_PLANS = 20_000


@dataclass(frozen=True, slots=True)
class CachePlan:
    """How one connector's answers are kept, in one snapshot. ``namespace`` is no other's, and of no other version."""

    connector: CompiledConnector
    namespace: str
    rules: Rules
    is_per_user: bool
    private_rules: Rules


class CachePlans:
    """Makes the plan of a connector once for each snapshot that it is in."""

    def __init__(self, *, any_status: bool) -> None:
        self._any_status = any_status
        self._snapshots: dict[str, Snapshot] = {}
        self._plans: dict[tuple[str, int], tuple[CompiledConnector, CachePlan | None]] = {}

    def of(self, execution: Execution) -> CachePlan | None:
        """Return the plan of the execution's connector; None where its answers are not kept."""
        snapshot, connector = execution.snapshot, execution.connector
        if self._snapshots.get(snapshot.tenant_id) is not snapshot:
            self._begin(snapshot)
        known = self._plans.get((snapshot.tenant_id, id(connector)))
        if known is None or known[0] is not connector:
            known = (connector, self._plan(snapshot, connector))
            self._plans[snapshot.tenant_id, id(connector)] = known
        return known[1]

    def _begin(self, snapshot: Snapshot) -> None:
        """Forget the tenant's plans: a secret or a variable may be another now."""
        tenant_id = snapshot.tenant_id
        self._plans = {key: plan for key, plan in self._plans.items() if key[0] != tenant_id}
        if len(self._plans) > _MAX_PLANS:
            self._plans, self._snapshots = {}, {}
        self._snapshots[tenant_id] = snapshot

    def _plan(self, snapshot: Snapshot, connector: CompiledConnector) -> CachePlan | None:
        options = connector.definition.cache
        mode = "http" if options is None else options.mode
        if mode == "off":
            return None
        ttl = None if options is None or options.ttl is None else float(options.ttl)
        seconds: dict[str, Any] = {"forced_s": ttl} if mode == "force" else {"default_s": ttl}
        return CachePlan(
            connector=connector,
            namespace=namespace_of(snapshot, connector),
            rules=Rules(any_status=self._any_status, **seconds),
            private_rules=Rules(any_status=self._any_status, is_shared=False, **seconds),
            is_per_user=options is not None and options.scope == "user",
        )


def namespace_of(snapshot: Snapshot, connector: CompiledConnector) -> str:
    """Return what tells a connector of a tenant, in this version and with these values, from all others.

    What it reads by a computed name may be any secret or variable: all of them count then.
    """
    versions = snapshot.value_versions
    names: Iterable[str] = versions if connector.reads_any_value else connector.secrets | connector.variables
    parts = (
        snapshot.tenant_id,
        connector.permalink,
        connector.definition.model_dump_json(),
        sorted((name, versions.get(name, "")) for name in names),
        snapshot.cache_generations.get("", 0),
        snapshot.cache_generations.get(connector.permalink, 0),
    )
    return blake2b(repr(parts).encode(), digest_size=32).hexdigest()


def key_of(execution: Execution, plan: CachePlan) -> tuple[Key, Rules]:
    """Return the key of the resolved request, and the rules by which its answer is kept.

    A credential counts by what it stands for: a token that is renewed each hour, or a signature that is made for each
    call, does not make another key. ``X-Request-ID``, which the service adds to tell calls apart, does not count.
    """
    request, user = execution.request, execution.caller.user
    headers, query, identity = _without_credential(execution)
    if headers and headers[-1] == ("X-Request-ID", execution.request_id):
        headers = headers[:-1]
    owner, rules = None, plan.rules
    if plan.is_per_user and user is not None:
        owner, rules = user.id, plan.private_rules
    tls = execution.tls
    identity = identity if tls is None else (identity, tls.ca, tls.client_cert, tls.client_key)
    parts = (plan.namespace, owner, request.method, request.base_url, query, headers, identity, request.body)
    return blake2b(repr(parts).encode(), digest_size=32).digest(), rules


def target_of(execution: Execution) -> str:
    """Return the tenant and the URL of the resolved request, without a credential that stands in its query."""
    _, query, _ = _without_credential(execution)
    return f"{execution.snapshot.tenant_id}\n{normal_uri(execution.request.base_url + encode_query(query))}"


def _without_credential(execution: Execution) -> tuple[list[Pair], list[QueryPair], object]:
    """Return headers and query of the request but for the credential, and what that one stands for."""
    request, credential = execution.request, execution.credential
    if credential is None:
        return request.headers, request.query, None
    key = credential.key
    identity = (credential.place, key, _identity(execution))
    if credential.place == "query":
        return request.headers, [pair for pair in request.query if pair[0] != key], identity
    return [pair for pair in request.headers if pair[0] != key], request.query, identity


def _identity(execution: Execution) -> object:
    assert execution.credential is not None
    if execution.grant is not None:
        return execution.grant.key
    return execution.credential.identity or execution.credential.value
