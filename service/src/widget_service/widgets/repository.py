"""The extensions of one repository as they are served: the last good reading, and what is wrong now."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from widget_service.connectors.problems import Problem, in_order
from widget_service.registry.load import Document, read_registry
from widget_service.widgets.checks.files import check_picture
from widget_service.widgets.definition import PageFile, WidgetDefinition
from widget_service.widgets.hosting.asset import Asset
from widget_service.widgets.hosting.page_files import HostedPageFile, host_page_file
from widget_service.widgets.hosting.widget_files import HostedWidget, host_widget
from widget_service.widgets.registry import EXTENSIONS_NAME, LEGACY_NAME, find_registry, validate_extensions
from widget_service.widgets.report import ExtensionsReport

_KEPT_REVISIONS = 4


@dataclass(frozen=True, slots=True)
class SiteWidget:
    """A widget; ``hosted`` is its last good revision, ``problems`` are those of its files now."""

    definition: WidgetDefinition
    hosted: HostedWidget | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_runnable(self) -> bool:
        """Whether there is something to show: hosted files, or content of another host."""
        return self.hosted is not None or self.definition.content is not None


@dataclass(frozen=True, slots=True)
class SitePageFile:
    """A script or stylesheet; fields as in `SiteWidget`."""

    definition: PageFile
    hosted: HostedPageFile | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteState:
    """Everything that is served, unchanging; ``assets`` are found by the path of their URL."""

    file_name: str = EXTENSIONS_NAME
    report: ExtensionsReport = field(default_factory=ExtensionsReport)
    widgets: Mapping[str, SiteWidget] = field(default_factory=dict)
    scripts: tuple[SitePageFile, ...] = ()
    stylesheets: tuple[SitePageFile, ...] = ()
    assets: Mapping[str, Asset] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reading changed for those who look: single widgets, the page as a whole, the problems, the theme."""

    page: bool = False
    widgets: tuple[str, ...] = ()
    problems: bool = False
    theme: bool = False

    def __bool__(self) -> bool:
        return bool(self.page or self.widgets or self.problems or self.theme)


