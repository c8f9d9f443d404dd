"""How the host page is looked at: what its URL says, so that a reload and a link keep it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from widget_service.widgets.page_context import PageContext

PAGES = (
    *("homepage", "community", "ideation", "productUpdates", "eventOverview", "knowledgeBase", "category/1"),
    *("customPage/1", "educationHome", "educationDashboard", "educationCatalog", "educationLearningPaths"),
    "educationTrainingEvents",
)
LOCALES = ("en", "de", "es", "fr", "it", "ja", "nl", "pt-BR", "zh-CN")
VIEWPORTS: Mapping[str, tuple[str, int]] = {
    "phone": ("Phone, 390 px", 390),
    "tablet": ("Tablet, 768 px", 768),
    "desktop": ("Desktop, 1280 px", 1280),
}
MAX_INSTANCES = 4
_MAX_TEXT = 64
_TYPES_OF_PAGES = ("category", "customPage")


@dataclass(frozen=True, slots=True)
class View:
    """One look at the page; ``configs`` are the props that were set for each instance of the widget."""

    page: str = PAGES[0]
    locale: str = LOCALES[0]
    is_global: bool = False
    viewport: str = ""
    theme: str = "light"
    instances: int = 1
    configs: tuple[dict[str, Any], ...] = field(default=({},))
    is_frame: bool = False

    @classmethod
    def of(cls, query: QueryParams) -> "View":
        """Return what the query of a URL says; what it says wrongly is as if it were not said."""
        text = {name: query.get(name, "").strip()[:_MAX_TEXT] for name in ("page", "locale", "viewport", "instances")}
        number = text["instances"]
        instances = min(max(int(number), 1), MAX_INSTANCES) if number.isascii() and number.isdecimal() else 1
        return cls(
            page=text["page"] or PAGES[0],
            locale=text["locale"] or LOCALES[0],
            is_global=query.get("global") == "1",
            viewport=text["viewport"] if text["viewport"] in VIEWPORTS else "",
            theme="dark" if query.get("theme") == "dark" else "light",
            instances=instances,
            configs=tuple(_config(query.get(config_name(index), "")) for index in range(instances)),
            is_frame=query.get("frame") == "1",
        )

    @property
    def context(self) -> PageContext:
        """What the rules of scripts and stylesheets look at, beside the user."""
        kind, _, rest = self.page.partition("/")
        return PageContext(
            page=self.page,
            page_type=kind if kind in _TYPES_OF_PAGES else None,
            slug=rest if kind == "customPage" else None,
            locale=self.locale,
            is_everywhere=self.is_global,
        )

    @property
    def shared_query(self) -> str:
        """The query for a link to another widget: what is not about this one."""
        return self._query({})

    @property
    def query(self) -> str:
        """The whole query of this look."""
        return self._query(self._own())

    @property
    def frame_query(self) -> str:
        """The query of the page inside of a viewport."""
        return self._query({**self._own(), "viewport": "", "frame": "1"})

    @property
    def width_px(self) -> int:
        """How wide the viewport is."""
        return VIEWPORTS[self.viewport][1]

    def _own(self) -> dict[str, str]:
        configs = {config_name(index): json.dumps(config) for index, config in enumerate(self.configs) if config}
        return {**({"instances": str(self.instances)} if self.instances > 1 else {}), **configs}

    def _query(self, more: Mapping[str, str]) -> str:
        said = {
            "page": self.page if self.page != PAGES[0] else "",
            "locale": self.locale if self.locale != LOCALES[0] else "",
            "global": "1" if self.is_global else "",
            "viewport": self.viewport,
            "theme": self.theme if self.theme != "light" else "",
            **more,
        }
        text = urlencode({name: value for name, value in said.items() if value})
        return f"?{text}" if text else ""


def config_name(index: int) -> str:
    """Return the name in the query for the props of an instance, the first being 0."""
    return "config" if index == 0 else f"config{index + 1}"


def _config(text: str) -> dict[str, Any]:
    try:
        config = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}
