"""Cases of HTTP caching, section by section of RFC 9111, RFC 9110 and RFC 5861, as a reverse proxy must pass them."""

from support.cache_origin import Step, date

LONG = {"Cache-Control": "max-age=3600"}
ETAG = '"abcdef"'
PAST = date(-3600)
FUTURE = date(36_000)  # counted from when the tests are collected


def reused(**headers: str) -> list[Step]:
    """The second request is answered from the cache."""
    return [Step(_named(headers)), Step(expect="cached")]


def not_reused(**headers: str) -> list[Step]:
    """The second request goes to the origin."""
    return [Step(_named(headers)), Step(expect="not_cached")]


def stale(*, then: Step, **headers: str) -> list[Step]:
    """The second request comes when the first answer is stale."""
    return [Step(_named(headers), pause=True), then]


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def cc(value: str, **more: str) -> dict[str, str]:
    return {"Cache-Control": value, **more}


FRESHNESS = {
    "no-header-at-all": not_reused(),
    "max-age": reused(**cc("max-age=3600")),
    "max-age-0": not_reused(**cc("max-age=0")),
    "max-age-of-31-bits": reused(**cc("max-age=2147483647")),
    "max-age-beyond-31-bits": reused(**cc("max-age=2147483648")),
    "max-age-far-beyond": reused(**cc("max-age=99999999999")),
    "max-age-over": stale(Cache_Control="max-age=1", then=Step(expect="not_cached")),
    "max-age-and-greater-age": not_reused(**cc("max-age=3600", Age="7200")),
    "max-age-and-smaller-age": reused(**cc("max-age=3600", Age="60")),
    "max-age-and-old-date": not_reused(**cc("max-age=3600", Date=date(-7200))),
    "max-age-beats-past-expires": reused(**cc("max-age=3600", Expires=PAST)),
    "max-age-0-beats-future-expires": not_reused(**cc("max-age=0", Expires=FUTURE)),
    "max-age-and-an-extension": reused(**cc("foobar, max-age=3600")),
    "max-age-in-either-case": reused(**cc("MaX-aGe=3600")),
    "s-maxage": reused(**cc("s-maxage=3600")),
    "s-maxage-beats-shorter-max-age": stale(Cache_Control="max-age=1, s-maxage=3600", then=Step(expect="cached")),
    "s-maxage-the-other-way": stale(Cache_Control="s-maxage=3600, max-age=1", then=Step(expect="cached")),
    "s-maxage-beats-longer-max-age": stale(Cache_Control="max-age=3600, s-maxage=1", then=Step(expect="not_cached")),
    "s-maxage-0": not_reused(**cc("max-age=3600, s-maxage=0")),
    "s-maxage-beats-past-expires": reused(**cc("s-maxage=3600", Expires=PAST)),
    "expires-in-the-future": reused(Expires=FUTURE),
    "expires-in-the-past": not_reused(Expires=PAST),
    "expires-now": not_reused(Expires=date(0)),
    "expires-0": not_reused(Expires="0"),
    "expires-minus-1": not_reused(Expires="-1"),
    "expires-before-a-fast-date": not_reused(Expires=date(3000), Date=date(3600)),
    "expires-and-greater-age": not_reused(Expires=FUTURE, Age="72000"),
    "expires-after-an-old-date": not_reused(Expires=date(-1000), Date=date(-3600)),
    "last-modified-alone": not_reused(Last_Modified=date(-100000)),
    "public-alone": not_reused(**cc("public", Last_Modified=date(-100000))),
}

PARSING = {
    "quoted-max-age": reused(**cc('max-age="3600"')),
    "max-age-in-quotes-of-an-extension": not_reused(**cc('extension="max-age=3600"')),
    "max-age-behind-such-an-extension": stale(
        Cache_Control='extension="max-age=3600, foo", max-age=1', then=Step(expect="not_cached")
    ),
    "max-age-before-such-an-extension": stale(
        Cache_Control='max-age=1, extension="max-age=3600"', then=Step(expect="not_cached")
    ),
    "single-quoted": not_reused(**cc("max-age='3600'")),
    "negative": not_reused(**cc("max-age=-3600")),
    "decimal": not_reused(**cc("max-age=3600.0")),
    "letters-before": not_reused(**cc("max-age=a3600")),
    "letters-behind": not_reused(**cc("max-age=3600a")),
    "leading-zeros": reused(**cc("max-age=0003600")),
    "space-before-equals": not_reused(**cc("max-age =3600")),
    "space-behind-equals": not_reused(**cc("max-age= 3600")),
    "two-that-differ": not_reused(**cc("max-age=3600, max-age=1800")),
    "two-lines": [Step([("Cache-Control", "foo=bar"), ("Cache-Control", "max-age=3600")]), Step(expect="cached")],
    "trailing-comma": reused(**cc("max-age=3600,")),
    "empty-members": reused(**cc(",, max-age=3600 ,")),
    "no-equals": not_reused(**cc("max-age")),
    "no-number": not_reused(**cc("max-age=")),
    "nothing": not_reused(**cc("")),
}

