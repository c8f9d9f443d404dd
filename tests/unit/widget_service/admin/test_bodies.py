"""Bodies of the admin origin are taken whole, or refused."""

import pytest

from widget_service.admin.bodies import body_of
from widget_service.admin.errors import AdminError


def receiving(*messages):
    rest = iter(messages)

    async def receive():
        return next(rest)

    return receive


def part(body, *, more):
    return {"type": "http.request", "body": body, "more_body": more}


async def test_parts_are_joined():
    assert await body_of(receiving(part(b"name=", more=True), part(b"a", more=False)), limit=6) == b"name=a"


@pytest.mark.parametrize(
    ("last", "code"),
    [({"type": "http.disconnect"}, "INVALID_REQUEST"), (part(b"a" * 10, more=True), "REQUEST_TOO_LARGE")],
)
async def test_what_breaks_off_or_is_too_large_is_refused(last, code):
    with pytest.raises(AdminError) as refused:
        await body_of(receiving(part(b"value=sec", more=True), last), limit=12)
    assert refused.value.code == code
