"""The answer of a composite whose last step's body has been begun to be read."""

from types import SimpleNamespace

from widget_service.execution.answer import answer_of


class Ended:
    """An answer of which the rest has arrived, after its beginning was read."""

    status, headers, has_ended, content_length = 200, [("Content-Type", "text/plain")], True, None

    def read_now(self):
        return b"rest"


async def begun():
    yield b"beginning, "
    yield b"rest"


async def test_what_was_read_ahead_is_not_lost_when_the_rest_has_arrived():
    connector = SimpleNamespace(response_headers=frozenset(), response_content_type="", response_body=None)
    execution = SimpleNamespace(
        upstream=Ended(),
        connector=connector,
        call=SimpleNamespace(method="GET"),
        rest_s=0,
        upstream_body=None,
        release=None,
    )
    answer = answer_of(execution, None, begun())
    assert answer.body is None
    assert [part async for part in answer.stream] == [b"beginning, ", b"rest"]