AGE = {
    "age-letters-are-ignored": reused(**cc("max-age=3600", Age="abc")),
    "age-negative-is-ignored": reused(**cc("max-age=3600", Age="-7200")),
    "age-decimal-is-ignored": reused(**cc("max-age=3600", Age="7200.0")),
    "age-with-a-parameter-is-ignored": reused(**cc("max-age=3600", Age="7200;foo=bar")),
    "age-of-31-bits": not_reused(**cc("max-age=3600", Age="2147483647")),
    "age-beyond": not_reused(**cc("max-age=3600", Age="99999999999")),
    "age-list-first-great": not_reused(**cc("max-age=3600", Age="7200, 0")),
    "age-list-first-small": reused(**cc("max-age=3600", Age="0, 7200")),
    "age-two-lines": [Step([*LONG.items(), ("Age", "7200"), ("Age", "0")]), Step(expect="not_cached")],
    "age-is-told": [Step(cc("max-age=3600")), Step(expect="cached", got={"age": "~[0-9]"})],
    "age-goes-on": [
        Step(cc("max-age=3600", Age="30"), pause=True),
        Step(expect="cached", got={"age": "~3[2-9]|4[0-9]"}),
    ],
    "date-stays": [
        Step(cc("max-age=3600", Date=(then := date(-3))), pause=True),
        Step(expect="cached", got={"date": then}),
    ],
}

_DATES = {
    "rfc-850": ("Thursday, 18-Aug-50 02:01:18 GMT", True),
    "asctime": ("Thu Aug 18 02:01:18 2050", True),
    "lowercase": ("thu, 18 aug 2050 02:01:18 gmt", True),
    "uppercase": ("THU, 18 AUG 2050 02:01:18 GMT", True),
    "beyond-32-bits": ("Mon, 19 Jan 2099 14:14:08 GMT", True),
    "utc": ("Thu, 18 Aug 2050 02:01:18 UTC", False),
    "aest": ("Thu, 18 Aug 2050 02:01:18 AEST", False),
    "numeric-zone": ("Thu, 18 Aug 2050 02:01:18 +0000", False),
    "no-zone": ("Thu, 18 Aug 2050 02:01:18", False),
    "no-comma": ("Thu 18 Aug 2050 02:01:18 GMT", False),
    "two-spaces": ("Thu,  18  Aug  2050  02:01:18  GMT", False),
    "dashes": ("Thu, 18-Aug-2050 02:01:18 GMT", False),
    "two-digit-year": ("Thu, 18 Aug 50 02:01:18 GMT", False),
    "one-digit-day": ("Thu, 8 Aug 2050 02:01:18 GMT", False),
    "one-digit-hour": ("Thu, 18 Aug 2050 2:01:18 GMT", False),
    "periods": ("Thu, 18 Aug 2050 02.01.18 GMT", False),
    "no-weekday": ("18 Aug 2050 02:01:18 GMT", False),
    "iso": ("2050-08-18T02:01:18Z", False),
    "hour-25": ("Thu, 18 Aug 2050 25:01:18 GMT", False),
    "quoted": ('"Thu, 18 Aug 2050 02:01:18 GMT"', False),
}
DATES = {
    f"expires-{name}": (reused if is_date else not_reused)(Expires=text) for name, (text, is_date) in _DATES.items()
} | {
    "expires-twice": [Step([("Expires", FUTURE), ("Expires", PAST)]), Step(expect="not_cached")],
}

