"""What is hidden of an execution is what its templates have read: every secret, by its name, and nothing else."""

import pytest

from widget_service.templating import Field, RenderContext, TemplateRenderError, compile_template

SECRETS = {"a": "s3cret-a", "b": "s3cret-b", "empty": ""}


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("plain {{ get_variable('a') }}", set()),
        ("{{ get_secret('a') }}", {"a"}),
        ("{{ get_secret('a') | upper }}{{ get_secret('a') }}", {"a"}),
        ("{{ get_secret('a') }}{{ get_secret('b') }}{{ get_secret('empty') }}", {"a", "b", "empty"}),
        ("{{ get_secret('a' if user.id else 'b') }}", {"a"}),
        ("{{ get_secret(get_variable('name')) }}", {"b"}),
        ("{% set read = get_secret %}{{ read('a') }}", {"a"}),
        ("{% if false %}{{ get_secret('a') }}{% endif %}", set()),
        ("{% if get_secret('a') == 'x' %}yes{% endif %}", {"a"}),
        ("{{ get_secret('missing') | default('x') }}", set()),
    ],
)
def test_a_secret_that_was_read_is_known_with_its_value(source, used):
    context = RenderContext(
        user={"id": "u-1"},
        get_secret=SECRETS.__getitem__,
        get_variable={"a": "v", "name": "b"}.__getitem__,
    )
    compile_template(source, Field.AUTH).render(context)
    assert context.secrets_used == {name: SECRETS[name] for name in used}
    assert "s3cret" not in repr(context)


def test_what_was_read_before_an_error_is_known():
    context = RenderContext(get_secret=SECRETS.__getitem__)
    template = compile_template("{{ get_secret('a') }}{{ get_secret(5) }}", Field.AUTH)
    with pytest.raises(TemplateRenderError, match="takes the name of a secret"):
        template.render(context)
    assert context.secrets_used == {"a": "s3cret-a"}


def test_several_templates_add_up():
    context = RenderContext(get_secret=SECRETS.__getitem__)
    for name in ("a", "b"):
        compile_template(f"{{{{ get_secret('{name}') }}}}", Field.HEADERS).render(context)
    assert context.secrets_used == {"a": "s3cret-a", "b": "s3cret-b"}
