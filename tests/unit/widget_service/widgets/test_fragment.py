"""Rewriting of entries: references to files of the folder lead to their URLs, everything else stays verbatim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.widgets.hosting.fragment import host_fragment
from widget_service.widgets.hosting.html_tags import start_tags

FILES = {"a.png", "b.png", "app.js", "style.css", "a b.png", "é.png", "sub/c.png", "sub/page.html", "content.html"}
BASE = "/w/acme/1/"


def hosted(html: str, entry: str = "content.html"):
    return host_fragment(html, entry=entry, files=FILES, base=BASE)


@pytest.mark.parametrize(
    ("html", "rewritten"),
    [
        # The elements and attributes that refer to files.
        ('<img src="a.png">', '<img src="/w/acme/1/a.png">'),
        ("<img src='a.png'>", '<img src="/w/acme/1/a.png">'),
        ("<img src=a.png>", '<img src="/w/acme/1/a.png">'),
        ("<IMG SRC = a.png alt>", '<IMG SRC = "/w/acme/1/a.png" alt>'),
        ('<script type="module" src="./app.js"></script>', '<script type="module" src="/w/acme/1/app.js"></script>'),
        ('<link rel="stylesheet" href="style.css">', '<link rel="stylesheet" href="/w/acme/1/style.css">'),
        ('<link id="x" hidden href="sub/c.png"/>', '<link id="x" hidden href="/w/acme/1/sub/c.png"/>'),
        ('<video src="a.png" poster="b.png">', '<video src="/w/acme/1/a.png" poster="/w/acme/1/b.png">'),
        ('<audio src="a.png">', '<audio src="/w/acme/1/a.png">'),
        ('<source src="a.png">', '<source src="/w/acme/1/a.png">'),
        ('<embed src="a.png">', '<embed src="/w/acme/1/a.png">'),
        ('<object data="a.png">', '<object data="/w/acme/1/a.png">'),
        # How a reference may be written.
        ('<img src="/a.png">', '<img src="/w/acme/1/a.png">'),
        ('<img src="///a.png">', None),
        ('<img src="sub/../a.png">', '<img src="/w/acme/1/a.png">'),
        ('<img src=" a.png\n">', '<img src="/w/acme/1/a.png">'),
        ('<img src="a.png?v=1&amp;w=2#x">', '<img src="/w/acme/1/a.png?v=1&amp;w=2#x">'),
        ('<img src="a%20b.png">', '<img src="/w/acme/1/a%20b.png">'),
        ('<img src="a b.png">', '<img src="/w/acme/1/a%20b.png">'),
        ('<img src="é.png">', '<img src="/w/acme/1/%C3%A9.png">'),
        # Image candidates.
        (
            '<img srcset="a.png 1x, b.png 2x">',
            '<img srcset="/w/acme/1/a.png 1x, /w/acme/1/b.png 2x">',
        ),
        ('<source srcset="a.png, b.png 2x">', '<source srcset="/w/acme/1/a.png, /w/acme/1/b.png 2x">'),
        (
            '<img srcset="data:image/png;base64,AA== 1x, a.png 2x">',
            '<img srcset="data:image/png;base64,AA== 1x, /w/acme/1/a.png 2x">',
        ),
        # Styles.
        ('<p style="background: url(a.png)">', '<p style="background: url(&quot;/w/acme/1/a.png&quot;)">'),
        ("<p style='background: url(\"a.png\")'>", '<p style="background: url(&quot;/w/acme/1/a.png&quot;)">'),
        ("<style>p { fill: URL( 'a.png' ) }</style>", '<style>p { fill: URL( "/w/acme/1/a.png" ) }</style>'),
        ("<style>@import url(style.css);</style>", '<style>@import url("/w/acme/1/style.css");</style>'),
        ("<style>/* url(a.png) */ p::after { content: 'url(a.png)' }</style>", None),
        ("<style>p { background: url(#x), url(data:image/png;base64,AA==) }</style>", None),
        # What refers to nothing here stays verbatim.
        ('<img src="https://cdn.example/a.png"><img src="//cdn.example/a.png"><img src="data:,"><img src="">', None),
        ('<a href="a.png">', None),
        ('<div src="a.png" data="a.png">', None),
        ("<!-- <img src='a.png'> --><p>1 < 2 & 3 > 2</p>", None),
        ('<script>const tag = "<img src=a.png>"; // {{ title }}\n</script>', None),
        ("<textarea><img src='a.png'></textarea>", None),
        ("<img src='a.png", None),
        ("<p>{{ title }}</p>\r\n<P Class=x >é</p>", None),
    ],
    ids=lambda value: value and value[:50],
)  # fmt: skip
def test_references_lead_to_hosted_files(html, rewritten):
    fragment = hosted(html)
    assert fragment.html == (rewritten or html)
    assert fragment.unresolved == []
    assert fragment.modules == {}


@pytest.mark.parametrize(
    ("reference", "url"),
    [("c.png", "sub/c.png"), ("../a.png", "a.png"), ("/a.png", "a.png"), ("a.png", "a.png"), ("/c.png", None)],
)
def test_references_are_relative_to_the_entry_or_to_the_folder(reference, url):
    fragment = hosted(f'<img src="{reference}">', entry="sub/page.html")
    assert fragment.html == f'<img src="{BASE + url if url else reference}">'


def test_references_that_name_no_file_are_left_alone_and_told_once():
    html = '<img src="no.png"><img src="no.png"><img src="../a.png"><p style="background: url({{ image }})">'
    fragment = hosted(html)
    assert fragment.html == html
    assert fragment.unresolved == ["no.png", "../a.png"]


def test_an_inline_module_becomes_a_file_whose_lines_are_those_of_the_entry():
    code = '\n  import "./app.js";\n  export function init(sdk) { throw new Error("</p>"); }\n'
    html = f'<p>\n</p>\n<SCRIPT id="x" TYPE=" Module ">{code}</SCRIPT>\n<script type="module">export default 1</script>'
    fragment = hosted(html)
    assert fragment.html == (
        '<p>\n</p>\n<SCRIPT data-inline-module src="/w/acme/1/inline-module-0.js" id="x" TYPE=" Module ">'
        "\n\n\n</SCRIPT>\n"
        '<script data-inline-module src="/w/acme/1/inline-module-1.js" type="module"></script>'
    )
    assert fragment.html.count("\n") == html.count("\n")
    first = fragment.modules["inline-module-0.js"]
    assert first == "\n\n" + code
    for number, line in enumerate(html.splitlines()):
        if "throw" in line or "import" in line:
            assert first.splitlines()[number] == line
    assert fragment.modules["inline-module-1.js"] == "\n" * 6 + "export default 1"


def test_an_inline_module_lies_beside_its_entry_and_takes_no_name_that_is_there():
    files = {"sub/page.html", "sub/inline-module-0.js"}
    html = '<script type="module">1</script>'
    fragment = host_fragment(html, entry="sub/page.html", files=files, base=BASE)
    assert list(fragment.modules) == ["sub/inline-module-0-.js"]
    assert f'src="{BASE}sub/inline-module-0-.js"' in fragment.html


@pytest.mark.parametrize(
    "html",
    [
        '<script type="module" src="https://esm.sh/x"></script>',
        "<script>classic()</script>",
        '<script type="importmap">{}</script>',
        '<script type="text/template"><img src="a.png"></script>',
        '<!-- <script type="module">1</script> -->',
    ],
)
def test_other_scripts_stay_where_they_are(html):
    assert hosted(html).html == html


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("a = '<!-- <script> </script> -->'", "a = '<!-- <script> </script> -->'"),
        ("a = '<script>'</script>", "a = '<script>'"),
        ("if (a</b/.test(c)) d()</SCRIPT\n>", "if (a</b/.test(c)) d()"),
        ("never closed", "never closed"),
        ("<!--></script>", "<!-->"),
    ],
)
def test_a_module_ends_where_a_browser_ends_it(html, code):
    closed = html if "</script>" in html.lower() or "</SCRIPT" in html or "never" in html else html + "</script>"
    assert list(hosted(f'<script type="module">{closed}').modules.values()) == [code]


def test_a_tag_says_where_its_parts_stand():
    html = '<!doctype html><p><img =x a=1 b = "2 &gt; 1"c=\'3\'/d a=9><br/></p foo=">">'
    tags = list(start_tags(html))
    assert [tag.name for tag in tags] == ["p", "img", "br"]
    image = tags[1]
    assert [(attribute.name, attribute.value) for attribute in image.attributes] == [
        ("=x", ""),
        ("a", "1"),
        ("b", "2 > 1"),
        ("c", "3"),
        ("d", ""),
        ("a", "9"),
    ]
    assert [html[attribute.start : attribute.end] for attribute in image.attributes] == [
        "", "1", '"2 &gt; 1"', "'3'", "", "9",
    ]  # fmt: skip
    assert image.get("a") == "1"
    assert html[image.start : image.end].startswith("<img")


@given(st.text(alphabet="<>!-/= \n\"'ascriptylemgu()&;#x0,.", max_size=200))
def test_whatever_the_text_nothing_is_raised_and_html_without_references_stays(html):
    fragment = host_fragment(html, entry="content.html", files=(), base=BASE)
    if not fragment.modules:
        assert fragment.html == html