RESPONSE_DIRECTIVES = {
    "no-store": not_reused(**cc("no-store")),
    "no-store-in-either-case": not_reused(**cc("No-StOrE, max-age=3600")),
    "no-store-beats-max-age": not_reused(**cc("max-age=3600, no-store")),
    "no-store-with-an-argument": not_reused(**cc("max-age=3600, no-store=1")),
    "no-store-on-a-second-line": [Step([*LONG.items(), ("Cache-Control", "no-store")]), Step(expect="not_cached")],
    "no-store-does-not-bring-an-older-one-back": [
        Step(cc("max-age=1"), pause=True),
        Step(cc("no-store"), expect="not_cached"),
        Step(req={"Cache-Control": "max-stale=1000"}, expect="not_cached"),
    ],
    "no-cache": not_reused(**cc("no-cache")),
    "no-cache-beats-max-age": not_reused(**cc("max-age=3600, no-cache")),
    "no-cache-in-either-case": not_reused(**cc("max-age=3600, No-CaChE")),
    "no-cache-revalidates": [Step(cc("no-cache", ETag=ETAG)), Step(expect="etag_validated")],
    "no-cache-revalidates-what-is-fresh": [Step(cc("no-cache, max-age=60", ETag=ETAG)), Step(expect="etag_validated")],
    "no-cache-quoted-empty": not_reused(**cc('max-age=3600, no-cache=""')),
    "private": not_reused(**cc("private, max-age=3600")),
    "private-in-either-case": not_reused(**cc("PrIvAtE, max-age=3600")),
    "private-alone": not_reused(**cc("private")),
    "private-beats-s-maxage": not_reused(**cc("private, s-maxage=3600")),
    "private-field": [
        Step(cc('max-age=3600, private="Foo, bar"', Foo="1", Bar="2", Baz="3"), got={"foo": "1"}),
        Step(expect="cached", lacks=("foo", "bar"), got={"baz": "3"}),
    ],
    "no-cache-field": [
        Step(cc('max-age=3600, no-cache="Foo, bar"', Foo="1", Bar="2", Baz="3"), got={"foo": "1"}),
        Step(expect="cached", lacks=("foo", "bar"), got={"baz": "3"}),
    ],
    "no-cache-one-field": [Step(cc('max-age=3600, no-cache="foo"', Foo="1")), Step(expect="cached", lacks=("foo",))],
    "must-revalidate-fresh": reused(**cc("max-age=3600, must-revalidate")),
    "must-revalidate-stale": stale(
        Cache_Control="max-age=1, must-revalidate", ETag=ETAG, then=Step(expect="etag_validated")
    ),
    "must-revalidate-beats-max-stale": stale(
        Cache_Control="max-age=1, must-revalidate",
        then=Step(req={"Cache-Control": "max-stale=1000"}, expect="not_cached"),
    ),
    "must-revalidate-when-the-origin-is-gone": stale(
        Cache_Control="max-age=1, must-revalidate, stale-if-error=600",
        then=Step(expect="not_cached", disconnect=True, expect_status=502),
    ),
    "proxy-revalidate-when-the-origin-is-gone": stale(
        Cache_Control="max-age=1, proxy-revalidate, stale-if-error=600",
        then=Step(expect="not_cached", disconnect=True, expect_status=502),
    ),
    "s-maxage-when-the-origin-is-gone": stale(
        Cache_Control="s-maxage=1, stale-if-error=600",
        then=Step(expect="not_cached", disconnect=True, expect_status=502),
    ),
    "immutable": reused(**cc("max-age=3600, immutable")),
    "must-understand-and-understood": reused(**cc("max-age=3600, no-store, must-understand")),
    "must-understand-and-not": [
        Step(cc("max-age=3600, no-store, must-understand"), status=499),
        Step(expect="not_cached"),
    ],
    "must-understand-alone-and-not": [Step(cc("max-age=3600, must-understand"), status=299), Step(expect="not_cached")],
    "pragma-means-nothing-in-answers": reused(**cc("max-age=3600", Pragma="no-cache")),
    "vary-star": not_reused(**cc("max-age=3600", Vary="*")),
}


def asked(directive: str, expect: str, age: str = "", **step: object) -> list[Step]:
    """A request with a directive, where an answer is kept that is fresh for an hour."""
    aged = {"Age": age} if age else {}
    return [Step(cc("max-age=3600", ETag=ETAG, **aged)), Step(req={"Cache-Control": directive}, expect=expect, **step)]


REQUEST_DIRECTIVES = {
    "asked-max-age-0": asked("max-age=0", "etag_validated"),
    "asked-max-age-of-less-than-its-age": asked("max-age=600", "etag_validated", age="1800"),
    "asked-max-age-of-more": asked("max-age=1800", "cached", age="600"),
    "asked-min-fresh": asked("min-fresh=2000", "cached"),
    "asked-min-fresh-beyond": asked("min-fresh=2000", "etag_validated", age="2000"),
    "asked-no-cache": asked("no-cache", "etag_validated"),
    "asked-no-cache-twice": asked("no-cache, foo", "etag_validated"),
    "asked-no-store": [Step(LONG, req={"Cache-Control": "no-store"}), Step(expect="not_cached")],
    "asked-only-if-cached-and-there-is": asked("only-if-cached", "cached"),
    "asked-only-if-cached-and-there-is-none": [Step(req={"Cache-Control": "only-if-cached"}, expect_status=504)],
    "asked-max-stale": stale(
        Cache_Control="max-age=1", then=Step(req={"Cache-Control": "max-stale=1000"}, expect="cached")
    ),
    "asked-any-max-stale": stale(
        Cache_Control="max-age=1", then=Step(req={"Cache-Control": "max-stale"}, expect="cached")
    ),
    "asked-max-stale-of-less": stale(
        Cache_Control="max-age=1", then=Step(req={"Cache-Control": "max-stale=0"}, expect="not_cached")
    ),
    "asked-pragma-beside-cache-control": [
        Step(LONG),
        Step(req={"Pragma": "no-cache", "Cache-Control": "foo"}, expect="cached"),
    ],
}

