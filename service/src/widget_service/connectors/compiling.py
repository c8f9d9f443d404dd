"""From a checked definition to an immutable object that executes: everything that can be done once is done here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from widget_service.authentication.base import Authenticator
from widget_service.authentication.build import build_authenticator
from widget_service.connectors.client_certificate import ClientCertificate
from widget_service.connectors.definition import ConnectorDefinition, Parameter, PathParameter
from widget_service.connectors.options import RateLimit, Retry
from widget_service.connectors.url_rules import split_url_template
from widget_service.templating import Field, Reads, Template, compile_template, compile_url_rest

_VALUE_FUNCTIONS = frozenset({"get_secret", "get_variable"})
_SAME_EACH_TIME = frozenset({"response", "tenant_id", "range", "dict", "namespace", "cycler", "joiner"})
_SAME_FOR_A_CALLER = _SAME_EACH_TIME - {"response"} | _VALUE_FUNCTIONS | {"user", "pathParams", "body_text", "body_raw"}
_CHANCE = re.compile(r"""(?:\||\bfilter)\s*random\b|["']random["']""")
"""A filter of Jinja's: what uses it may print something else each time."""


@dataclass(frozen=True, slots=True)
class CompiledParameter:
    """A configured header or query parameter."""

    key: str
    template: Template
    overridable: bool


@dataclass(frozen=True, slots=True)
class CompiledConnector:
    """A connector, ready to execute.

    ``origin`` renders to ``https://host[:port]`` and ``rest`` to path and query, every substituted value
    percent-encoded. ``url_path_parameters`` are the names that the URL uses; ``needs_user`` says that anonymous
    callers are refused, because the request would carry their missing identity. ``response_headers`` are lowercase
    names; ``holds_request_body`` says that a caller's body is not sent on as it comes. ``reads_any_value`` says that a
    secret or variable is read by a name that is computed, ``renders_response_only`` that what the response template
    makes depends on the answer alone, ``resolves_alike`` that the same call of the same caller always becomes the same
    request.
    """

    permalink: str
    method: str
    definition: ConnectorDefinition
    origin: Template
    rest: Template
    headers: tuple[CompiledParameter, ...]
    query: tuple[CompiledParameter, ...]
    path_parameters: Mapping[str, PathParameter]
    url_path_parameters: frozenset[str]
    authentication: Authenticator | None
    request_body: Template | None
    response_body: Template | None
    response_content_type: str
    response_headers: frozenset[str]
    timeout_s: float | None
    retry: Retry | None
    max_concurrency: int | None
    rate_limit: RateLimit | None
    tls: ClientCertificate | None
    holds_request_body: bool
    needs_user: bool
    claims: Mapping[str, object]
    reads: tuple[Reads, ...]
    """What each of its templates reads."""
    secrets: frozenset[str]
    variables: frozenset[str]
    reads_any_value: bool
    renders_response_only: bool
    resolves_alike: bool


def compile_connector(definition: ConnectorDefinition, *, composite: bool = False) -> CompiledConnector:
    """Return the connector of a definition that was found to have no errors.

    ``composite`` says that it is a step's own request, whose templates see other names.
    """
    origin_source, rest_source = split_url_template(definition.url)
    origin = compile_template(origin_source, Field.URL, composite=composite)
    rest = compile_url_rest(rest_source, composite=composite)
    headers = compile_parameters(definition.headers, Field.HEADERS, composite=composite)
    query = compile_parameters(definition.query_parameters, Field.QUERY, composite=composite)
    authentication = build_authenticator(definition.authentication, composite=composite)
    request_body = compile_body(definition.request_body, Field.REQUEST_BODY, composite=composite)
    response_body = compile_body(definition.response_body, Field.RESPONSE_BODY, composite=composite)
    tls = None if definition.tls is None else ClientCertificate(definition.tls)
    may_send_again = definition.retry is not None or (authentication is not None and authentication.may_send_again)
    parameter_reads = [parameter.template.reads for parameter in (*headers, *query)]
    guarded_reads = [origin.reads, rest.reads, *(authentication.reads if authentication else ())]
    guarded_reads += tls.reads if tls is not None else ()
    for template in filter(
        None, (origin, rest, request_body, response_body, *(each.template for each in (*headers, *query)))
    ):
        template.prepare()
    every_read = [*parameter_reads, *guarded_reads, *(body.reads for body in (request_body, response_body) if body)]
    return CompiledConnector(
        permalink=definition.permalink,
        method=definition.method,
        definition=definition,
        origin=origin,
        rest=rest,
        headers=headers,
        query=query,
        path_parameters={parameter.key: parameter for parameter in definition.path_parameters},
        url_path_parameters=origin.reads.path_params | rest.reads.path_params,
        authentication=authentication,
        request_body=request_body,
        response_body=response_body,
        response_content_type=definition.response_content_type.strip(),
        response_headers=frozenset(name.lower() for name in definition.response_headers),
        timeout_s=None if definition.timeout_ms is None else definition.timeout_ms / 1000,
        retry=definition.retry,
        max_concurrency=definition.max_concurrency,
        rate_limit=definition.rate_limit,
        tls=tls,
        holds_request_body=request_body is not None or may_send_again,
        needs_user=_needs_user(parameter_reads, guarded_reads) or _access_needs_user(definition),
        claims=definition.access.claims if definition.access else {},
        reads=tuple(every_read),
        secrets=names_read(every_read, "secrets"),
        variables=names_read(every_read, "variables"),
        reads_any_value=any(reads.indirect & _VALUE_FUNCTIONS for reads in every_read),
        renders_response_only=response_body is not None and _depends_on_response_only(response_body),
        resolves_alike=_resolves_alike(
            definition, [*parameter_reads, *guarded_reads, *([request_body.reads] if request_body else [])]
        ),
    )


def compile_parameters(
    parameters: Iterable[Parameter], field: Field, *, composite: bool = False
) -> tuple[CompiledParameter, ...]:
    """Return headers, query or path parameters with their templates compiled."""
    return tuple(
        CompiledParameter(
            parameter.key, compile_template(parameter.value, field, composite=composite), parameter.overridable
        )
        for parameter in parameters
    )


def compile_body(source: str, field: Field, *, composite: bool = False) -> Template | None:
    """Return the template of a body; None for a blank one: the body goes through unchanged."""
    return compile_template(source, field, composite=composite) if source.strip() else None


def names_read(every_read: Iterable[Reads], kind: Literal["secrets", "variables"]) -> frozenset[str]:
    """Return the names of all secrets, or variables, that templates read."""
    return frozenset().union(*(getattr(reads, kind) for reads in every_read))


def _resolves_alike(definition: ConnectorDefinition, reads_of_request: Iterable[Reads]) -> bool:
    """Neither the clock, nor a signature, nor chance goes into a request."""
    names = frozenset().union(*(reads.names for reads in reads_of_request))
    sources = repr((definition.url, definition.headers, definition.query_parameters, definition.authentication))
    chance = _CHANCE.search(sources + definition.request_body + repr(definition.tls))
    signs = definition.authentication is not None and definition.authentication.type == "jwt"
    return names <= _SAME_FOR_A_CALLER and chance is None and not signs


def _depends_on_response_only(template: Template) -> bool:
    return template.reads.names <= _SAME_EACH_TIME and _CHANCE.search(template.source) is None


def _access_needs_user(definition: ConnectorDefinition) -> bool:
    return definition.access is not None and definition.access.require == "user"


def _needs_user(parameter_reads: Iterable[Reads], guarded_reads: Iterable[Reads]) -> bool:
    """Headers and query parameters that refer to the user need one; elsewhere a guarded reference does not."""
    return any(reads.user for reads in parameter_reads) or any(reads.user_unguarded for reads in guarded_reads)
