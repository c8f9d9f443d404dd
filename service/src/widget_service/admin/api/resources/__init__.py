"""The resources of the REST API, a file each; this is the list of them."""

from widget_service.admin.api.resources import (
    accounts,
    audit,
    captures,
    connectors,
    executions,
    git_sources,
    history,
    installation,
    me,
    registries,
    statistics,
    tenants,
    trials,
    values,
)
from widget_service.admin.api.route import Route

TABLE: tuple[Route, ...] = (
    *connectors.ROUTES,
    *trials.ROUTES,
    *history.ROUTES,
    *values.ROUTES,
    *registries.ROUTES,
    *git_sources.ROUTES,
    *executions.ROUTES,
    *statistics.ROUTES,
    *captures.ROUTES,
    *tenants.ROUTES,
    *installation.ROUTES,
    *accounts.ROUTES,
    *audit.ROUTES,
    *me.ROUTES,
)
