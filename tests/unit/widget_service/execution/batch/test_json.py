"""What goes into a batch comes out of it as it was written, and each answer on a line of its own."""

import base64
import json
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.errors import CallerError
from widget_service.execution.answer import Answer
from widget_service.execution.batch.items import read_items
from widget_service.execution.batch.json_parts import JsonText, NotJson
from widget_service.execution.batch.lines import line_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_a_payload_keeps_its_text(value, indent, ensure_ascii):
    text = json.dumps(value, indent=indent, ensure_ascii=ensure_ascii)
    body = '{ "executions" : [ {"method":"POST", "payload" :\n%s , "permalink": "a"} ] }' % text  # noqa: UP031
    (item,) = read_items(body.encode())
    assert item.problems == []
    assert item.payload == (None if value is None else text)


@given(st.text() | st.binary())
def test_no_body_is_taken_for_a_batch_but_one(body):
    with pytest.raises(CallerError):
        read_items(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))


@given(VALUES, st.sampled_from([None, 2, "\t"]))
def test_json_stands_on_one_line(value, indent):
    text = json.dumps(value, indent=indent, ensure_ascii=False).encode()
    line = line_of(3, Answer(200, [("Link", "<a>"), ("Link", "<b>"), ("X", "ü")], body=text))
    assert line.count(b"\n") == 1
    assert b"\r" not in line
    told = json.loads(line)
    assert told == {"index": 3, "status": 200, "headers": {"Link": "<a>, <b>", "X": "ü"}, "body": value}


@pytest.mark.parametrize("body", [b"\xff", b"{", b"NaN", b"[1] 2", "\ufeff1".encode(), b"[" * 100_000])
def test_anything_else_is_base64(body):
    assert base64.b64decode(json.loads(line_of(0, Answer(200, [], body=body)))["body_base64"]) == body


@pytest.mark.parametrize("body", [b'"\\ud800"', b"123456789012345678901234567890", b"1e400", b'{"a":1,"a":2}'])
def test_json_that_parsers_differ_about_stays_as_it_is(body):
    assert line_of(0, Answer(200, [], body=body)).endswith(b'"body":' + body + b"}\n")


@given(VALUES, st.text('[]{}",:01.eE-+\\u tnfalsr', max_size=4), st.integers(0, 200), st.booleans())
def test_a_text_is_json_where_a_parser_says_so(value, spoiling, place, is_wide):
    text = json.dumps([[value] * 20] * 20 if is_wide else value)
    place = min(place, len(text))
    spoilt = (text[:place] + spoiling + text[place:]).strip(" \t\n\r")
    try:
        json.loads(spoilt, parse_constant=_refuse)
    except ValueError:
        with pytest.raises(NotJson):
            _whole(spoilt)
    else:
        assert _whole(spoilt) == spoilt


def _refuse(name):
    raise ValueError(name)


def _whole(text):
    reader = JsonText(text)
    found = reader.value()
    reader.end()
    return found


HOSTILE = {
    "lists": b"[" + b"[]," * 1_000_000 + b"[]]",
    "numbers": b"[" + b"1," * 1_000_000 + b"1]",
    "nested": b"[" + b"[[[[[]]]]]," * 100_000 + b"1]",
    "text": b'"' + b"x" * 8_000_000 + b'"',
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_a_large_body_that_is_read_in_a_thread_lets_others_run(payload):
    body = b'{"executions": [{"permalink": "a", "method": "POST", "payload": %b}]}' % payload
    turns = 0
    thread = threading.Thread(target=_read, args=(body,))
    started = time.thread_time()
    thread.start()
    while thread.is_alive():
        thread.join(0.001)
        turns += 1
    assert time.thread_time() - started < 5
    assert turns > 3


def _read(body):
    try:
        read_items(body)
    except CallerError as error:
        assert "lists and objects" in error.detail  # noqa: PT017
        return


@pytest.mark.parametrize(
    "body",
    [
        b'{"executions": [' + b"{}," * 1_000_000 + b"{}]}",
        b'{"executions": [{' + b",".join(b'"k%d": 1' % number for number in range(300_000)) + b"}]}",
    ],
)
def test_what_is_far_too_much_is_refused_at_its_beginning(body):
    started = time.process_time()
    with pytest.raises(CallerError):
        read_items(body)
    assert time.process_time() - started < 1


def test_a_long_member_is_refused_and_a_long_payload_is_not():
    long = json.dumps("x" * 100_000)
    body = '{"executions": [{"permalink": "a", "method": "POST", "headers": {"a": %s}, "payload": %s}]}' % (long, long)  # noqa: UP031
    (item,) = read_items(body.encode())
    assert item.problems == [".headers is longer than 65536 characters"]
    assert item.payload == long
