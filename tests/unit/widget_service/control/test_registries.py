"""Syncs: whose definition it is, what is refused, and that nothing is decided on what was true before."""

import json

import pytest

from support.commands import ORDERS, PLANTS
from widget_service.control import registries as syncs
from widget_service.control.definitions import as_new, list_definitions, remove_definition
from widget_service.control.registries import apply_registry, plan_registry
from widget_service.control.registry_source import SyncRefused
from widget_service.registry.sync import Definition, Kind
from widget_service.storage import definitions, registries, revisions
from widget_service.storage.errors import Conflict, NotFound

ACTOR = "test"


@pytest.fixture
def plane(commands):
    with commands.plane() as plane:
        yield plane


def permalinks(plane, tenant="default"):
    return {each.permalink: each.registry_id for each in list_definitions(plane, tenant)}


def by_hand(plane, raw):
    with plane.database.change(actor=ACTOR, action="connector.set", tenant_id="default") as change:
        definitions.put(change, "default", as_new(Definition(raw["permalink"], Kind.CONNECTOR, raw)))


def apply(plane, path, **options):
    return apply_registry(plane, "default", path, actor=ACTOR, **options)


def plan(plane, path, **options):
    return plan_registry(plane, "default", path, **options)


@pytest.mark.parametrize("named_by", [{"permalink": "plants"}, {"permalink": None}, {}])
def test_a_permalink_that_was_made_by_hand_is_refused(commands, plane, named_by):
    by_hand(plane, PLANTS)
    entry = {"name": "Plants", "url": PLANTS["url"], **named_by}
    with pytest.raises(SyncRefused) as refused:
        apply(plane, commands.registry(ORDERS, entry))
    [problem] = [problem for problem in refused.value.problems if problem.is_error]
    assert problem.path == ("$.connectors[1].permalink" if named_by.get("permalink") else "$.connectors[1].name")
    assert "made by hand has already" in problem.message
    assert "widget-service connectors rm plants" in problem.expected
    assert problem.line is not None
    assert permalinks(plane) == {"plants": None}


def test_a_permalink_of_another_registry_is_refused(commands, plane):
    apply(plane, commands.registry(PLANTS))
    with pytest.raises(SyncRefused) as refused:
        apply(plane, commands.registry(PLANTS, ORDERS, name="other"))
    [problem] = [problem for problem in refused.value.problems if problem.is_error]
    assert "of the registry 'shop' has already" in problem.message
    assert "by hand" not in problem.message
    assert permalinks(plane) == {"plants": "shop"}


def test_a_composite_may_run_a_connector_of_another_registry_but_no_composite(commands, plane):
    apply(plane, commands.registry(PLANTS, composite_connectors=[composite("first", "plants")]))
    apply(plane, commands.registry(composite_connectors=[composite("second", "plants")], name="other"))
    with pytest.raises(SyncRefused):
        plan(plane, commands.registry(composite_connectors=[composite("third", "first")], name="third"))
    with pytest.raises(SyncRefused):
        plan(plane, commands.registry(composite_connectors=[composite("third", "nobody")], name="third"))


def composite(permalink, connector):
    return {"name": permalink, "permalink": permalink, "steps": [{"name": "one", "connector": connector}]}


def test_what_others_made_is_left_alone(commands, plane):
    by_hand(plane, {**ORDERS, "permalink": "manual"})
    apply(plane, commands.registry(ORDERS, name="other"))
    folder = commands.registry(PLANTS)
    apply(plane, folder)
    commands.registry()
    apply(plane, folder)
    assert permalinks(plane) == {"manual": None, "orders": "other"}


def test_a_changed_permalink_is_one_created_and_one_deleted(commands, plane):
    apply(plane, commands.registry(PLANTS))
    sync = apply(plane, commands.registry({**PLANTS, "permalink": "flowers"}))
    assert [each.permalink for each in (*sync.plan.created, *sync.plan.deleted)] == ["flowers", "plants"]
    assert permalinks(plane) == {"flowers": "shop"}


