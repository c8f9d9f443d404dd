"""The contract of the admin API describes every route, and its references lead somewhere."""

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from widget_service.admin.api.contract import contract
from widget_service.admin.api.resources import TABLE


async def test_it_is_served_to_anybody_and_has_every_route(site):
    document = (await site.api("GET", "/openapi.json")).json()
    assert document == contract(TABLE)
    told = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    assert told == {(f"/api/v1{route.path}", route.method) for route in TABLE}
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere_and_every_schema_is_one():
    document = contract(TABLE)
    registry = Registry().with_resource("", Resource(document, DRAFT202012))
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in references_in(document):
        registry.resolver().lookup(reference)


def references_in(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references_in(inner)
