"""Stored definitions, compiled when they are first called: ten thousand connectors start as fast as one."""

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, Self, TypeVar

from pydantic import ValidationError

from widget_service.connectors.compiling import CompiledConnector, compile_connector
from widget_service.connectors.compiling_composites import CompiledComposite, compile_composite
from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition
from widget_service.errors import ServiceError
from widget_service.templating import TemplateSyntaxError

Compiled = TypeVar("Compiled")


class _Stored(Generic[Compiled]):
    """One definition as it stands in the database: JSON, and a digest that changes with it."""

    __slots__ = ("_compiled", "definition", "digest", "permalink")

    def __init__(self, permalink: str, digest: str, definition: str) -> None:
        self.permalink, self.digest, self.definition = permalink, digest, definition
        self._compiled: Compiled | None = None

    @property
    def is_compiled(self) -> bool:
        """Whether it was called before."""
        return self._compiled is not None

    def compiled(self) -> Compiled:
        """Return what executes; raise ``CONNECTOR_MISCONFIGURED`` for a definition that cannot be.

        The first time takes a while, and is for a thread.
        """
        if self._compiled is None:
            try:
                self._compiled = self._compile(json.loads(self.definition))
            except (ValidationError, TemplateSyntaxError, ValueError) as error:
                raise ServiceError(
                    "CONNECTOR_MISCONFIGURED",
                    f"The stored definition of '{self.permalink}' cannot be used by this version; "
                    "save it again to see what is wrong.",
                    log_detail=type(error).__name__,
                ) from None
        return self._compiled

    @abstractmethod
    def _compile(self, raw: Any) -> Compiled: ...


class StoredConnector(_Stored[CompiledConnector]):
    """A connector."""

    def _compile(self, raw: Any) -> CompiledConnector:
        return compile_connector(ConnectorDefinition.model_validate(raw))


class StoredComposite(_Stored[CompiledComposite]):
    """A composite."""

    def _compile(self, raw: Any) -> CompiledComposite:
        return compile_composite(CompositeDefinition.model_validate(raw))


class StoredDefinitions(Mapping[str, Compiled]):
    """Definitions of a tenant by permalink. What did not change since ``previous`` stays compiled."""

    def __init__(self, definitions: Iterable[_Stored[Compiled]], previous: Self | None = None) -> None:
        known: dict[str, _Stored[Compiled]] = previous._stored if previous is not None else {}
        self._stored: dict[str, _Stored[Compiled]] = {
            stored.permalink: known[stored.permalink]
            if stored.permalink in known and known[stored.permalink].digest == stored.digest
            else stored
            for stored in definitions
        }

    def is_compiled(self, permalink: str) -> bool:
        """Whether a call finds the definition ready; compiling may take longer than others should wait."""
        stored = self._stored.get(permalink)
        return stored is None or stored.is_compiled

    def __getitem__(self, permalink: str) -> Compiled:
        return self._stored[permalink].compiled()

    def __contains__(self, permalink: object) -> bool:
        return permalink in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


StoredConnectors = StoredDefinitions[CompiledConnector]
StoredComposites = StoredDefinitions[CompiledComposite]
