"""The protocol's OpenAPI document is the one that the service serves."""

import json
from pathlib import Path

from widget_service.openapi import METHODS, openapi_document

COMMITTED = Path(__file__).parents[3] / "protocol" / "openapi.json"


def test_the_committed_document_is_the_generated_one():
    assert json.loads(COMMITTED.read_text()) == openapi_document()


def test_every_method_is_described_and_every_reference_resolves():
    document = openapi_document(path_prefix="/elsewhere")
    path = document["paths"]["/elsewhere/connectors/{permalink}/execute"]
    assert set(METHODS) <= path.keys()
    schemas = document["components"]["schemas"]
    references = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert references == schemas.keys()
