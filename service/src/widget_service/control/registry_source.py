"""Where a registry is read that is to be synced, and what the store calls that place."""

from dataclasses import dataclass
from pathlib import Path

from widget_service.connectors.problems import Problem
from widget_service.registry.check_path import CONNECTORS_NAME
from widget_service.registry.load import Document, parse_registry, read_registry
from widget_service.storage.models import RegistryKind


class SyncRefused(Exception):
    """A registry with errors; ``problems`` has all of them, and ``file`` is where they stand."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        super().__init__("The registry has errors; nothing was changed.")
        self.file = file
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Source:
    """Where a registry is read: ``file``, which need not be there, and what the store calls the place."""

    id: str
    place: str
    file: Path
    is_optional: bool
    kind: RegistryKind = "path"
    given: bytes | None = None
    """The registry itself, where it was not read from ``file``; without one, ``is_optional`` says that it is empty."""
    note: str = ""
    """What the history says of it: a commit, or the revision that it was taken from."""

    @classmethod
    def of(cls, path: Path, registry_id: str | None = None) -> "Source":
        """Return the source of a folder or a file; its id is the folder's name unless another is given.

        A file of another name than the usual is a place of its own: two of them in a folder are two registries.
        """
        is_folder = path.is_dir()
        file = (path / CONNECTORS_NAME if is_folder else path).absolute()
        folder = file.parent.resolve()
        place = folder if file.name == CONNECTORS_NAME else folder / file.name
        return cls(registry_id or folder.name or "registry", str(place), file, is_folder)

    @classmethod
    def of_text(
        cls, registry_id: str, raw: bytes | None, *, place: str, kind: RegistryKind = "path", note: str = ""
    ) -> "Source":
        """Return the source of a registry that is here already; None is a place without one."""
        return cls(registry_id, place, Path(CONNECTORS_NAME), raw is None, kind, raw, note)

    @classmethod
    def pushed(cls, registry_id: str, text: str) -> "Source":
        """Return the source of a registry whose text somebody has sent."""
        return cls.of_text(registry_id, text.encode("utf-8", "surrogatepass"), place="pushed by the API")

    def read(self) -> tuple[Document | None, list[Problem]]:
        """Return the registry and its warnings; a folder without the file has an empty one. Raises `SyncRefused`."""
        if self.given is not None:
            document, problems = parse_registry(self.given)
            if document is None:
                raise SyncRefused(self.file, problems)
            return document, problems
        if self.is_optional and not self.file.exists():
            return None, []
        document, problems = read_registry(self.file)
        if document is None:
            raise SyncRefused(self.file, problems)
        return document, problems
