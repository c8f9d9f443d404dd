"""The resources of the REST API, a file each; this is the list of them."""

from widget_service.admin.api.resources import audit, connectors, executions, me, trials, values
from widget_service.admin.api.route import Route

TABLE: tuple[Route, ...] = (
    *connectors.ROUTES,
    *trials.ROUTES,
    *values.ROUTES,
    *executions.ROUTES,
    *audit.ROUTES,
    *me.ROUTES,
)
