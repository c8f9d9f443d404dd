"""The host page as HTML: what the template shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any, get_args
from urllib.parse import quote

import jinja2

from widget_service._version import __version__
from widget_service.connectors.problems import Problem
from widget_service.identity.sessions import Session
from widget_service.identity.users import User
from widget_service.widgets.definition import Container
from widget_service.widgets.hosting.manifest import embedded_manifests
from widget_service.widgets.hosting.widget_files import url_segment
from widget_service.widgets.preview.page_parts import PageParts
from widget_service.widgets.preview.view import LOCALES, MAX_INSTANCES, PAGES, VIEWPORTS, View
from widget_service.widgets.repository import SiteState, SiteWidget

TEMPLATES_DIR = Path(__file__).parent / "templates"
TYPE_PREFIX = "registry:platform:ootb_widgets:"
CONTAINERS: tuple[str, ...] = get_args(Container)

_CHOICES = {
    "pages": PAGES,
    "locales": LOCALES,
    "viewports": VIEWPORTS,
    "viewport_options": [("", "Full width"), *((name, label) for name, (label, _) in VIEWPORTS.items())],
    "instance_options": [(str(number), str(number)) for number in range(1, MAX_INSTANCES + 1)],
}


@dataclass(frozen=True, slots=True)
class Card:
    """One widget on the page; ``query`` is that of links to it."""

    widget: SiteWidget
    query: str = ""

    @property
    def element_type(self) -> str:
        """The attribute that the platform gives a widget's element."""
        return TYPE_PREFIX + self.widget.definition.type

    @property
    def url(self) -> str:
        """The page of this widget alone."""
        return f"/preview/{quote(self.widget.definition.type, safe='')}{self.query}"

    @property
    def form(self) -> dict[str, Any]:
        """What the configuration form is made of: ``{"type", "properties", "sections", "defaults"}``."""
        definition = self.widget.definition
        form = definition.configuration
        made = form.model_dump(mode="json", by_alias=True, exclude_none=True) if form else {}
        return {
            "properties": [],
            "sections": [],
            **made,
            "type": definition.type,
            "defaults": definition.default_props(),
        }

    @property
    def segment(self) -> str:
        """What the URLs of the widget's files have in common, by which its errors are told."""
        return url_segment(self.widget.definition.type)

    @property
    def errors(self) -> list[Problem]:
        """Why there is nothing to show, or nothing new."""
        return [problem for problem in self.widget.problems if problem.is_error]


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """The page of all widgets, or of the one of type ``selected``, for the visitor of ``session``."""

    name: str
    state: SiteState
    selected: str
    parts: PageParts
    session: Session
    users: Sequence[User]
    connector_problems: Sequence[Problem]
    position: str
    view: View = field(default_factory=View)
    has_console: bool = False

    def render(self) -> str:
        """Return the HTML."""
        query = self.view.shared_query
        return _template().render(
            page=self,
            view=self.view,
            home=f"/preview/{query}",
            groups=list(grouped(Card(widget, query) for widget in self.state.widgets.values())),
            card=Card(self.state.widgets[self.selected]) if self.selected in self.state.widgets else None,
            choices=_CHOICES,
            version=__version__,
        )

    @property
    def problem_lists(self) -> list[tuple[str, list[Problem]]]:
        """Problems by the file that they stand in, errors first."""
        lists = ((self.state.file_name, self.state.problems), ("Connectors and dev.toml", self.connector_problems))
        return [(name, sorted(found, key=lambda problem: not problem.is_error)) for name, found in lists if found]

    @property
    def error_count(self) -> int:
        """How many problems are errors."""
        return sum(problem.is_error for _, found in self.problem_lists for problem in found)

    @property
    def warning_count(self) -> int:
        """How many problems are warnings."""
        return sum(not problem.is_error for _, found in self.problem_lists for problem in found)

    @property
    def opens_problems(self) -> bool:
        """Whether errors are shown at once: those of other widgets would stand before the one that is looked at."""
        errors = [problem for _, found in self.problem_lists for problem in found if problem.is_error]
        return any(not self.selected or not self._is_of_another(problem) for problem in errors)

    def _is_of_another(self, problem: Problem) -> bool:
        return problem.path.startswith("$.widgets[") and problem.subject != self.selected

    @property
    def manifests(self) -> str:
        """The widgets on the page as the runtime is told of them: they stand in it before its last scripts run."""
        widgets = self.state.widgets
        shown = [widgets[self.selected]] if self.selected in widgets else [] if self.selected else widgets.values()
        return embedded_manifests(shown, self.state)

    @property
    def path(self) -> str:
        """The page's own path and query."""
        return f"/preview/{quote(self.selected, safe='')}{self.view.query}"

    @property
    def frame_path(self) -> str:
        """What is shown in a viewport."""
        return f"/preview/{quote(self.selected, safe='')}{self.view.frame_query}"

    @property
    def user_id(self) -> str:
        """The id of the visitor's test user, or nothing."""
        return self.session.user.id if self.session.user else ""


def grouped(cards: Iterable[Card]) -> Iterable[tuple[str, list[Card]]]:
    """Yield the containers that have widgets, each widget in the first of its containers."""
    groups: dict[str, list[Card]] = {container: [] for container in CONTAINERS}
    for card in cards:
        groups[(card.widget.definition.containers or CONTAINERS)[0]].append(card)
    return ((container, found) for container, found in groups.items() if found)


def user_label(user: User) -> str:
    """Return how a test user is listed: name and id."""
    name = " ".join(filter(None, [user.first_name, user.last_name])) or user.username or user.email
    return f"{name} ({user.id})" if name else user.id


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES_DIR),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    filters: dict[str, Any] = {"user_label": user_label, "dedent": dedent}
    environment.filters.update(filters)
    return environment.get_template("preview.html")
