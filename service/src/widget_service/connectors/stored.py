"""Stored definitions, compiled when they are first called: ten thousand connectors start as fast as one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from widget_service.connectors.compiling import CompiledConnector, compile_connector
from widget_service.connectors.definition import ConnectorDefinition
from widget_service.errors import ServiceError
from widget_service.templating import TemplateSyntaxError


@dataclass(slots=True)
class StoredConnector:
    """One definition as it stands in the database: JSON, and a digest that changes with it."""

    permalink: str
    digest: str
    definition: str
    _compiled: CompiledConnector | None = None

    @property
    def is_compiled(self) -> bool:
        """Whether it was called before."""
        return self._compiled is not None

    def compiled(self) -> CompiledConnector:
        """Return the connector, ready to execute; raise ``CONNECTOR_MISCONFIGURED`` for one that cannot be.

        The first time takes a while, and is for a thread.
        """
        if self._compiled is None:
            try:
                definition = ConnectorDefinition.model_validate(json.loads(self.definition))
                self._compiled = compile_connector(definition)
            except (ValidationError, TemplateSyntaxError, ValueError) as error:
                raise ServiceError(
                    "CONNECTOR_MISCONFIGURED",
                    f"The stored definition of '{self.permalink}' cannot be used by this version; "
                    "save it again to see what is wrong.",
                    log_detail=type(error).__name__,
                ) from None
        return self._compiled


class StoredConnectors(Mapping[str, CompiledConnector]):
    """The connectors of a tenant by permalink. What did not change since ``previous`` stays compiled."""

    def __init__(self, connectors: Iterable[StoredConnector], previous: "StoredConnectors | None" = None) -> None:
        known: dict[str, StoredConnector] = previous._stored if previous is not None else {}
        self._stored: dict[str, StoredConnector] = {
            connector.permalink: known[connector.permalink]
            if connector.permalink in known and known[connector.permalink].digest == connector.digest
            else connector
            for connector in connectors
        }

    def is_compiled(self, permalink: str) -> bool:
        """Whether a call finds the connector ready; compiling may take longer than others should wait."""
        stored = self._stored.get(permalink)
        return stored is None or stored.is_compiled

    def __getitem__(self, permalink: str) -> CompiledConnector:
        return self._stored[permalink].compiled()

    def __contains__(self, permalink: object) -> bool:
        return permalink in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)
