"""The admin pages in a real browser: each flow, by who works with them."""

import json
import time
from dataclasses import replace

import pytest

from support.admin_pages import OWNER, admin_pages, note_calls, records
from support.commands import initialised
from support.upstream import reply_json
from widget_service.control import values
from widget_service.control.definitions import get_definition, list_definitions
from widget_service.control.editing import put_definition
from widget_service.control.secret_binding import bind_secret
from widget_service.control.tenants import describe_user_keys, get_tenant, list_tenants, set_tenant

KEY = "k3y-that-no-page-shows-ever"


@pytest.fixture
def site(tmp_path):
    with admin_pages(initialised(tmp_path)) as running:
        running.admin()
        yield running


@pytest.fixture
def admin(site, page):
    """A page on which the owner is logged in."""
    site.log_in(page)
    return page


def edit(site, page, permalink: str, view: str = "form"):
    page.goto(f"{site.origin}/admin/connectors/{permalink}")
    page.wait_for_selector("html[data-editor=ready]")
    page.get_by_role("button", name="Form" if view == "form" else "Code", exact=True).click()


def stored(site, permalink: str):
    return dict(get_definition(site.plane, "default", permalink).raw)


def done(page, text: str) -> None:
    """Wait for the sentence that says what was done."""
    page.locator(".done", has_text=text).wait_for()