STALE = {
    "stale-while-revalidate": [
        Step(cc("max-age=1, stale-while-revalidate=3600"), pause=True),
        Step(cc("max-age=3600"), expect_body="stale-while-revalidate 0", wait_for_origin=2),
    ],
    "stale-while-revalidate-renews": [
        Step(cc("max-age=1, stale-while-revalidate=3600"), pause=True),
        Step(cc("max-age=3600"), expect_body="stale-while-revalidate-renews 0", wait_for_origin=2, pause=True),
        Step(expect="cached", expect_body="stale-while-revalidate-renews 1"),
    ],
    "stale-while-revalidate-over": stale(
        Cache_Control="max-age=1, stale-while-revalidate=1", then=Step(expect="not_cached")
    ),
    "stale-while-revalidate-not-with-must-revalidate": stale(
        Cache_Control="max-age=1, stale-while-revalidate=3600, must-revalidate", then=Step(expect="not_cached")
    ),
    "stale-if-error-503": stale(
        Cache_Control="max-age=1, stale-if-error=3600", then=Step(status=503, expect_status=200)
    ),
    "stale-if-error-500": stale(
        Cache_Control="max-age=1, stale-if-error=3600", then=Step(status=500, expect_status=200)
    ),
    "stale-if-error-gone": stale(
        Cache_Control="max-age=1, stale-if-error=3600", then=Step(disconnect=True, expect_status=200)
    ),
    "stale-if-error-is-not-for-404": stale(
        Cache_Control="max-age=1, stale-if-error=3600", then=Step(status=404, expect_status=404)
    ),
    "stale-if-error-over": stale(Cache_Control="max-age=1, stale-if-error=1", then=Step(status=503, expect_status=503)),
    "stale-and-gone": stale(Cache_Control="max-age=1", then=Step(disconnect=True, expect_status=502)),
    "stale-and-503": stale(Cache_Control="max-age=1", then=Step(status=503, expect_status=503)),
}


def varied(vary: str, first: dict[str, str], second: dict[str, str], expect: str) -> list[Step]:
    """Two requests that differ, or not, in what ``Vary`` names."""
    return [
        Step(cc("max-age=3600", Vary=vary), req=first),
        Step(cc("max-age=3600", Vary=vary), req=second, expect=expect),
    ]


VARY = {
    "vary-match": varied("Foo", {"Foo": "1"}, {"Foo": "1"}, "cached"),
    "vary-no-match": varied("Foo", {"Foo": "1"}, {"Foo": "2"}, "not_cached"),
    "vary-left-out": varied("Foo", {"Foo": "1"}, {}, "not_cached"),
    "vary-added": varied("Foo", {}, {"Foo": "1"}, "not_cached"),
    "vary-neither": varied("Foo", {}, {}, "cached"),
    "vary-empty-is-not-absent": varied("Foo", {"Foo": ""}, {}, "not_cached"),
    "vary-others-do-not-count": varied("Foo", {"Foo": "1", "Other": "2"}, {"Foo": "1", "Other": "3"}, "cached"),
    "vary-two-match": varied("Foo, Bar", {"Foo": "1", "Bar": "a"}, {"Foo": "1", "Bar": "a"}, "cached"),
    "vary-two-no-match": varied("Foo, Bar", {"Foo": "1", "Bar": "a"}, {"Foo": "1", "Bar": "b"}, "not_cached"),
    "vary-three-left-out": varied("Foo, Bar, Baz", {"Foo": "1", "Bar": "a"}, {"Foo": "1"}, "not_cached"),
    "vary-in-either-case": varied("FOO", {"Foo": "1"}, {"Foo": "2"}, "not_cached"),
    "vary-white-space": varied("Foo", {"Foo": "1,2"}, {"Foo": "1, 2"}, "cached"),
    "vary-language-case": varied(
        "Accept-Language", {"Accept-Language": "EN, de"}, {"Accept-Language": "en,DE"}, "cached"
    ),
    "vary-language-order": varied(
        "Accept-Language", {"Accept-Language": "en, de;q=0.5"}, {"Accept-Language": "de;q=0.5, en"}, "cached"
    ),
    "vary-language-quality": varied(
        "Accept-Language", {"Accept-Language": "en, de;q=0.5"}, {"Accept-Language": "en, de;q=0.6"}, "not_cached"
    ),
    "vary-star-among-others": varied("Foo, *", {"Foo": "1"}, {"Foo": "1"}, "not_cached"),
    "vary-star-first": varied("*, Foo", {"Foo": "1"}, {"Foo": "1"}, "not_cached"),
    "vary-star-and-nothing": varied(", *", {}, {}, "not_cached"),
    "vary-star-on-a-second-line": [
        Step([*LONG.items(), ("Vary", "Foo"), ("Vary", "*")], req={"Foo": "1"}),
        Step(req={"Foo": "1"}, expect="not_cached"),
    ],
    "vary-two-lines": [
        Step([*LONG.items(), ("Vary", "Foo"), ("Vary", "Bar")], req={"Foo": "1", "Bar": "1"}),
        Step(req={"Foo": "1", "Bar": "2"}, expect="not_cached"),
    ],
    "vary-keeps-several": [
        Step(cc("max-age=3600", Vary="Foo"), req={"Foo": "1"}),
        Step(cc("max-age=3600", Vary="Foo"), req={"Foo": "2"}, expect="not_cached"),
        Step(req={"Foo": "1"}, expect="cached", expect_body="vary-keeps-several 0"),
        Step(req={"Foo": "2"}, expect="cached", expect_body="vary-keeps-several 1"),
    ],
    "vary-cookie": varied("Cookie", {"Cookie": "a=1"}, {"Cookie": "a=2"}, "not_cached"),
    "cookie-does-not-count-without-vary": [
        Step(LONG, req={"Cookie": "a=1"}),
        Step(req={"Cookie": "a=2"}, expect="cached"),
    ],
}