def test_a_connector_may_become_a_composite(commands, plane):
    apply(plane, commands.registry(PLANTS, ORDERS))
    sync = apply(plane, commands.registry(PLANTS, composite_connectors=[composite("orders", "plants")]))
    assert [update.after.kind for update in sync.plan.updated] == [Kind.COMPOSITE]
    assert {each.permalink: each.kind for each in list_definitions(plane, "default")}["orders"] == "composite"


def test_two_files_of_one_folder_are_two_registries(commands, plane):
    folder = commands.registry(PLANTS)
    other = folder / "more_connectors.json"
    other.write_text(json.dumps({"connectors": [ORDERS]}))
    apply(plane, folder)
    with pytest.raises(Conflict, match="name of its own with --name"):
        apply(plane, other)
    apply(plane, other, registry_id="more")
    assert permalinks(plane) == {"orders": "more", "plants": "shop"}
    assert apply(plane, folder / "connectors_registry.json").plan.is_empty


def test_a_path_that_is_not_there_deletes_nothing(commands, plane):
    folder = commands.registry(PLANTS)
    apply(plane, folder)
    with pytest.raises(SyncRefused):
        apply(plane, folder / "gone.json", registry_id="shop", moved=True)
    with pytest.raises(SyncRefused):
        apply(plane, folder.with_name("gone"), registry_id="shop", moved=True)
    assert permalinks(plane) == {"plants": "shop"}


def test_a_file_that_holds_no_list_deletes_nothing(commands, plane):
    folder = commands.registry(PLANTS)
    apply(plane, folder)
    (folder / "connectors_registry.json").write_text('{"conectors": []}')
    with pytest.raises(SyncRefused):
        apply(plane, folder)
    assert permalinks(plane) == {"plants": "shop"}


def test_a_move_is_remembered_even_if_nothing_else_changes(commands, plane):
    apply(plane, commands.registry(PLANTS))
    moved = commands.registry(PLANTS, name="elsewhere")
    apply(plane, moved, registry_id="shop", moved=True)
    assert apply(plane, moved, registry_id="shop").plan.is_empty


def test_the_content_as_applied_is_remembered_even_if_it_says_the_same(commands, plane):
    folder = commands.registry(PLANTS)
    apply(plane, folder)
    (folder / "connectors_registry.json").write_text(json.dumps({"connectors": [PLANTS]}))
    assert apply(plane, folder).plan.is_empty
    with plane.database.read() as read:
        known = registries.find(read, "default", "shop")
    assert known.digest == syncs.content_digest(folder)


def test_what_changes_nothing_leaves_no_trace(commands, plane):
    folder = commands.registry(PLANTS)
    apply(plane, folder)
    before = plane.database.revision()
    plan(plane, folder)
    apply(plane, folder)
    assert plane.database.revision() == before


def test_the_history_says_what_a_sync_did(commands, plane):
    apply(plane, commands.registry(PLANTS, ORDERS))
    with plane.database.read() as read:
        last = revisions.history(read, limit=1)[0]
    assert last.summary == {"registry": "shop", "created": 2, "updated": 0, "deleted": 0}


def test_tenants_have_copies_of_their_own(commands, plane):
    commands.done("tenants", "add", "acme")
    folder = commands.registry(PLANTS)
    apply(plane, folder)
    apply_registry(plane, "acme", folder, actor=ACTOR)
    commands.registry()
    apply(plane, folder)
    assert (permalinks(plane), permalinks(plane, "acme")) == ({}, {"plants": "shop"})
    with pytest.raises(NotFound):
        apply_registry(plane, "nobody", folder, actor=ACTOR)


