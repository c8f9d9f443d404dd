"""Which secret goes to which destination, and that a change sends none to a new one without the right to use it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.templates import reads_of, templates_of
from widget_service.connectors.rules import Rules
from widget_service.connectors.url_template import host_variable, parse_url_template
from widget_service.egress.urls import UrlError, parse_url
from widget_service.registry.sync import Definition
from widget_service.storage import definitions, values
from widget_service.storage.actors import Actor
from widget_service.storage.changes import Read
from widget_service.storage.errors import ChangeRefused

ANY: Final = "*"
"""Stands for every secret, where a template computes the name of the one that it reads."""

Uses = frozenset[tuple[str, str]]
"""Pairs of a secret's name and the origin that it is sent to, or what computes that: see `_computed`."""


class SecretsNotYours(ChangeRefused):
    """The change would send a secret somewhere new, and who makes it has no right to use secrets."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a change leaves behind: definitions put and permalinks gone, and the variables, where these change."""

    put: tuple[Definition, ...] = ()
    gone: frozenset[str] = frozenset()
    variables: Mapping[str, str] | None = None


def check_secret_use(read: Read, tenant_id: str, by: Actor, wanted: Wanted) -> None:
    """Raise `SecretsNotYours` where the change sends a secret to an origin that it is not sent to now.

    Who set the secret and bound it to the origin gave leave. Called before the change, in its transaction.
    """
    if by.may_use_secrets:
        return
    variables = {variable.name: variable.value for variable in values.variables_of(read, tenant_id)}
    before = {row.permalink: json.loads(row.definition) for row in definitions.of_tenant(read, tenant_id)}
    after = {name: raw for name, raw in before.items() if name not in wanted.gone}
    after |= {definition.permalink: definition.raw for definition in wanted.put}
    new = uses_of(after, variables if wanted.variables is None else wanted.variables) - uses_of(before, variables)
    bound = {secret.name: secret.origins for secret in values.secrets_of(read, tenant_id)}
    refused = sorted((name, origin) for name, origin in new if origin not in bound.get(name, ()))
    if refused:
        sent = "; ".join(f"{_named(name)} to {origin}" for name, origin in refused[:5])
        raise SecretsNotYours(
            f"This sends {sent}, where it was not sent before. That needs the right to use secrets: have an owner make "
            "the change, or bind the secret to that origin first."
        )


def uses_of(tenant: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]) -> Uses:
    """Return the uses of all definitions of a tenant, by their permalinks."""
    return frozenset(use for raw in tenant.values() for use in _uses(raw, tenant, variables))


def _uses(
    raw: Mapping[str, Any], tenant: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    entry = Entry(raw, (), Rules())
    is_composite = entry.has("steps")
    for request in entry.parts("steps") if is_composite else (entry,):
        secrets = _secrets_read(request, composite=is_composite)
        if secrets:
            for origin in _origins(request, raw, tenant, variables):
                yield from ((name, origin) for name in secrets)


def _secrets_read(request: Entry, *, composite: bool) -> frozenset[str]:
    found: set[str] = set()
    for template in templates_of(request, composite=composite):
        if "get_secret" in template.source and (reads := reads_of(template.source)) is not None:
            found |= reads.secrets
            if "get_secret" in reads.indirect:
                found.add(ANY)
    return frozenset(found)


def _origins(
    request: Entry, whole: Mapping[str, Any], tenant: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]
) -> Iterator[str]:
    """Yield where a request of the definition ``whole`` goes, and where it obtains its token.

    Of a step, also where its stored connector goes.
    """
    authentication = request.part("authentication")
    config = authentication.part("config") if authentication is not None else None
    for url in (request.text("url"), config.text("token_url") if config is not None else None):
        if url is not None:
            yield _origin(url, variables) or _computed(url, whole, tenant, variables)
    connector = request.text("connector")
    if connector is not None and connector in tenant:
        stored = tenant[connector]
        yield from _origins(Entry(stored, (), Rules()), stored, {}, variables)


def _origin(url: str, variables: Mapping[str, str]) -> str | None:
    """Return the origin with the variables' values in it; its text, where it is none. None: more is computed there."""
    template = parse_url_template(url)
    pieces = template.pieces
    for index in range(1, len(pieces), 2):
        variable = host_variable(pieces[index])
        if variable is None:
            return None
        pieces[index] = variables.get(variable.name) or variable.default or pieces[index]
    text = template.scheme + "".join(pieces)
    try:
        return parse_url(text).origin
    except UrlError:
        return text


def _computed(
    url: str, whole: Mapping[str, Any], tenant: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]
) -> str:
    """Return what stands for an origin that a template computes: another one whenever what it reads changes.

    Where it reads steps, that is all that they are made of. What cannot be known is not guessed.
    """
    reads = reads_of(url)
    known: list[Any] = [url]
    if reads is None or reads.steps or reads.indirect:
        run = [step.text("connector") for step in Entry(whole, (), Rules()).parts("steps")]
        known += [whole, variables, [tenant.get(name) for name in run if name is not None]]
    else:
        known += [[name, variables.get(name)] for name in sorted(reads.variables)]
    state = sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
    return f"wherever {url} leads (as of {state[:16]})"


def _named(secret: str) -> str:
    return "any secret" if secret == ANY else f"the secret '{secret}'"