AUTHORIZATION = {
    "authorization": [Step(LONG, req={"Authorization": "FOO"}), Step(expect="not_cached")],
    "authorization-of-another": [
        Step(LONG, req={"Authorization": "FOO"}),
        Step(req={"Authorization": "BAR"}, expect="not_cached"),
    ],
    "authorization-public": [Step(cc("max-age=3600, public"), req={"Authorization": "FOO"}), Step(expect="cached")],
    "authorization-s-maxage": [Step(cc("s-maxage=3600"), req={"Authorization": "FOO"}), Step(expect="cached")],
    "authorization-must-revalidate": [
        Step(cc("max-age=3600, must-revalidate"), req={"Authorization": "FOO"}),
        Step(expect="cached"),
    ],
    "authorization-after-a-plain-one": [Step(LONG), Step(req={"Authorization": "FOO"}, expect="cached")],
}

QUERIES = {
    "query-same": [Step(LONG, query="a=1"), Step(query="a=1", expect="cached")],
    "query-different": [Step(LONG, query="a=1"), Step(query="a=2", expect="not_cached")],
    "query-none": [Step(LONG, query="a=1"), Step(expect="not_cached")],
    "query-order": [Step(LONG, query="a=1&b=2"), Step(query="b=2&a=1", expect="not_cached")],
    "query-case": [Step(LONG, query="a=x"), Step(query="a=X", expect="not_cached")],
    "query-escapes": [Step(LONG, query="a=%2F"), Step(query="a=%252F", expect="not_cached")],
    "path-different": [Step(LONG, path="x"), Step(path="y", expect="not_cached")],
    "path-escapes": [Step(LONG, path="x%2Fy"), Step(path="x/y", expect="not_cached")],
}


def changed(method: str, status: int = 200, expect: str = "not_cached", **headers: str) -> list[Step]:
    """A GET that is kept, a change, and the GET again."""
    return [Step(LONG), Step(_named(headers), method=method, status=status), Step(expect=expect)]


def changed_elsewhere(method: str, header: str, target: str, expect: str) -> list[Step]:
    """The change names the other URL."""
    return [
        Step(LONG, path="one"),
        Step({header: target}, method=method, path="two"),
        Step(path="one", expect=expect),
    ]


INVALIDATION = {
    "a-304-does-not-change-what-belongs-to-the-body": [
        Step(cc("max-age=1", ETag=ETAG, **{"Content-MD5": "rL0Y20zC+Fzt72VPzMSk2A=="}), pause=True),
        Step(
            cc("max-age=1", ETag=ETAG, **{"Content-MD5": "N7UdGUp1E+RbVvZSTy1R8g=="}),
            expect="etag_validated",
            got={"content-md5": "rL0Y20zC+Fzt72VPzMSk2A=="},
        ),
    ],
    **{f"changed-by-{method}": changed(method) for method in ("POST", "PUT", "PATCH", "DELETE", "M-SEARCH")},
    **{f"changed-by-{method}-204": changed(method, 204) for method in ("POST", "PUT", "DELETE")},
    **{f"changed-by-{method}-303": changed(method, 303, Location="/x") for method in ("POST", "PUT", "DELETE")},
    **{
        f"not-changed-by-{method}-{status}": changed(method, status, "cached")
        for method in ("POST", "PUT", "DELETE", "M-SEARCH")
        for status in (400, 500)
    },
    "not-changed-by-OPTIONS": changed("OPTIONS", 200, "cached"),
    **{
        f"changed-by-{header}-of-{method}".lower(): changed_elsewhere(
            method, header, f"/changed-by-{header}-of-{method}/one".lower(), "not_cached"
        )
        for header in ("Location", "Content-Location")
        for method in ("POST", "PUT", "DELETE")
    },
    "changed-by-relative-location": changed_elsewhere("POST", "Location", "one", "not_cached"),
    "not-changed-by-location-of-another-host": changed_elsewhere(
        "POST", "Location", "http://other.example/not-changed-by-location-of-another-host/one", "cached"
    ),
    "changed-in-all-variants": [
        Step(cc("max-age=3600", Vary="Foo"), req={"Foo": "1"}),
        Step(cc("max-age=3600", Vary="Foo"), req={"Foo": "2"}),
        Step(method="POST"),
        Step(cc("max-age=3600", Vary="Foo"), req={"Foo": "1"}, expect="not_cached"),
        Step(req={"Foo": "2"}, expect="not_cached"),
    ],
    "changed-with-the-query-alone": [
        Step(LONG, query="a=1"),
        Step(LONG, query="a=2"),
        Step(method="POST", query="a=1"),
        Step(query="a=2", expect="cached"),
        Step(query="a=1", expect="not_cached"),
    ],
    "post-is-not-kept": [Step(LONG, method="POST"), Step(expect="not_cached")],
    "post-is-not-answered": [Step(LONG), Step(method="POST", expect="not_cached")],
}

