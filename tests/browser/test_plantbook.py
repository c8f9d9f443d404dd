"""The example as a newcomer sees it: three widgets with live data, a form that works, and no key in the browser."""

import shutil
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from support.pages import blocks
from support.processes import free_port, running
from support.service import Service, serving

ROOT = Path(__file__).parents[2]
PLANTBOOK = ROOT / "examples" / "plantbook"
KEY = tomllib.loads((PLANTBOOK / ".widget-service" / "dev.toml").read_text())["secrets"]["plantbook_api_key"]
INTERNAL_FIELDS = ("supplier_cost", "warehouse")
TYPES = ("plant_list", "plant_care", "plant_order")

# The canvas of the host page is light; this makes it a dark page's.
DARK_CANVAS = ".host-canvas { color-scheme: dark !important; background: #12161d !important }"
CONTRAST_JS = (Path(__file__).parent / "text_contrast.js").read_text()


@pytest.fixture(scope="module")
def repo(tmp_path_factory) -> Path:
    """A copy of the example."""
    repo = tmp_path_factory.mktemp("plantbook") / "plantbook"
    shutil.copytree(PLANTBOOK, repo, ignore=shutil.ignore_patterns("master.key", "__pycache__"))
    return repo


@pytest.fixture(scope="module")
def plantbook(repo) -> Iterator[Service]:
    """The example's own API and the service."""
    port = free_port()
    with api(repo, port), serving(repo, "--map", mapped_to(port)) as service:
        yield service


def api(repo: Path, port: int):
    arguments = [str(repo / "upstream" / "server.py"), "--port", str(port)]
    return running(arguments, port=port, log=repo.parent / "upstream.log")


def mapped_to(port: int) -> str:
    return f"api.plantbook.example=http://127.0.0.1:{port}"


@pytest.fixture
def visit(plantbook, page):
    """Open the preview and collect everything that the browser received."""
    bodies: list[tuple[str, str]] = []

    def keep(response) -> None:
        if "/events" not in response.url and response.status != 303 and response.request.resource_type != "image":
            bodies.append((response.url, response.text()))

    page.on("requestfinished", lambda request: keep(request.response()))
    page.goto(f"{plantbook.origin}/preview/")
    page.bodies = bodies
    return page


def widget(page, type_: str, index: int = 0):
    return page.locator(f'gs-cc-registry-widget[data-widget-type*="{type_}"]').nth(index)


def wait_for_data(page) -> None:
    widget(page, "plant_list").get_by_text("Monstera deliciosa").first.wait_for()
    widget(page, "plant_care").get_by_role("heading", name="Monstera").wait_for()
    widget(page, "plant_order").get_by_role("option").first.wait_for()


def order(form, *, plant: str, size: str = "Medium") -> None:
    form.get_by_label("Which plant?").fill(plant)
    form.locator("label.size", has_text=size).click()
    form.locator("label.size:has(:checked)", has_text=size).wait_for()
    form.get_by_role("button", name="Order", exact=True).click()


def focused(page) -> str:
    """The text or the value of what has the focus inside of a widget."""
    return page.evaluate(
        """() => { const inner = document.activeElement.shadowRoot.activeElement;
                   return inner.value ?? inner.textContent }"""
    )


def fulfill(answer, route) -> None:
    route.fulfill(json=answer)


# The page


def test_every_widget_shows_data_in_its_shadow_root(visit):
    wait_for_data(visit)
    widget(visit, "plant_order").get_by_role("button", name="Order", exact=True).wait_for()
    inside = visit.evaluate(
        """() => [...document.querySelectorAll("gs-cc-registry-widget")].map(
             (host) => host.shadowRoot.textContent.length > 0 && host.textContent.trim() === "")"""
    )
    assert inside == [True] * len(TYPES)


def test_no_key_and_nothing_internal_reaches_the_browser(visit, plantbook):
    wait_for_data(visit)
    visit.wait_for_load_state("load")
    stored = visit.evaluate(
        """() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie,
                                  document.documentElement.outerHTML])"""
    )
    cookies = str(visit.context.cookies())
    assert len(visit.bodies) > 8
    for place, text in [*visit.bodies, ("storage", stored), ("cookies", cookies)]:
        assert KEY not in text, place
        if "/widget-service/" in place:
            assert not any(name in text for name in INTERNAL_FIELDS), place
    assert KEY not in plantbook.log.read_text()


