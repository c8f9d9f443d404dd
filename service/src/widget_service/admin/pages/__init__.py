"""The pages under ``/admin/``, a file each; this is the list of them."""

from widget_service.admin.pages import (
    access,
    audit,
    connectors,
    editor,
    editor_checks,
    executions,
    git_sources,
    history,
    login,
    me,
    overview,
    provider,
    registries,
    settings,
    tenants,
    trials,
    values,
)
from widget_service.admin.pages.page import Page

ALL_PAGES: tuple[Page, ...] = (
    *login.PAGES,
    *provider.PAGES,
    *overview.PAGES,
    *trials.PAGES,
    *connectors.PAGES,
    *editor.PAGES,
    *editor_checks.PAGES,
    *history.PAGES,
    *values.PAGES,
    *executions.PAGES,
    *registries.PAGES,
    *git_sources.PAGES,
    *audit.PAGES,
    *settings.PAGES,
    *access.PAGES,
    *tenants.PAGES,
    *me.PAGES,
)