_OLD = date(-100000)
_OLDER = date(-200000)
VALIDATION = {
    "etag-strong-asked": stale(
        Cache_Control="max-age=1", ETag=ETAG, then=Step(expect="etag_validated", sent={"If-None-Match": ETAG})
    ),
    "etag-weak-asked": stale(
        Cache_Control="max-age=1", ETag='W/"abc"', then=Step(expect="etag_validated", sent={"If-None-Match": 'W/"abc"'})
    ),
    "etag-unquoted-asked": stale(
        Cache_Control="max-age=1", ETag="abc", then=Step(expect="etag_validated", sent={"If-None-Match": "abc"})
    ),
    "etag-obs-text-asked": stale(
        Cache_Control="max-age=1",
        ETag='"abcdefü"',
        then=Step(expect="etag_validated", sent={"If-None-Match": '"abcdefü"'}),
    ),
    "last-modified-asked": stale(
        Cache_Control="max-age=1",
        Last_Modified=_OLD,
        then=Step(expect="lm_validated", sent={"If-Modified-Since": _OLD}),
    ),
    "nothing-to-ask-by": stale(Cache_Control="max-age=1", then=Step(expect="not_cached")),
    "asked-and-changed": [
        Step(cc("max-age=1", ETag=ETAG), pause=True),
        Step(cc("max-age=3600", ETag='"new"'), expect="not_cached", expect_body="asked-and-changed 1"),
        Step(expect="cached", expect_body="asked-and-changed 1"),
    ],
    "304-makes-fresh": [
        Step(cc("max-age=1", ETag=ETAG), pause=True),
        Step(cc("max-age=3600", ETag=ETAG), expect="etag_validated", pause=True),
        Step(expect="cached", expect_body="304-makes-fresh 0"),
    ],
    "304-updates-headers": [
        Step(cc("max-age=1", ETag=ETAG, **{"Test-Header": "A", "X-Kept": "1"}), pause=True),
        Step(cc("max-age=3600", ETag=ETAG, **{"Test-Header": "B"}), expect="etag_validated", got={"test-header": "B"}),
        Step(expect="cached", got={"test-header": "B", "x-kept": "1"}),
    ],
    "304-does-not-update-the-length": [
        Step(cc("max-age=1", ETag=ETAG), body="12345", pause=True),
        Step(
            cc("max-age=3600", ETag=ETAG, **{"Content-Length": "36"}),
            expect="etag_validated",
            got={"content-length": "5"},
        ),
    ],
    "304-that-forbids": [
        Step(cc("max-age=1", ETag=ETAG), pause=True),
        Step(cc("no-store", ETag=ETAG), expect="etag_validated"),
        Step(expect="not_cached"),
    ],
}


def conditional(name: str, value: str, status: int, headers: dict[str, str]) -> list[Step]:
    """A request with a condition, where a fresh answer is kept."""
    return [Step(cc("max-age=3600", **headers)), Step(req={name: value}, expect="cached", expect_status=status)]