class ExtensionRepository:
    """Reads a repository. What cannot be read or is refused leaves the last good state served, each widget by itself.

    At the first reading, where there is no good state, the definitions without an error of their own are served.
    """

    def __init__(self, repo: Path) -> None:
        self._repo = repo
        self._document: Document | None = None
        self._registry_problems: tuple[Problem, ...] = ()
        self._has_good_registry = False
        self._former: deque[Mapping[str, Asset]] = deque(maxlen=_KEPT_REVISIONS)
        self.state = SiteState()
        self._read_registry()

    def refresh(self, changed: Iterable[Path]) -> Changes:
        """Read again what ``changed`` concerns, absolute paths of files."""
        before, changed = self.state, set(changed)
        if any(path.parent == self._repo and path.name in (EXTENSIONS_NAME, LEGACY_NAME) for path in changed):
            self._read_registry()
        self._read_files(changed)
        return _changes(before, self.state)

    def asset(self, path: str) -> Asset | None:
        """Return the file at the path of a URL: open pages may still ask for those of an earlier revision."""
        return next((assets[path] for assets in (self.state.assets, *self._former) if path in assets), None)

    def _read_registry(self) -> None:
        file = find_registry(self._repo)
        if file is None:
            self._serve(EXTENSIONS_NAME, None, ExtensionsReport(), ())
            return
        document, problems = read_registry(file)
        if document is None:
            self._registry_problems = tuple(problems)
            self._assemble(self.state)
            return
        report = validate_extensions(document, file_name=file.name)
        problems += report.problems
        if report.has_errors and self._has_good_registry:
            self._registry_problems = tuple(problems)
            self._assemble(self.state)
        else:
            self._serve(file.name, document, report, tuple(problems))

    def _serve(
        self, name: str, document: Document | None, report: ExtensionsReport, problems: tuple[Problem, ...]
    ) -> None:
        """Make ``report`` the registry that is served, with the files that are hosted already."""
        self._document, self._registry_problems = document, problems
        self._has_good_registry = document is not None and not report.has_errors
        widgets = {widget.type: self._host_widget(widget, report) for widget in report.widgets}
        scripts = tuple(self._host_page_file(script, "scripts", report) for script in report.scripts)
        stylesheets = tuple(self._host_page_file(sheet, "stylesheets", report) for sheet in report.stylesheets)
        self._assemble(SiteState(name, report, widgets, scripts, stylesheets))

    def _read_files(self, changed: set[Path]) -> None:
        state = self.state
        widgets = {
            type_: self._host_widget(widget.definition, state.report) if self._concerns(widget, changed) else widget
            for type_, widget in state.widgets.items()
        }
        scripts = self._changed_page_files(state.scripts, "scripts", changed)
        stylesheets = self._changed_page_files(state.stylesheets, "stylesheets", changed)
        self._assemble(replace(state, widgets=widgets, scripts=scripts, stylesheets=stylesheets))

    def _changed_page_files(
        self, files: tuple[SitePageFile, ...], list_: str, changed: set[Path]
    ) -> tuple[SitePageFile, ...]:
        return tuple(
            self._host_page_file(file.definition, list_, self.state.report)
            if self._is_touched(file.definition.path, changed)
            else file
            for file in files
        )

    def _concerns(self, widget: SiteWidget, changed: set[Path]) -> bool:
        source, picture = widget.definition.source, widget.definition.image_src
        paths = [path for path in (source.path if source else None, picture) if path]
        return any(self._is_touched(path, changed) for path in paths)

    def _is_touched(self, path: str, changed: set[Path]) -> bool:
        """Whether something at, in or around ``path`` changed: a folder that is moved is told of by its name alone."""
        own = self._repo / path
        return any(each.is_relative_to(own) or own.is_relative_to(each) for each in changed)

    def _host_widget(self, definition: WidgetDefinition, report: ExtensionsReport) -> SiteWidget:
        place = report.places["widgets", definition.type]
        problems = list(check_picture(self._repo, definition, place=place))
        if definition.source is None:
            return SiteWidget(definition, None, tuple(problems))
        hosted, found = host_widget(
            self._repo, definition.type, definition.source, place=place, props=definition.prop_names()
        )
        last = self.state.widgets.get(definition.type)
        is_same = last is not None and last.definition.source == definition.source
        return SiteWidget(definition, hosted or (last.hosted if last and is_same else None), (*problems, *found))

    def _host_page_file(self, definition: PageFile, list_: str, report: ExtensionsReport) -> SitePageFile:
        hosted, problems = host_page_file(self._repo, definition, place=report.places[list_, definition.name])
        before = self.state.scripts if list_ == "scripts" else self.state.stylesheets
        last = next((file for file in before if _same_file(file.definition, definition)), None)
        return SitePageFile(definition, hosted or (last.hosted if last else None), tuple(problems))

    def _assemble(self, state: SiteState) -> None:
        """Publish ``state`` with what follows from its parts: all assets, all problems with their lines."""
        parts: list[SiteWidget | SitePageFile] = [*state.widgets.values(), *state.scripts, *state.stylesheets]
        assets = {path: asset for part in parts if part.hosted for path, asset in part.hosted.assets.items()}
        of_files = [problem for part in parts for problem in part.problems]
        located = self._document.located(of_files) if self._document else of_files
        problems = in_order([*self._registry_problems, *located])
        if assets.keys() != self.state.assets.keys():
            self._former.appendleft(self.state.assets)
        self.state = replace(state, assets=assets, problems=problems)


def _same_file(one: PageFile, other: PageFile) -> bool:
    return (one.name, one.path) == (other.name, other.path)


def _changes(before: SiteState, after: SiteState) -> Changes:
    page = _definitions(before) != _definitions(after) or _urls(before) != _urls(after)
    widgets = [type_ for type_, widget in after.widgets.items() if _revision(before, type_) != _revision(after, type_)]
    first_hosted = any(_revision(before, type_) is None for type_ in widgets)
    return Changes(page or first_hosted, tuple(widgets), before.problems != after.problems)


def _definitions(state: SiteState) -> tuple[object, ...]:
    report = state.report
    return (state.file_name, report.widgets, report.scripts, report.stylesheets, report.import_maps)


def _urls(state: SiteState) -> list[str | None]:
    return [file.hosted.url if file.hosted else None for file in (*state.scripts, *state.stylesheets)]


def _revision(state: SiteState, type_: str) -> str | None:
    widget = state.widgets.get(type_)
    return widget.hosted.revision if widget and widget.hosted else None
