"""The form of the editor: each field of the schema has its input, and what is done and undone there loses nothing."""

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.admin_pages import admin_pages
from support.commands import initialised

SCHEMA = json.loads((Path(__file__).parents[2] / "protocol" / "registry.schema.json").read_text())
DEFINITIONS = {"connector": "ConnectorDefinition", "composite": "CompositeDefinition"}

BEGIN = """async () => {
  const { Form } = await import("/admin/static/form.js");
  const { parse } = await import("/admin/static/json.js");
  const schema = await (await fetch("/admin/schema")).json();
  const root = document.getElementById("form-view").cloneNode(true);
  root.hidden = false;
  document.body.append(root);
  let value;
  const form = new Form(root, schema, { isReadOnly: false, onChange: (changed) => (value = changed) });
  const inputs = () => [...root.querySelectorAll(":is(input, select, textarea)[data-at]")];
  const said = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));
  const other = (input) => (input.dataset.type === "json" ? "[1]" : input.dataset.type === "integer" ? "7" : "other");
  const turn = (input) => {
    if (input.type === "checkbox") input.checked = !input.checked;
    else if (input.tagName === "SELECT") input.selectedIndex = (input.selectedIndex + 1) % input.options.length;
    else input.value = other(input);
    said(input);
  };
  window.tried = {
    fill: (text) => form.fill((value = parse(text))),
    text: () => JSON.stringify(value),
    touch: () => inputs().forEach(said),
    changeAndBack: () => {
      const found = inputs().filter((input) => input.dataset.at !== "authentication.type");
      for (const input of found) {
        const [text, checked] = [input.value, input.checked];
        turn(input);
        input.value = text;
        if (input.type === "checkbox") input.checked = checked;
        said(input);
      }
    },
    signInOtherwiseAndBack: () => {
      for (const select of inputs().filter((input) => input.dataset.at === "authentication.type")) {
        const before = select.value;
        for (const option of [...select.options]) {
          select.value = option.value;
          said(select);
        }
        select.value = before;
        said(select);
      }
    },
    moveAndBack: () => {
      root.querySelector('[data-at="0"] [data-move="1"]')?.click();
      root.querySelector('[data-at="1"] [data-move="-1"]')?.click();
    },
    paths: () => inputs().map((input) => {
      const parts = [];
      for (let each = input; each; each = each.parentElement.closest("[data-at]")) parts.unshift(each.dataset.at);
      return parts.join(".");
    }),
  };
}"""


@pytest.fixture(scope="module")
def forms(browser, tmp_path_factory):
    """A page for each kind of definition, with a form beside the editor's own."""
    with admin_pages(initialised(tmp_path_factory.mktemp("forms"))) as site:
        site.admin()
        context = browser.new_context()
        found = {}
        for kind in DEFINITIONS:
            page = context.new_page()
            if not found:
                site.log_in(page)
            page.goto(f"{site.origin}/admin/new-connector?kind={kind}")
            page.wait_for_selector("html[data-editor=ready]")
            page.evaluate(BEGIN)
            found[kind] = page
        yield found
        context.close()


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12) | st.sampled_from(
    [
        "{{ user.id }}",
        "a, b",
        "[x",
        " x ",
        "two\nlines",
        "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    ]
)
NUMBERS = st.integers() | st.integers(10**16, 10**20) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, min_size=1, max_size=3),
    max_leaves=5,
)


@cache
def of_definition(name: str) -> st.SearchStrategy:
    return values_of(SCHEMA["$defs"][name])