def write_code(page, text: str) -> None:
    """Replace the text of Code Mode, as somebody does who pastes."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_the_first_run_ends_with_an_executed_connector(site, admin, upstream):
    upstream.replies["/v1/plants"] = reply_json({"plants": ["Fern"]})
    admin.goto(f"{site.origin}/admin/")
    admin.get_by_role("link", name="Make the first connector").click()
    admin.get_by_label("URL of the destination").fill(f"{upstream.origin}/v1/plants")
    admin.get_by_label("Name", exact=True).fill("My plants")
    admin.get_by_role("button", name="Try it").click()
    admin.locator("#answer-body").get_by_text("Fern").wait_for()
    assert list_definitions(site.plane, "default") == []
    admin.get_by_role("button", name="Save and execute").click()
    admin.get_by_role("heading", name="It works").wait_for()
    assert "my-plants" in admin.locator("#call-line").inner_text()
    assert [each.permalink for each in list_definitions(site.plane, "default")] == ["my-plants"]
    assert len(upstream.received) == 2


def test_what_is_wrong_is_said_in_the_guided_start(site, admin):
    admin.goto(f"{site.origin}/admin/first-connector")
    admin.get_by_label("URL of the destination").fill("ftp://example.com")
    admin.get_by_label("Name", exact=True).fill("Odd")
    admin.get_by_role("button", name="Try it").click()
    assert "$.url" in admin.get_by_role("alert").inner_text()


def test_the_list_is_searched_while_typing(site, admin):
    for permalink in ("plants", "orders", "weather"):
        site.connector(permalink)
    admin.goto(f"{site.origin}/admin/connectors")
    admin.get_by_label("Search").fill("ord")
    admin.get_by_text("1 connector", exact=True).wait_for()
    assert admin.locator("tbody tr").count() == 1
    assert "search=ord" in admin.url


def test_a_thousand_connectors_come_in_pages(site, admin):
    for number in range(60):
        site.connector(f"plant-{number:02d}")
    admin.goto(f"{site.origin}/admin/connectors")
    assert admin.locator("tbody tr").count() == 50
    admin.get_by_role("link", name="Next").click()
    admin.get_by_text("page 2 of 2").wait_for()
    assert admin.locator("tbody tr").count() == 10


def test_a_copy_is_made_and_deleted(site, admin):
    site.connector("plants")
    admin.goto(f"{site.origin}/admin/connectors")
    admin.get_by_role("link", name="Duplicate Plants").click()
    admin.wait_for_selector("html[data-editor=ready]")
    admin.get_by_role("button", name="Save").click()
    done(admin, "Saved.")
    assert stored(site, "plants-copy")["name"] == "Plants (copy)"
    admin.on("dialog", lambda dialog: dialog.accept())
    admin.get_by_role("button", name="Delete").click()
    done(admin, "Deleted plants-copy")
    assert [each.permalink for each in list_definitions(site.plane, "default")] == ["plants"]


def test_form_and_code_show_one_definition_and_lose_nothing(site, admin):
    """What the form does not know stays, in its order, and numbers stay as they were written."""
    site.connector("plants", x_note={"deep": [1, None]}, tags=["a", "b"], cache={"mode": "force", "ttl": 60})
    before = stored(site, "plants")
    edit(site, admin, "plants")
    admin.get_by_role("button", name="Code", exact=True).click()
    admin.get_by_role("button", name="Form", exact=True).click()
    assert json.loads(admin.locator("#definition").input_value()) == before
    assert admin.locator("#state.unsaved").count() == 0
    admin.get_by_label("Name", exact=True).fill("Green plants")
    admin.get_by_role("button", name="Code", exact=True).click()
    admin.locator(".cm-content").get_by_text('"Green plants"').wait_for()
    write_code(admin, admin.locator("#definition").input_value().replace('"Green plants"', '"Red plants"'))
    admin.get_by_role("button", name="Form", exact=True).click()
    assert admin.get_by_label("Name", exact=True).input_value() == "Red plants"
    admin.get_by_role("button", name="Save").click()
    done(admin, "Saved.")
    after = stored(site, "plants")
    assert after == {**before, "name": "Red plants"}
    assert list(after) == list(before)


def test_code_that_is_no_json_stays_where_it_is(site, admin):
    site.connector("plants")
    edit(site, admin, "plants", "code")
    write_code(admin, '{"name": ')
    admin.get_by_role("button", name="Form", exact=True).click()
    admin.get_by_text("The JSON has a mistake").wait_for()
    assert admin.locator("#definition").input_value() == '{"name": '


def test_lines_and_authentication_are_written_in_the_form(site, admin):
    site.connector("plants")
    edit(site, admin, "plants")
    headers = admin.get_by_role("group", name="Headers")
    headers.get_by_role("button", name="Add").click()
    headers.get_by_label("Headers: name").fill("X-Key")
    headers.get_by_label("Headers: value").fill("{{ user.id }}")
    admin.get_by_label("Type of authentication").select_option("basic")
    admin.get_by_label("username").fill("u")
    admin.get_by_label("password").fill("{{ get_secret('p') }}")
    admin.get_by_role("button", name="Save").click()
    done(admin, "Saved.")
    saved = stored(site, "plants")
    assert saved["headers"] == [{"key": "X-Key", "value": "{{ user.id }}"}]
    assert saved["authentication"] == {
        "type": "basic",
        "config": {"username": "u", "password": "{{ get_secret('p') }}"},
    }


def test_a_composite_is_written_in_the_form_with_the_drawing_of_its_steps(site, admin):
    site.connector("plants")
    admin.goto(f"{site.origin}/admin/connectors")
    admin.get_by_role("link", name="New composite").click()
    admin.wait_for_selector("html[data-editor=ready]")
    admin.get_by_role("button", name="Form", exact=True).click()
    admin.get_by_label("Name", exact=True).fill("All of it")
    first, second = (admin.locator("[data-card][data-row]").nth(number) for number in (0, 1))
    first.get_by_label("URL").fill("https://api.example.com/one")
    admin.get_by_role("button", name="Add a step").click()
    second.get_by_label("Name of the step").fill("second")
    second.get_by_label("Stored connector to run").fill("plants")
    second.get_by_label("URL").fill("")
    second.get_by_label("Only when").fill("{{ steps['first'].body }}")
    second.get_by_label("When it fails").select_option("continue")
    assert second.get_by_label("URL").is_hidden()
    admin.locator("#turns").get_by_text("after first, when its condition holds, may fail").wait_for()
    assert admin.get_by_role("heading", name="Step 2: second").count() == 1
    second.get_by_role("button", name="Earlier").click()
    first.get_by_label("Only when").fill("")
    admin.locator("#turns").get_by_text("may fail", exact=True).wait_for()
    admin.get_by_role("button", name="Save").click()
    done(admin, "Saved.")
    assert stored(site, "all-of-it")["steps"] == [
        {"name": "second", "connector": "plants", "on_error": "continue"},
        {"name": "first", "url": "https://api.example.com/one"},
    ]


def test_a_way_to_sign_in_that_was_left_is_found_again(site, admin):
    bearer = {"type": "bearer", "config": {"token": "{{ get_secret('t') }}", "x_note": 1}}
    site.connector("plants", authentication=bearer)
    edit(site, admin, "plants")
    admin.get_by_label("Type of authentication").select_option("")
    admin.get_by_label("Type of authentication").select_option("basic")
    admin.get_by_label("username").fill("u")
    admin.get_by_label("Type of authentication").select_option("bearer")
    assert admin.get_by_label("token", exact=True).input_value() == "{{ get_secret('t') }}"
    assert json.loads(admin.locator("#definition").input_value())["authentication"] == bearer


def test_errors_stand_beside_their_fields_while_writing_and_after_saving(site, admin):
    site.connector("plants", headers=[{"key": "X-Key", "value": "a"}])
    edit(site, admin, "plants")
    admin.get_by_label("Headers: value").fill("{{ response.body }}")
    row = admin.locator("[data-row]", has=admin.get_by_label("Headers: value"))
    row.locator(".problem").wait_for()
    assert admin.get_by_label("Headers: value").get_attribute("aria-invalid") == "true"
    admin.get_by_role("button", name="Save").click()
    admin.locator("#problems").get_by_text("$.headers[0].value").wait_for()
    admin.wait_for_selector("html[data-editor=ready]")
    assert row.locator(".problem").count() == 1
    admin.get_by_role("button", name="Code", exact=True).click()
    admin.locator(".cm-lintRange-error").first.wait_for()
    assert stored(site, "plants")["headers"] == [{"key": "X-Key", "value": "a"}]


def test_the_palette_offers_what_the_field_takes_and_puts_it_in(site, admin):
    values.set_secret(site.plane, "default", "api_key", KEY, actor="test")
    site.connector("plants", headers=[{"key": "X-Key", "value": ""}])
    edit(site, admin, "plants")
    offered = admin.locator("#palette")
    admin.get_by_label("Response body").focus()
    assert offered.get_by_text("{{ response.status_code }}").count() == 1
    assert offered.get_by_text("api_key").count() == 0
    admin.get_by_label("Headers: value").focus()
    offered.get_by_text("{{ get_secret('api_key') }}").click()
    assert admin.get_by_label("Headers: value").input_value() == "{{ get_secret('api_key') }}"
    admin.get_by_role("button", name="Code", exact=True).click()
    admin.locator(".cm-content").get_by_text("get_secret").click()
    offered.get_by_text("{{ user.id }}").wait_for()


def test_code_mode_completes_by_the_schema(site, admin):
    site.connector("plants")
    edit(site, admin, "plants", "code")
    write_code(admin, '{"name": "Plants", "respo"}')
    for _ in '"}':
        admin.keyboard.press("ArrowLeft")
    admin.keyboard.press("Control+Space")
    admin.locator(".cm-tooltip-autocomplete").get_by_text('"response_body"').wait_for()


def test_leaving_with_something_unsaved_is_asked_about(site, admin):
    site.connector("plants")
    edit(site, admin, "plants")
    admin.get_by_label("Name", exact=True).fill("Else")
    asked = []
    admin.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    admin.get_by_role("link", name="Audit").click(no_wait_after=True)
    admin.wait_for_function("() => document.querySelector('#state').className === 'unsaved'")
    assert asked == ["beforeunload"]
    assert admin.get_by_label("Name", exact=True).input_value() == "Else"
    admin.get_by_role("button", name="Save").click()
    done(admin, "Saved.")
    assert asked == ["beforeunload"]


def test_the_second_of_two_who_save_is_told_and_nothing_is_lost(site, admin):
    site.connector("plants")
    edit(site, admin, "plants")
    admin.get_by_label("Name", exact=True).fill("Mine")
    theirs = {"name": "Theirs", "url": "https://api.example.com/theirs"}
    put_definition(site.plane, "default", "plants", theirs, actor="admin:bert@example.com")
    admin.get_by_role("button", name="Save").click()
    told = admin.locator("#conflict")
    told.get_by_text("admin:bert@example.com has changed this connector").wait_for()
    assert "https://api.example.com/theirs" in told.inner_text()
    assert stored(site, "plants")["name"] == "Theirs"
    admin.wait_for_selector("html[data-editor=ready]")
    assert json.loads(admin.locator("#definition").input_value())["name"] == "Mine"
    admin.get_by_role("button", name="Save").click()
    done(admin, "Saved.")
    assert stored(site, "plants")["name"] == "Mine"
    admin.get_by_role("link", name="History").click()
    assert "Theirs" in admin.locator("main").inner_text()


def test_who_mends_a_refused_save_is_told_of_what_others_saved_before_it(site, admin):
    site.connector("plants")
    edit(site, admin, "plants")
    url = admin.get_by_label("URL", exact=True)
    mended = url.input_value()
    url.fill("nowhere")
    theirs = {"name": "Theirs", "url": "https://api.example.com/theirs"}
    put_definition(site.plane, "default", "plants", theirs, actor="admin:bert@example.com")
    admin.get_by_role("button", name="Save").click()
    admin.wait_for_selector("html[data-editor=ready]")
    admin.get_by_label("URL", exact=True).fill(mended)
    admin.get_by_role("button", name="Save").click()
    admin.locator("#conflict").get_by_text("admin:bert@example.com has changed this connector").wait_for()
    assert stored(site, "plants")["name"] == "Theirs"


def test_a_version_is_restored_from_the_history(site, admin):
    site.connector("plants", description="first")
    site.connector("plants", description="second")
    admin.goto(f"{site.origin}/admin/connectors/plants/history")
    assert admin.locator("del", has_text="first").count() == 1
    admin.on("dialog", lambda dialog: dialog.accept())
    admin.get_by_role("button", name="Restore").click()
    done(admin, "Restored what revision")
    assert stored(site, "plants")["description"] == "first"


def test_a_connection_is_tested_unsaved_and_all_of_it_is_told_without_the_secret(site, admin, upstream):
    upstream.replies["/v1/plants/7"] = lambda request: reply_json({"n": 1, "key": request.headers["x-key"]})
    values.set_secret(site.plane, "default", "api_key", KEY, actor="test")
    site.connector(
        "plants",
        url=f"{upstream.origin}/v1/plants/{{{{ pathParams.id }}}}",
        path_parameters=[{"key": "id"}],
        headers=[{"key": "X-Key", "value": "{{ get_secret('api_key') }}"}],
    )
    edit(site, admin, "plants")
    admin.get_by_label("Response body").fill('{"user": "{{ user.id }}"}')
    test = admin.locator("#test")
    test.get_by_label("Path parameters").fill("id=7")
    test.get_by_label("Query").fill("q=fern")
    test.get_by_label("User").fill('{"id": "42"}')
    test.get_by_role("button", name="Send").click()
    result = admin.locator("#test-result")
    result.get_by_role("heading", name="What the browser gets").wait_for()
    assert result.locator("#answer-body").inner_text() == '{"user": "42"}'
    said = result.inner_text()
    for part in ("What the destination answered", "{{ get_secret('api_key') }}", "/v1/plants/7", "external", "caller"):
        assert part in said
    assert "curl" in result.locator("#curl").inner_text()
    assert KEY not in admin.content()
    assert upstream.received[-1].headers["x-key"] == KEY
    assert "response_body" not in stored(site, "plants")


def test_a_test_that_cannot_be_sent_says_why(site, admin):
    site.connector("plants")
    edit(site, admin, "plants")
    admin.get_by_label("URL", exact=True).fill("ftp://example.com")
    admin.locator("#test").get_by_role("button", name="Send").click()
    admin.locator("#test-result").get_by_text("$.url").wait_for()


def test_a_secret_is_set_and_never_shown(site, admin):
    site.connector("plants", headers=[{"key": "X-Key", "value": "{{ get_secret('api_key') }}"}])
    admin.goto(f"{site.origin}/admin/values")
    assert "api_key" in admin.get_by_text("Read by connectors, and not there").locator("..").inner_text()
    admin.locator("#secret-name").fill("api_key")
    admin.locator("#secret-value").fill(KEY)
    admin.locator("#secret-origins").fill("https://api.example.com")
    admin.get_by_role("button", name="Add secret").click()
    row = admin.locator("tr", has_text="api_key")
    row.get_by_text("https://api.example.com").wait_for()
    assert "••••••" in row.inner_text()
    assert row.get_by_role("link", name="plants").count() == 1
    assert KEY not in admin.content()
    values.set_variable(site.plane, "default", "region", "eu", actor="test")
    admin.reload()
    assert admin.locator("tr", has_text="region").get_by_text("unused").count() == 1


def test_the_binding_of_a_secret_is_changed_and_lifted(site, admin):
    values.set_secret(site.plane, "default", "api_key", KEY, actor="test", origins=["https://api.example.com"])
    asked = []
    admin.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    admin.goto(f"{site.origin}/admin/values")
    row = admin.locator("tr", has_text="api_key")
    row.get_by_text("Change").click()
    row.get_by_label("Sent only to").fill("https://b.example.com")
    row.get_by_role("button", name="Set destinations").click()
    done(admin, "The secret api_key is sent to https://b.example.com from now on.")
    row.get_by_text("Change").click()
    row.get_by_role("button", name="Send it anywhere").click()
    done(admin, "sent to any destination")
    assert len(asked) == 1
    assert "any destination" in asked[0]
    assert row.get_by_text("any destination", exact=True).count() == 1
    row.get_by_text("Change").click()
    assert row.get_by_role("button", name="Send it anywhere").count() == 0


def test_a_binding_that_somebody_changed_meanwhile_is_not_overwritten(site, admin):
    values.set_secret(site.plane, "default", "api_key", KEY, actor="test", origins=["https://api.example.com"])
    admin.goto(f"{site.origin}/admin/values")
    bind_secret(site.plane, "default", "api_key", ["https://theirs.example.com"], actor="admin:bert@example.com")
    row = admin.locator("tr", has_text="api_key")
    row.get_by_text("Change").click()
    row.get_by_label("Sent only to").fill("https://mine.example.com")
    row.get_by_role("button", name="Set destinations").click()
    admin.get_by_text("Somebody else has changed it").wait_for()
    assert values.list_secrets(site.plane, "default")[0].origins == ("https://theirs.example.com",)


def test_calls_are_found_and_one_is_looked_at(site, admin):
    for permalink in ("plants", "orders"):
        site.connector(permalink)
    note_calls(site.plane, list(records(["plants", "orders"], 120, time.time())))
    admin.goto(f"{site.origin}/admin/executions")
    assert admin.get_by_role("img", name="120 calls, 5 with errors").count() == 1
    admin.get_by_label("Status").fill("5xx")
    admin.get_by_role("button", name="Filter").click()
    admin.wait_for_url("**status=5xx**")
    assert admin.locator("tbody tr").count() == 5
    admin.locator("tbody a").first.click()
    admin.get_by_text("UPSTREAM_TIMEOUT").wait_for()
    assert admin.locator(".waterfall tbody tr").count() >= 4


def test_a_registry_is_planned_applied_and_rolled_back(site, admin):
    def apply(text):
        admin.goto(f"{site.origin}/admin/apply-registry")
        admin.get_by_label("Name of the registry").fill("shop")
        admin.get_by_label("connectors_registry.json").fill(text)
        admin.get_by_role("button", name="Show the plan").click()

    apply('{"connectors": [{"name": "Shop", "url": "nowhere"}]}')
    admin.get_by_text("Refused whole").wait_for()
    assert "line 1" in admin.get_by_role("alert").inner_text()
    for url in ("https://shop.example.com/a", "https://shop.example.com/b"):
        apply(json.dumps({"connectors": [{"name": "Shop", "url": url}]}))
        admin.get_by_role("button", name="Apply", exact=True).click()
        done(admin, "Applied.")
    admin.get_by_role("link", name="Roll back to").click()
    admin.locator("ins", has_text="https://shop.example.com/a").wait_for()
    admin.get_by_role("button", name="Roll back").click()
    done(admin, "Rolled back to revision")
    assert stored(site, "shop")["url"] == "https://shop.example.com/a"
    edit(site, admin, "shop")
    assert admin.get_by_role("button", name="Save").count() == 0
    assert admin.get_by_label("Name", exact=True).is_disabled()


def test_accounts_and_tokens_are_made_and_shown_once(site, admin):
    admin.goto(f"{site.origin}/admin/access")
    admin.get_by_text("Add an admin").click()
    admin.get_by_label("Name, or e-mail address").fill("bert@example.com")
    admin.get_by_role("button", name="Add admin").click()
    assert len(admin.locator("#once").inner_text()) > 20
    admin.get_by_text("Make a token").click()
    admin.locator("#token-name").fill("ci")
    admin.get_by_role("button", name="Make token").click()
    token = admin.locator("#once").inner_text()
    assert token.startswith("wsat_")
    admin.goto(f"{site.origin}/admin/access")
    assert token not in admin.content()
    assert admin.get_by_role("row", name="ci ").count() == 1


def test_a_tenant_is_made_furnished_and_deleted(site, admin):
    secret = "a-shared-secret-of-more-than-32-bytes-that-no-page-shows"
    admin.on("dialog", lambda dialog: dialog.accept())
    admin.goto(f"{site.origin}/admin/access")
    admin.get_by_text("Add a tenant").click()
    admin.locator("#tenant-name").fill("acme")
    admin.get_by_role("button", name="Add tenant").click()
    done(admin, "The tenant acme is made.")
    admin.get_by_text("No host leads to this tenant").wait_for()
    admin.get_by_label("Hosts").fill("widgets.acme.example\nacme.example")
    admin.get_by_label("Origins of pages").fill("https://www.acme.example")
    admin.get_by_label("Anonymous callers").uncheck()
    admin.get_by_label("published (JWKS)").fill("https://login.acme.example/jwks")
    admin.get_by_label("Calls a minute", exact=True).fill("600")
    admin.get_by_role("button", name="Set tenant").click()
    done(admin, "The tenant acme is set.")
    admin.get_by_text("Set keys").first.click()
    admin.get_by_label("Text of the key file").fill(secret)
    admin.get_by_role("button", name="Set keys").click()
    done(admin, "has these keys now")
    found = get_tenant(site.plane, "acme")
    assert (found.hosts, found.origins) == (("widgets.acme.example", "acme.example"), ("https://www.acme.example",))
    assert (found.allow_anonymous, found.quotas) == (False, {"executions_per_minute": 600})
    assert len(describe_user_keys(site.plane, "acme")) == 1
    assert secret not in admin.content()
    assert admin.get_by_label("published (JWKS)").input_value() == "https://login.acme.example/jwks"
    admin.get_by_role("button", name="Remove keys").click()
    done(admin, "has no keys of its own now")
    assert describe_user_keys(site.plane, "acme") == []
    admin.get_by_label("Write acme to confirm").fill("acne")
    admin.get_by_role("button", name="Delete acme").click()
    admin.get_by_text("Nothing was deleted").wait_for()
    assert get_tenant(site.plane, "acme").quotas == {"executions_per_minute": 600}
    admin.go_back()
    admin.get_by_label("Write acme to confirm").fill("acme")
    admin.get_by_role("button", name="Delete acme").click()
    done(admin, "The tenant acme is deleted")
    assert [each.id for each in list_tenants(site.plane)] == ["default"]


def test_a_tenant_is_not_overwritten_and_the_first_one_not_deleted(site, admin):
    admin.goto(f"{site.origin}/admin/access/tenants/default")
    assert admin.get_by_role("button", name="Delete default").count() == 0
    set_tenant(site.plane, "default", actor="admin:bert@example.com", origins=["https://theirs.example.com"])
    admin.get_by_label("Origins of pages").fill("https://mine.example.com")
    admin.get_by_role("button", name="Set tenant").click()
    admin.get_by_text("Somebody else has changed it").wait_for()
    assert get_tenant(site.plane, "default").origins == ("https://theirs.example.com",)


def test_a_viewer_sees_all_and_is_offered_nothing_that_they_may_not(site, page):
    site.admin("vera@example.com", "viewer")
    site.connector("plants")
    site.log_in(page, "vera@example.com")
    for path in ("/connectors", "/connectors/plants", "/values", "/registries", "/executions", "/audit"):
        assert page.goto(f"{site.origin}/admin{path}").status == 200
        for name in ("Save", "New connector", "Delete", "Add secret", "Send", "Duplicate"):
            assert page.get_by_role("button", name=name).count() == 0
            assert page.get_by_role("link", name=name).count() == 0
    assert page.get_by_role("link", name="Access").count() == 0
    assert page.goto(f"{site.origin}/admin/access").status == 403


def test_pages_are_worked_by_keyboard_alone(site, admin):
    """The first key goes past the navigation; the editor is left by Escape; Ctrl+S saves."""
    site.connector("plants")
    admin.goto(f"{site.origin}/admin/connectors")
    admin.keyboard.press("Tab")
    assert admin.evaluate("document.activeElement.textContent") == "Skip to the content"
    admin.keyboard.press("Enter")
    assert admin.evaluate("document.activeElement.id") == "main"
    edit(site, admin, "plants", "code")
    admin.locator(".cm-content").focus()
    admin.keyboard.press("Escape")
    assert admin.evaluate("document.activeElement") != admin.locator(".cm-content")
    admin.get_by_role("button", name="Form", exact=True).click()
    admin.get_by_label("Name", exact=True).fill("By keys")
    admin.keyboard.press("Control+s")
    done(admin, "Saved.")
    assert stored(site, "plants")["name"] == "By keys"


def test_a_log_in_that_fails_says_so(site, page):
    page.goto(f"{site.origin}/admin/login")
    page.get_by_label("Name").fill(OWNER)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_role("alert").count() == 1


def test_a_repository_is_added_and_what_became_of_it_is_shown(site, admin):
    """Nothing answers there: that is told, and nothing is changed."""
    admin.goto(f"{site.origin}/admin/registries")
    admin.get_by_text("Add a repository").click()
    admin.get_by_label("Name of the registry").fill("shop")
    admin.get_by_label("URL", exact=True).fill("http://127.0.0.1:9/shop.git")
    admin.get_by_role("button", name="Set repository").click()
    done(admin, "shop comes from the repository")
    admin.get_by_role("button", name="Look now").click()
    done(admin, "shop:")
    source = admin.get_by_role("region", name="shop")
    assert source.locator(".badge.bad").inner_text() == "failed"
    assert source.locator(".problems").inner_text() != ""
    assert list_definitions(site.plane, "default") == []


def test_bodies_that_were_kept_are_shown(site, admin):
    site.connector("plants")
    resolved = {"url": "https://api.example.com/plants", "method": "GET", "headers": [], "query_parameters": []}
    kept = {
        "request": resolved,
        "destination": {"status": 200, "body": "raw"},
        "answer": {"status": 200, "body": "made"},
    }
    (call,) = records(["plants"], 1, time.time())
    note_calls(site.plane, [replace(call, details={"capture": kept})])
    admin.goto(f"{site.origin}/admin/executions/{call.id}")
    admin.get_by_role("heading", name="What the browser got").wait_for()
    assert "https://api.example.com/plants" in admin.locator("main").inner_text()
    assert admin.locator("pre").all_inner_texts() == ["raw", "made"]