def test_a_plan_that_somebody_overtook_is_made_again(commands, plane, monkeypatch):
    """A connector made by hand between the check and the change still collides."""
    folder, prepare = commands.registry(PLANTS), syncs._prepare
    calls = []

    def overtaken(*arguments, **options):
        sync = prepare(*arguments, **options)
        if not calls:
            by_hand(plane, PLANTS)
        calls.append(1)
        return sync

    monkeypatch.setattr(syncs, "_prepare", overtaken)
    with pytest.raises(SyncRefused):
        apply(plane, folder)
    assert len(calls) == 1
    assert permalinks(plane) == {"plants": None}


def overtaking(monkeypatch, plane, act):
    """Do something, by another connection, after each check and before the change; return what the checks saw."""
    prepare, checks = syncs._prepare, []

    def overtaken(*arguments, **options):
        checks.append(len(checks))
        sync = prepare(*arguments, **options)
        act(len(checks))
        return sync

    monkeypatch.setattr(syncs, "_prepare", overtaken)
    return checks


def test_no_check_keeps_others_waiting_and_whoever_is_overtaken_checks_again(commands, plane, monkeypatch):
    """A write right after every check is possible: none was made with the lock."""
    monkeypatch.setattr("widget_service.storage.sqlite.backend.BUSY_TIMEOUT_S", 0.05)

    def add(number):
        if number <= 2:
            by_hand(plane, {**ORDERS, "permalink": f"manual-{number}"})

    checks = overtaking(monkeypatch, plane, add)
    apply(plane, commands.registry(PLANTS))
    assert len(checks) == 3
    assert permalinks(plane) == {"manual-1": None, "manual-2": None, "plants": "shop"}


def test_whoever_is_overtaken_every_time_is_told(commands, plane, monkeypatch):
    checks = overtaking(monkeypatch, plane, lambda number: by_hand(plane, {**ORDERS, "permalink": f"m-{number}"}))
    with pytest.raises(Conflict, match="apply it again"):
        apply(plane, commands.registry(PLANTS))
    assert len(checks) == 5
    assert "plants" not in permalinks(plane)


def test_a_change_that_no_check_rests_on_needs_no_other(commands, plane, monkeypatch):
    commands.done("secrets", "set", "key", input="v")
    checks = overtaking(monkeypatch, plane, lambda _: commands.done("secrets", "set", "key", input="other"))
    apply(plane, commands.registry(PLANTS))
    assert len(checks) == 1


def test_how_far_a_check_is_can_be_told(commands, plane):
    told = []
    folder = commands.registry(PLANTS, ORDERS, composite_connectors=[composite("both", "plants")])
    plan(plane, folder, on_progress=lambda *numbers: told.append(numbers))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_fails_half_way_is_taken_back(commands, plane, monkeypatch):
    folder = commands.registry(PLANTS)
    apply(plane, folder)
    commands.registry(ORDERS)

    def fail(*_, **__):
        raise RuntimeError("half-way")

    monkeypatch.setattr(syncs.definitions, "put_all", fail)
    with pytest.raises(RuntimeError):
        apply(plane, folder)
    assert permalinks(plane) == {"plants": "shop"}


def test_definitions_of_a_registry_are_not_deleted_by_hand(commands, plane):
    apply(plane, commands.registry(PLANTS))
    with pytest.raises(Conflict, match="shop"):
        remove_definition(plane, "default", "plants", actor=ACTOR)
    with pytest.raises(NotFound):
        remove_definition(plane, "nobody", "plants", actor=ACTOR)


def test_what_a_definition_reads_is_known(commands, plane):
    raw = {
        **ORDERS,
        "url": "https://{{ get_variable('host') }}.example.com/x",
        "authentication": {"type": "bearer", "config": {"token": "{{ get_secret('token') }}"}},
        "query_parameters": [{"key": "k", "value": "{{ get_secret('a') ~ get_secret(\"b\") }}"}],
    }
    apply(plane, commands.registry(raw))
    [listed] = list_definitions(plane, "default")
    assert (listed.secrets, listed.variables) == (("a", "b", "token"), ("host",))