def values_of(described: dict) -> st.SearchStrategy:
    """Values of every type that the schema names, valid or not: what is kept may be anything."""
    if "$ref" in described:
        return of_definition(described["$ref"].rpartition("/")[2])
    if "anyOf" in described:
        return st.one_of([values_of(each) for each in described["anyOf"]])
    if "enum" in described:
        return st.sampled_from(described["enum"]) | st.just("unheard-of")
    types = {*described.get("type", [])} if isinstance(described.get("type"), list) else {described.get("type")}
    kinds = {"string": TEXTS, "integer": NUMBERS, "boolean": st.booleans(), "null": st.none(), None: ANYTHING}
    found = [kinds[each] for each in sorted(types, key=str) if each in kinds]
    if "array" in types:
        found.append(st.lists(values_of(described.get("items", {})), max_size=3))
    if "object" in types:
        found.append(objects_of(described))
    return st.one_of(found)


def objects_of(described: dict) -> st.SearchStrategy:
    """Objects with some of the members that are described, and one that is not."""
    members = described.get("properties", {})
    if "allOf" in described:
        return st.one_of([sign_in(rule) for rule in described["allOf"]])
    known = st.fixed_dictionaries({}, optional={name: values_of(each) for name, each in members.items()})
    more = st.dictionaries(st.sampled_from(["x_note", "url2"]), ANYTHING, max_size=1)
    return st.tuples(known, more).map(lambda both: both[0] | both[1])


def sign_in(rule: dict) -> st.SearchStrategy:
    kind, config = rule["if"]["properties"]["type"]["const"], rule["then"]["properties"]["config"]
    return st.fixed_dictionaries({"type": st.just(kind), "config": values_of(config)})


@st.composite
def definitions(draw, kind: str):
    return draw(of_definition(DEFINITIONS[kind]))


def without_empty(value):
    """Objects without members mean the same as none."""
    if isinstance(value, dict):
        inner = {name: without_empty(each) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each != {}}
    return [without_empty(each) for each in value] if isinstance(value, list) else value


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # a strategy as large as the schema
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # the service does, in its thread
@pytest.mark.parametrize("kind", DEFINITIONS)
@pytest.mark.parametrize("doing", ["touch", "changeAndBack", "signInOtherwiseAndBack", "moveAndBack"])
def test_what_is_done_and_undone_in_the_form_loses_nothing(forms, kind, doing):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(definitions(kind))
    def holds(definition):
        text = json.dumps(definition, ensure_ascii=False)
        after = forms[kind].evaluate(f"(text) => (tried.fill(text), tried.{doing}(), tried.text())", text)
        assert without_empty(json.loads(after)) == without_empty(definition)

    holds()


@pytest.mark.parametrize("number", ["1.0", "12345678901234567890", "1e400", "-0.0", "1E+2"])
def test_numbers_stay_as_they_were_written(forms, number):
    text = f'{{"timeout_ms":{number},"access":{{"claims":{{"account":{number}}}}}}}'
    after = forms["connector"].evaluate(
        "(text) => (tried.fill(text), tried.touch(), tried.changeAndBack(), tried.text())", text
    )
    assert after == text


def inputs_of(name: str) -> set[str]:
    """The paths of all that a definition holds, lists by their first member; an object of any members is one value."""
    found = set()
    for member, described in SCHEMA["$defs"][name]["properties"].items():
        choices = [described, *described.get("anyOf", [])]
        refs = [each["$ref"].rpartition("/")[2] for each in choices if "$ref" in each]
        items = described.get("items", {}).get("$ref", "").rpartition("/")[2]
        if name == "StepDefinition" and member == "path_parameters":
            items = "Parameter"
        if member == "config":
            continue
        if refs or items:
            below = inputs_of((refs or [items])[0])
            found |= {f"{member}.{'0.' if items else ''}{each}" for each in below}
        else:
            found.add(member)
    return found


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_each_field_of_the_schema_has_its_input(forms, kind):
    lists = {name: [{}] for name in ("headers", "query_parameters", "path_parameters")}
    definition = lists if kind == "connector" else {"steps": [{"connector": "x", "url": "https://", **lists}]}
    paths = forms[kind].evaluate("(text) => (tried.fill(text), tried.paths())", json.dumps(definition))
    assert inputs_of(DEFINITIONS[kind]) - set(paths) == set()
