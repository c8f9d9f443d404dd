"""The widgets of one repository as any page may use them: their files, their contents, and the runtime in its theme."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from widget_service.identity.origins import OriginPolicy
from widget_service.widgets.hosting.content import ContentHost
from widget_service.widgets.hosting.content_endpoint import ContentEndpoint
from widget_service.widgets.hosting.endpoint import HostingEndpoint
from widget_service.widgets.repository import Changes, ExtensionRepository
from widget_service.widgets.static_files import runtime_routes
from widget_service.widgets.theme import ThemeFile

if TYPE_CHECKING:
    from widget_service.egress import UpstreamClient


class HostedRepository:
    """Hosts the widgets of ``repo``; ``client`` fetches contents, ``origins`` says for which host names."""

    def __init__(self, repo: Path, *, client: "UpstreamClient", origins: OriginPolicy) -> None:
        self.extensions = ExtensionRepository(repo)
        self.theme = ThemeFile(repo)
        self._content, self._origins = ContentHost(client), origins

    def routes(self) -> list[BaseRoute]:
        """``/widgets/…``, ``/page-files/…`` and ``/widget-runtime/…``."""
        return [
            *ContentEndpoint(self.extensions, self._content, self._origins).routes(),
            *HostingEndpoint(self.extensions, self._content).routes(),
            *runtime_routes(lambda: self.theme.theme.tokens),
        ]

    def refresh(self, changed: Iterable[Path]) -> Changes:
        """Read again what ``changed`` concerns, absolute paths of files."""
        changed, before = set(changed), self.theme.theme
        if self.theme.path in changed:
            self.theme.read()
        return replace(self.extensions.refresh(changed), theme=self.theme.theme != before)
