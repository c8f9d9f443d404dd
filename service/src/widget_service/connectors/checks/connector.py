"""All rules of a connector."""

from collections.abc import Iterator

from widget_service.connectors.checks.authentication import check_authentication
from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.fields import validate_fields
from widget_service.connectors.checks.headers import check_content_type, check_headers, check_response_headers
from widget_service.connectors.checks.known_fields import check_unknown_fields
from widget_service.connectors.checks.options import check_options
from widget_service.connectors.checks.path_parameters import check_path_parameters
from widget_service.connectors.checks.query import check_query
from widget_service.connectors.checks.templates import check_templates
from widget_service.connectors.definition import ConnectorDefinition
from widget_service.connectors.fields import MAX_URL_LENGTH
from widget_service.connectors.problems import Problem
from widget_service.connectors.url_rules import check_url


def check_connector(entry: Entry) -> tuple[ConnectorDefinition | None, list[Problem]]:
    """Return the connector that ``entry`` defines, with everything that is wrong with it.

    It is None where a type or limit does not hold; where only other errors are told, it must not be executed.
    """
    definition, problems = validate_fields(ConnectorDefinition, entry)
    problems += check_unknown_fields(entry, ConnectorDefinition)
    problems += check_request(entry)
    problems += check_templates(entry)
    problems += check_path_parameters(entry)
    problems += check_options(entry)
    problems += check_response_headers(entry)
    return definition, problems


def check_request(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with what connectors and steps have in common, templates apart."""
    url = entry.text("url")
    if url and len(url) <= MAX_URL_LENGTH:
        for finding in check_url(url, entry.rules):
            yield entry.found(finding, "url")
    yield from check_headers(entry)
    yield from check_content_type(entry)
    yield from check_query(entry)
    yield from check_authentication(entry)
