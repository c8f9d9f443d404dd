"""Content codings are taken off in bounded steps, and what is cut off is never complete."""

import gzip
import os
import zlib

import pytest

from widget_service.egress.decoding import STEP_BYTES, Decoder, NotDecoded

TEXT = b"all work and no play " * 40 + os.urandom(100)


def raw(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


GOOD = {
    "gzip": ("gzip", gzip.compress(TEXT), TEXT),
    "x-gzip": ("x-gzip", gzip.compress(TEXT), TEXT),
    "zlib that is called gzip": ("gzip", zlib.compress(TEXT), TEXT),
    "two members": ("gzip", gzip.compress(TEXT) + gzip.compress(b"more"), TEXT + b"more"),
    "empty members": ("gzip", gzip.compress(b"") * 3, b""),
    "deflate": ("deflate", zlib.compress(TEXT), TEXT),
    "raw deflate": ("deflate", raw(TEXT), TEXT),
    "raw deflate of nothing": ("deflate", raw(b""), b""),
    "gzip of nothing": ("gzip", gzip.compress(b""), b""),
    "a long one": ("gzip", gzip.compress(TEXT * 1000), TEXT * 1000),
    "as long as a step": ("gzip", gzip.compress(bytes(STEP_BYTES)), bytes(STEP_BYTES)),
    "as long as two steps, raw": ("deflate", raw(bytes(2 * STEP_BYTES)), bytes(2 * STEP_BYTES)),
}
BAD = {
    "no gzip": (["gzip"], b"xxxx"),
    "no deflate": (["deflate"], zlib.compress(b"x")[:2] + b"\xff" * 9),
    "a wrong checksum": (["gzip"], gzip.compress(TEXT)[:-8] + b"12345678"),
    "something behind gzip": (["gzip"], gzip.compress(TEXT) + b"garbage"),
    "zeros behind gzip": (["gzip"], gzip.compress(TEXT) + bytes(9)),
    "something behind deflate": (["deflate"], zlib.compress(TEXT) + b"x"),
    "something behind raw deflate": (["deflate"], raw(TEXT) + b"x"),
    "br": (["br"], b"xxxx"),
    "zstd": (["zstd"], b"xxxx"),
    "gzip twice": (["gzip", "gzip"], gzip.compress(gzip.compress(TEXT))),
    "deflate, gzip": (["deflate", "gzip"], gzip.compress(zlib.compress(TEXT))),
}


def decoded(decoder, coded, size):
    """Return what deliveries of ``size`` bytes come to."""
    found = b""
    for start in range(0, len(coded), size):
        decoder.offer(coded[start : start + size])
        while not decoder.is_idle:
            found += decoder.step()
    return found


@pytest.mark.parametrize("case", GOOD)
@pytest.mark.parametrize("size", [1, 2, 7, 16384])
def test_what_is_taken_off(case, size):
    coding, coded, expected = GOOD[case]
    decoder = Decoder([coding])
    assert decoded(decoder, coded, size) == expected
    assert decoder.is_complete(may_be_empty=False)
    assert decoder.taken == len(coded)


@pytest.mark.parametrize("size", [1, 16384])
@pytest.mark.parametrize("case", BAD)
def test_what_is_refused(case, size):
    codings, coded = BAD[case]
    with pytest.raises(NotDecoded, match=codings[0]):
        decoded(Decoder(codings), coded, size)


@pytest.mark.parametrize("case", ["gzip", "two members", "deflate", "raw deflate", "gzip of nothing"])
@pytest.mark.parametrize("size", [1, 16384])
def test_what_is_cut_off_after_any_byte_is_not_complete(case, size):
    coding, coded, _ = GOOD[case]
    ends = {len(gzip.compress(TEXT))} if case == "two members" else set()
    for length in set(range(1, len(coded))) - ends:
        decoder = Decoder([coding])
        decoded(decoder, coded[:length], size)
        assert not decoder.is_complete(may_be_empty=True), length


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_nothing_is_complete_only_where_it_is_told(coding):
    assert Decoder([coding]).is_complete(may_be_empty=True)
    assert not Decoder([coding]).is_complete(may_be_empty=False)


def test_a_step_is_bounded_whatever_a_delivery_unpacks_to():
    size, steps = 64 * STEP_BYTES, 0
    decoder = Decoder(["gzip"])
    decoder.offer(gzip.compress(bytes(size)))
    while not decoder.is_idle:
        part = decoder.step()
        assert len(part) <= STEP_BYTES
        size, steps = size - len(part), steps + 1
    assert size == 0
    assert steps >= 64
    assert decoder.is_complete(may_be_empty=False)


@pytest.mark.parametrize("again", [0, 1, 10_000], ids=["the same", "with what follows", "with all that follows"])
@pytest.mark.parametrize("pieces", [1, 2, 3], ids=["whole", "in two", "in three"])
def test_a_delivery_that_is_left_goes_on_where_it_was(again, pieces):
    """However often it is left, and however it is cut the next time."""
    plain = os.urandom(1000) + bytes(20 * STEP_BYTES) + os.urandom(1000)
    coded = gzip.compress(plain)
    decoder, found, start, size = Decoder(["gzip"]), b"", 0, len(coded) // 2
    while start < len(coded):
        length = min(size, len(coded) - start)
        decoder.offer(coded[start : start + length])
        if not decoder.is_idle:
            found += decoder.step()
        if decoder.is_idle:
            start += length
            size = max(1, len(coded) // 2 // pieces)
        else:
            size = length + again if pieces == 1 else max(1, length // pieces)
    assert found == plain
    assert decoder.is_complete(may_be_empty=False)