_INM, _IMS = "If-None-Match", "If-Modified-Since"
CONDITIONS = {
    "if-none-match-strong": conditional(_INM, ETAG, 304, {"ETag": ETAG}),
    "if-none-match-other": conditional(_INM, '"other"', 200, {"ETag": ETAG}),
    "if-none-match-weak-of-strong": conditional(_INM, f"W/{ETAG}", 304, {"ETag": ETAG}),
    "if-none-match-weak": conditional(_INM, 'W/"abc"', 304, {"ETag": 'W/"abc"'}),
    "if-none-match-first": conditional(_INM, f'{ETAG}, "1", "2"', 304, {"ETag": ETAG}),
    "if-none-match-second": conditional(_INM, f'"1", {ETAG}, "2"', 304, {"ETag": ETAG}),
    "if-none-match-last": conditional(_INM, f'"1","2",{ETAG}', 304, {"ETag": ETAG}),
    "if-none-match-with-a-comma": conditional(_INM, '"a,b"', 304, {"ETag": '"a,b"'}),
    "if-none-match-star": conditional(_INM, "*", 304, {"ETag": ETAG}),
    "if-none-match-obs-text": conditional(_INM, '"abcdefü"', 304, {"ETag": '"abcdefü"'}),
    "if-none-match-unquoted": conditional(_INM, "abc", 304, {"ETag": '"abc"'}),
    "if-none-match-beats-if-modified-since": [
        Step(cc("max-age=3600", ETag=ETAG, **{"Last-Modified": _OLD})),
        Step(req={_INM: '"other"', _IMS: date(0)}, expect="cached", expect_status=200),
    ],
    "if-modified-since-same": conditional(_IMS, _OLD, 304, {"Last-Modified": _OLD}),
    "if-modified-since-later": conditional(_IMS, date(0), 304, {"Last-Modified": _OLD}),
    "if-modified-since-earlier": conditional(_IMS, _OLDER, 200, {"Last-Modified": _OLD}),
    "if-modified-since-and-date-alone": conditional(_IMS, date(86_400), 304, {}),
    "if-modified-since-no-date": conditional(_IMS, "yesterday", 200, {"Last-Modified": _OLD}),
    "304-holds-the-etag": [
        Step(cc("max-age=3600", ETag=ETAG, Vary="Foo", **{"Content-Location": "/x"})),
        Step(
            req={_INM: ETAG},
            expect="cached",
            expect_status=304,
            got={"etag": ETAG, "vary": "Foo", "content-location": "/x", "cache-control": "max-age=3600"},
        ),
    ],
    "condition-goes-on-where-nothing-is-kept": [
        Step({"ETag": ETAG}, status=304, req={_INM: ETAG}, expect_status=304, sent={_INM: ETAG})
    ],
    "condition-of-a-stale-one": [
        Step(cc("max-age=1", ETag=ETAG), pause=True),
        Step(req={_INM: '"other"'}, expect="etag_validated", expect_status=200, sent={_INM: ETAG}),
    ],
    "condition-that-holds-of-a-stale-one": [
        Step(cc("max-age=1", ETag=ETAG), pause=True),
        Step(req={_INM: ETAG}, expect="etag_validated", expect_status=304),
    ],
    "if-match-goes-to-the-origin": [
        Step(cc("max-age=3600", ETag=ETAG)),
        Step(req={"If-Match": ETAG}, expect="not_cached"),
    ],
}

METHODS = {
    "head-from-get": [Step(LONG), Step(method="HEAD", expect="cached", got={"content-length": "15"}, expect_body="")],
    "get-not-from-head": [Step(LONG, method="HEAD"), Step(expect="not_cached")],
    "head-freshens": [
        Step(cc("max-age=1", ETag=ETAG, X="1"), pause=True),
        Step(cc("max-age=3600", ETag=ETAG, X="2", **{"Content-Length": "15"}), method="HEAD"),
        Step(expect="cached", got={"x": "2"}),
    ],
    "head-of-another-length": [
        Step(cc("max-age=3600"), pause=False),
        Step(
            cc("max-age=3600", **{"Content-Length": "999"}),
            method="HEAD",
            req={"Cache-Control": "no-cache"},
            expect="not_cached",
        ),
        Step(expect="not_cached"),
    ],
    "head-of-another-etag": [
        Step(cc("max-age=3600", ETag=ETAG)),
        Step(cc("max-age=3600", ETag='"new"'), method="HEAD", req={"Cache-Control": "no-cache"}),
        Step(expect="not_cached"),
    ],
    "head-410": [
        Step(cc("max-age=3600")),
        Step(method="HEAD", status=410, req={"Cache-Control": "no-cache"}),
        Step(expect="not_cached"),
    ],
}