def test_nothing_is_asked_of_another_origin(visit, plantbook):
    wait_for_data(visit)
    urls = visit.evaluate("() => performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [url for url in urls if not url.startswith(plantbook.origin)] == []
    assert any("/widget-service/connectors/plants/" in url for url in urls)


@pytest.mark.parametrize("shown", ["", *TYPES])
def test_the_page_is_calm_for_a_narrow_screen(visit, plantbook, shown):
    visit.set_viewport_size({"width": 390, "height": 800})
    visit.goto(f"{plantbook.origin}/preview/{shown}")
    visit.locator('gs-cc-registry-widget[data-state="ready"]').nth(0 if shown else len(TYPES) - 1).wait_for()
    overflowing = visit.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(".host-canvas")]
             .filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.className)"""
    )
    assert overflowing == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_light_and_on_dark_pages(visit, scheme):
    if scheme == "dark":
        visit.add_style_tag(content=DARK_CANVAS)
    wait_for_data(visit)
    order(widget(visit, "plant_order"), plant="Triffid")
    widget(visit, "plant_order").get_by_text("no plant called").wait_for()
    visit.wait_for_function("() => document.getAnimations({ subtree: true }).length === 0")
    texts = visit.evaluate(CONTRAST_JS)
    assert len(texts) > 100
    assert [text for text in texts if text["ratio"] < 4.5] == []


@pytest.mark.parametrize("type_", TYPES)
def test_two_instances_of_one_widget_do_not_disturb_each_other(plantbook, page, type_):
    page.goto(f"{plantbook.origin}/preview/{type_}")
    page.evaluate(
        """() => {
             const first = document.querySelector("gs-cc-registry-widget");
             const second = first.cloneNode();
             second.dataset.config = JSON.stringify({ plant: "snake-plant", title: "The other one" });
             first.after(second);
           }"""
    )
    first, second = widget(page, type_), widget(page, type_, 1)
    if type_ == "plant_list":
        second.get_by_role("searchbox").fill("fern")
        second.get_by_text("Monstera deliciosa").wait_for(state="hidden")
        first.get_by_text("Monstera deliciosa").wait_for()
    elif type_ == "plant_care":
        second.get_by_role("heading", name="Snake Plant").wait_for()
        second.get_by_role("heading", name="The other one").wait_for()
        first.get_by_role("heading", name="Monstera").wait_for()
    else:
        second.get_by_role("option", name="Snake Plant").click()
        second.locator("label.size", has_text="Large").click()
        assert second.get_by_label("Which plant?").input_value() == "Snake Plant"
        assert first.get_by_label("Which plant?").input_value() == ""
        assert first.locator(":checked").input_value() == "M"


def test_an_api_that_is_away_is_told_and_found_again(repo, page):
    port = free_port()
    with serving(repo, "--map", mapped_to(port)) as service:
        page.goto(f"{service.origin}/preview/")
        plants, care, form = (widget(page, type_) for type_ in TYPES)
        plants.get_by_role("alert").get_by_text("plant shop does not answer").wait_for()
        care.get_by_role("alert").get_by_text("plant shop does not answer").wait_for()
        form.get_by_text("Suggestions are not available").wait_for()
        order(form, plant="Monstera")
        form.get_by_role("alert").get_by_text("Nothing was ordered").wait_for()
        with api(repo, port):
            for shown in (plants, care):
                shown.get_by_role("button", name="Try again").click()
            plants.get_by_text("Monstera deliciosa").wait_for()
            care.get_by_role("heading", name="Monstera").wait_for()
            form.get_by_role("button", name="Order", exact=True).click()
            form.get_by_role("button", name="Order another plant").wait_for()


# The list


def test_searching_calls_the_connector_with_the_query(visit):
    plants = widget(visit, "plant_list")
    plants.get_by_text("Monstera deliciosa").first.wait_for()
    with visit.expect_response(lambda response: "q=fern" in response.url) as answered:
        plants.get_by_role("searchbox").fill("fern")
    assert answered.value.status == 200
    plants.get_by_text("Boston Fern").first.wait_for()
    plants.get_by_text("Monstera deliciosa").first.wait_for(state="hidden")


@pytest.mark.parametrize(
    ("change", "asked", "first"),
    [
        (lambda plants: plants.get_by_label("Safe for pets").check(), "pet_safe=true", "Pink Moth Orchid"),
        (lambda plants: plants.get_by_label("Light").select_option("low"), "light=low", "Snake Plant"),
        (lambda plants: plants.get_by_label("Sort by").select_option("name"), "sort=name", "African Milk Tree"),
        (lambda plants: plants.get_by_role("button", name="Next").click(), "offset=12", "Golden Pothos"),
    ],
)
def test_filters_sorting_and_pages_are_asked_of_the_connector(visit, change, asked, first):
    plants = widget(visit, "plant_list")
    plants.get_by_text("1–12 of").wait_for()
    with visit.expect_response(lambda response: asked in response.url):
        change(plants)
    plants.locator(".card").first.get_by_role("heading", name=first).wait_for()


def test_an_empty_list_says_so_and_offers_the_way_back(visit):
    plants = widget(visit, "plant_list")
    plants.get_by_role("searchbox").fill("no such plant")
    plants.get_by_role("alert").get_by_text("No plant is like that").wait_for()
    plants.get_by_role("button", name="Clear search and filters").click()
    plants.get_by_text("Monstera deliciosa").wait_for()
    assert plants.get_by_role("searchbox").input_value() == focused(visit) == ""


def test_a_card_leads_to_the_other_widgets_that_are_on_the_page(visit, plantbook):
    plants, care, form = (widget(visit, type_) for type_ in TYPES)
    plants.get_by_role("button", name="Care guide: Snake Plant").click()
    care.get_by_role("heading", name="Snake Plant").wait_for()
    visit.wait_for_function("() => document.activeElement.shadowRoot?.activeElement?.textContent === 'Snake Plant'")
    care.get_by_role("button", name="Order this plant").click()
    assert form.get_by_label("Which plant?").input_value() == focused(visit) == "Snake Plant"
    visit.goto(f"{plantbook.origin}/preview/plant_list")
    plants.get_by_text("Monstera deliciosa").wait_for()
    assert plants.locator(".actions button:visible").count() == 0


# The care guide


def test_the_guide_follows_its_props(visit):
    care = widget(visit, "plant_care")
    configure = "(host, props) => (host.dataset.config = JSON.stringify(props))"
    care.get_by_text("13 to 28 °C").wait_for()
    assert care.locator("tbody tr").count() == 4
    care.evaluate(configure, {"title": "Warmth", "units": "imperial", "weeks": 2, "accent_color": "#ffcc00"})
    care.get_by_text("55 to 82 °F").wait_for()
    care.get_by_role("heading", name="Warmth").wait_for()
    assert care.locator("tbody tr").count() == 2
    button = care.get_by_role("button", name="Order this plant")
    assert button.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]") == [
        "rgb(255, 204, 0)",
        "rgb(0, 0, 0)",
    ]
    care.evaluate(configure, {"plant": "snake-plant", "show_calendar": False})
    care.get_by_role("heading", name="Snake Plant").wait_for()
    assert care.get_by_role("table").is_hidden()
    care.evaluate(configure, {"plant": "triffid"})
    care.get_by_role("alert").get_by_text("no plant with the id “triffid”").wait_for()


def test_the_calendar_counts_from_the_last_watering(visit):
    care = widget(visit, "plant_care")
    care.locator("td.thirsty").first.wait_for()
    field = care.get_by_label("Last watered")
    assert care.locator("td[aria-current=date]").text_content().endswith(", water")
    monday = visit.evaluate(
        """() => { const day = new Date(); day.setDate(day.getDate() - ((day.getDay() + 6) % 7) - 7);
                   return day.toLocaleDateString("sv-SE") }"""
    )
    field.fill(monday)  # of last week: Monstera is thirsty every 8 days
    cells = care.locator("td").evaluate_all("cells => cells.flatMap((cell, i) => cell.matches('.thirsty') ? i : [])")
    assert cells == [1, 9, 17, 25]


def test_a_guide_that_was_removed_listens_no_more(visit):
    wait_for_data(visit)
    (told,) = blocks("examples/plantbook/README.md", "js")
    ask = f"() => !{told.strip().removesuffix(';')}"
    assert visit.evaluate(ask), "the guide on the page takes the wish"
    widget(visit, "plant_care").evaluate("host => host.remove()")
    visit.wait_for_function(ask.replace("!document", "document"))


# The order form


def test_the_form_sends_the_order_and_shows_the_answer(visit):
    form = widget(visit, "plant_order")
    with visit.expect_request(lambda request: request.method == "POST") as sent:
        order(form, plant="Monstera")
    assert sent.value.post_data_json == {"name": "Monstera", "size": "M"}
    assert sent.value.headers["x-csrf-token"]
    form.get_by_role("button", name="Order another plant").wait_for()
    answer = sent.value.response().json()
    receipt = form.locator(".receipt").inner_text()
    assert answer["plant"]["name"] == "Monstera"
    assert all(told in receipt for told in (answer["order_number"], "Monstera, medium", "€29.90", "not signed in"))


def test_the_form_works_by_the_keyboard_alone(visit):
    form = widget(visit, "plant_order")
    form.get_by_role("option").first.wait_for()
    form.get_by_label("Which plant?").focus()
    visit.keyboard.type("pink")
    form.get_by_role("option", name="Monstera").wait_for(state="hidden")
    visit.keyboard.press("ArrowDown")
    name = form.get_by_role("combobox")
    assert form.locator(f"#{name.get_attribute('aria-activedescendant')}").text_content() == "Pink Moth Orchid"
    visit.keyboard.press("Enter")
    assert focused(visit) == "Pink Moth Orchid"
    visit.keyboard.press("Tab")
    visit.keyboard.press("ArrowRight")
    visit.keyboard.press("Enter")
    form.get_by_role("heading", name="Thank you!").wait_for()
    assert focused(visit) == "Thank you! It is being potted."
    assert "Pink Moth Orchid, large" in form.locator(".receipt").inner_text()
    visit.keyboard.press("Tab")
    visit.keyboard.press("Enter")
    name.wait_for()
    assert focused(visit) == ""


@pytest.mark.parametrize(
    ("plant", "size", "field", "told"),
    [
        ("Triffid", "Medium", "name", "no plant called “Triffid”"),
        ("Monstra", "Medium", "name", "Did you mean Monstera?"),
        ("", "Medium", "name", "Which plant would you like?"),
        ("Bird of Paradise", "Large", "size", "sold out in size L"),
    ],
)
def test_what_the_api_refuses_is_told_beside_the_field(visit, plant, size, field, told):
    form = widget(visit, "plant_order")
    with visit.expect_response(lambda response: response.request.method == "POST") as answered:
        order(form, plant=plant, size=size)
    assert answered.value.status == 422
    form.locator(f"#order-{field}-problem", has_text=told).wait_for()
    name = form.get_by_label("Which plant?")
    assert name.get_attribute("aria-invalid") == str(field == "name").lower()
    assert focused(visit) == (plant if field == "name" else "L")
    name.fill("Monstera")
    form.locator("label.size", has_text="Small").click()
    assert form.locator(".problem:not(:empty)").count() == 0


def test_a_user_of_the_page_is_the_user_of_the_connector(visit):
    visit.get_by_label("User").select_option("u-1001")
    visit.locator("#host-user option[value=u-1001][selected]").wait_for(state="attached")
    form = widget(visit, "plant_order")
    with visit.expect_response(lambda response: response.request.method == "POST") as answered:
        order(form, plant="Monstera")
    assert answered.value.json()["confirmation_to"] == "anna.lindqvist@example.com"
    form.get_by_text("Sent to anna.lindqvist@example.com").wait_for()


def test_hostile_data_stays_text(visit):
    hostile = '<img src=x onerror="document.title=1">'
    plant = {"id": hostile, "name": hostile, "latin_name": hostile, "light": "low", "water_interval_days": 3}
    looks = {"habit": hostile, "color": hostile, "onclick": hostile}
    price = {"amount": 1, "currency": "EUR"}
    answers = {
        "plants": {"total": 1, "plants": [{**plant, "pet_safe": True, "price": price, "illustration": looks}]},
        "plant-names": [{**plant, "prices": {"S": price, "M": price, "L": price}, "illustration": looks}],
    }
    for permalink, answer in answers.items():
        visit.route(f"**/connectors/{permalink}/execute*", partial(fulfill, answer))
    visit.reload()
    widget(visit, "plant_list").get_by_role("heading", name=hostile).wait_for()
    widget(visit, "plant_order").get_by_role("option", name=hostile).wait_for()
    made = visit.evaluate(
        """() => [...document.querySelectorAll("gs-cc-registry-widget")].flatMap(
             (host) => [...host.shadowRoot.querySelectorAll("img, [onclick], [onerror]")].map((e) => e.outerHTML))"""
    )
    assert made == []
    assert "Widget Service" in visit.title()