HEADERS = {
    **{
        f"kept-{name}".lower(): [Step(cc("max-age=3600", **{name: value})), Step(expect="cached", got={name: value})]
        for name, value in {
            "Test-Header": "a",
            "X-Test-Header": "a, b",
            "Content-Foo": "1",
            "Content-Type": "text/plain; charset=x",
            "Content-Language": "de",
            "Content-Location": "/foo",
            "Content-Security-Policy": "default-src 'self'",
            "Content-MD5": "rL0Y20zC+Fzt72VPzMSk2A==",
            "Clear-Site-Data": "cookies",
            "Expires": FUTURE,
            "ETag": ETAG,
            "Last-Modified": _OLD,
            "Link": "</x>; rel=next",
            "Location": "/x",
            "Set-Cookie": "a=b",
            "Strict-Transport-Security": "max-age=1",
            "X-Frame-Options": "deny",
            "X-XSS-Protection": "1",
            "Public-Key-Pins": "x",
            "Surrogate-Control": "max-age=1",
        }.items()
    },
    **{
        f"not-kept-{name}".lower(): [Step(cc("max-age=3600", **{name: "a"})), Step(expect="cached", lacks=(name,))]
        for name in ("Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Connection")
    },
    "not-kept-what-connection-names": [
        Step(cc("max-age=3600", Connection="a, B", A="1", B="2", C="3"), lacks=("a", "b"), got={"c": "3"}),
        Step(expect="cached", lacks=("a", "b"), got={"c": "3"}),
    ],
    "not-forwarded-what-connection-names": [
        Step(req={"Connection": "x-secret", "X-Secret": "1"}, sent={"x-secret": None})
    ],
    "coded-bodies-stay-coded": [
        Step(cc("max-age=3600", **{"Content-Encoding": "x-own"}), got={"content-encoding": "x-own"}),
        Step(expect="cached", got={"content-encoding": "x-own"}),
    ],
}

_STATUSES = (200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 405, 410, 414, 499, 500, 501, 502, 503, 599)
STATUSES = {
    **{
        f"status-{status}-fresh": [
            Step(cc("max-age=3600", Location="/x"), status=status, expect_status=status),
            Step(expect="cached", expect_status=status),
        ]
        for status in _STATUSES
    },
    **{
        f"status-{status}-stale": [
            Step(cc("max-age=1", Location="/x"), status=status, expect_status=status, pause=True),
            Step(expect="not_cached"),
        ]
        for status in _STATUSES
    },
    "status-404-says-nothing": [Step(status=404), Step(expect="not_cached")],
    "status-206-is-not-kept": [
        Step(cc("max-age=3600", **{"Content-Range": "bytes 0-3/10"}), status=206, req={"Range": "bytes=0-3"}),
        Step(expect="not_cached"),
    ],
}


def ranged(asked: str, status: int, body: str | None = None, **more: object) -> list[Step]:
    """A range of a body of ten bytes that is kept."""
    headers = cc("max-age=3600", ETag=ETAG, **{"Last-Modified": _OLD})
    return [
        Step(headers, body="0123456789"),
        Step(
            req={"Range": asked, **more.pop("req", {})}, expect="cached", expect_status=status, expect_body=body, **more
        ),
    ]


RANGES = {
    "range": ranged("bytes=1-3", 206, "123", got={"content-range": "bytes 1-3/10", "content-length": "3"}),
    "range-to-the-end": ranged("bytes=7-", 206, "789", got={"content-range": "bytes 7-9/10"}),
    "range-of-the-last": ranged("bytes=-2", 206, "89", got={"content-range": "bytes 8-9/10"}),
    "range-beyond-the-end": ranged("bytes=8-20", 206, "89"),
    "range-outside": ranged("bytes=20-30", 416, got={"content-range": "bytes */10"}),
    "range-of-other-units": ranged("lines=1-3", 200, "0123456789"),
    "ranges": ranged("bytes=1-2,4-5", 200, "0123456789"),
    "if-range-holds": ranged("bytes=1-3", 206, "123", req={"If-Range": ETAG}),
    "if-range-does-not": ranged("bytes=1-3", 200, "0123456789", req={"If-Range": '"other"'}),
    "if-range-date-holds": ranged("bytes=1-3", 206, "123", req={"If-Range": _OLD}),
    "range-passes-where-nothing-is-kept": [
        Step(
            {"Content-Range": "bytes 0-3/10"},
            status=206,
            body="0123",
            req={"Range": "bytes=0-3"},
            sent={"range": "bytes=0-3"},
            expect_status=206,
        )
    ],
}

OTHER = {
    "interim-answers-are-not-kept": [
        Step({}, interim=b"HTTP/1.1 103 Early\r\nCache-Control: max-age=3600\r\nLink: </x>\r\n\r\n", lacks=("link",)),
        Step(expect="not_cached"),
    ],
    "content-disposition": reused(**cc("max-age=3600", Content_Disposition="attachment")),
    "an-answer-without-date": [Step(cc("max-age=3600", **{"No-Date": ""})), Step(expect="cached")],
}

SECTIONS = {
    "freshness": FRESHNESS,
    "parsing": PARSING,
    "age": AGE,
    "dates": DATES,
    "response directives": RESPONSE_DIRECTIVES,
    "request directives": REQUEST_DIRECTIVES,
    "stale": STALE,
    "vary": VARY,
    "authorization": AUTHORIZATION,
    "queries": QUERIES,
    "invalidation": INVALIDATION,
    "validation": VALIDATION,
    "conditions": CONDITIONS,
    "methods": METHODS,
    "headers": HEADERS,
    "statuses": STATUSES,
    "ranges": RANGES,
    "other": OTHER,
}
