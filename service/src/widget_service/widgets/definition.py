"""Definitions of extensions: the one source of their fields, types, limits, defaults and descriptions.

Members of the registry are written in camel case: ``default_config`` here is ``defaultConfig`` there.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints
from pydantic.alias_generators import to_camel

from widget_service.connectors.fields import DefinitionModel
from widget_service.widgets.fields import Attributes, ExtensionName, HttpsUrl, Number, SemanticVersion

Text = Annotated[str, StringConstraints(min_length=1)]
Container = Literal["Full width", "Left container", "Sidebar"]
PropertyType = Literal["text", "number", "color", "date", "boolean", "select", "autocomplete"]
RuleField = Literal["page", "pageType", "slug", "locale", "authenticated"]
RuleOperator = Literal["eq", "neq", "in", "not_in"]
Placement = Literal["head", "bodyStart", "bodyEnd"]

_List = Field(strict=False)  # JSON's lists, kept as tuples


class ExtensionModel(DefinitionModel):
    """A part of an extension: immutable, strict about types; null is the same as absent."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)


class Source(ExtensionModel):
    """A folder of the repository that the service hosts."""

    path: Text = Field(description="The folder, from the root of the repository.")
    entry: Text = Field(description="The HTML file in that folder.")


class Endpoint(ExtensionModel):
    """A request to a host elsewhere."""

    endpoint: HttpsUrl = Field(description="The https URL.")
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = {}
    body: JsonValue = None
    params: Mapping[str, JsonValue] = {}


class Content(Endpoint):
    """A widget whose HTML is fetched from a host elsewhere."""

    cache_strategy: Literal["none", "no-cache", "ttl", "permanent"] | None = None
    cache_ttl_seconds: Annotated[int, Field(ge=0)] | None = None
    requires_authentication: bool = False


class OptionsEndpoint(Endpoint):
    """Where a form takes the options of a field from."""

    method: Literal["GET", "POST"] = Field(description="GET or POST.")


class OptionsMapping(ExtensionModel):
    """Which parts of an answer are options."""

    path: str | None = None
    value_key: Text = Field(description="Name of the member that holds an option's value.")
    label_key: Text = Field(description="Name of the member that holds an option's label.")


class DynamicOptions(ExtensionModel):
    """Options that a form asks an endpoint for."""

    endpoint: OptionsEndpoint = Field(description="The request that answers with options.")
    values_endpoint: OptionsEndpoint | None = None
    mapping: OptionsMapping = Field(description="Which parts of the answer are options.")
    is_async_search: bool = False


class Option(ExtensionModel):
    """One choice of a field."""

    value: str = Field(description="What is stored.")
    label: str = Field(description="What is shown.")


class PropertyRules(ExtensionModel):
    """What a value of a field must be."""

    required: bool = False
    min_length: Annotated[int, Field(ge=0)] | None = None
    max_length: Annotated[int, Field(ge=0)] | None = None
    pattern: str | None = None
    minimum: Number | None = None
    maximum: Number | None = None


class Property(ExtensionModel):
    """A field of a widget's configuration form."""

    name: Text = Field(description="Name of the prop.")
    label: Text = Field(description="What the form shows.")
    type: PropertyType = Field(description="The kind of field.")
    description: str = ""
    section: str | None = None
    default_value: JsonValue = None
    rules: PropertyRules = PropertyRules()
    options: Annotated[tuple[Option, ...], _List] | None = None
    dynamic_options: DynamicOptions | None = None
    multiple: bool = False
    sortable: bool = False


class Section(ExtensionModel):
    """A group of fields."""

    name: Text = Field(description="Name that fields refer to.")
    label: str | None = None
    description: str = ""
    expanded: bool = False


class Configuration(ExtensionModel):
    """A widget's configuration form."""

    properties: Annotated[tuple[Property, ...], _List] = Field(description="The fields of the form, as a list.")
    sections: Annotated[tuple[Section, ...], _List] = ()


class WidgetSettings(ExtensionModel):
    """What page editors may do with a placed widget."""

    configurable: bool = True
    editable: bool = True
    removable: bool = True
    movable: bool = True
    shared: bool = False
    container: bool = False


class WidgetDefinition(ExtensionModel):
    """A widget; it has either a ``source`` or a ``content``."""

    title: Text = Field(description="What page editors see.")
    type: Text = Field(description="The widget's identity, such as acme_plants.")
    category: Text = Field(description="A group of widgets, any text.")
    source: Source | None = None
    content: Content | None = None
    version: SemanticVersion = "1.0.0"
    description: str = ""
    containers: Annotated[tuple[Container, ...], _List] = ("Full width",)
    widgets_library: bool = True
    image_name: str = "banner"
    image_src: str | None = None
    settings: WidgetSettings = WidgetSettings()
    configuration: Configuration | None = None
    default_config: Mapping[str, JsonValue] = {}

    def prop_names(self) -> frozenset[str]:
        """Return the names of the props that the registry knows."""
        properties = self.configuration.properties if self.configuration else ()
        return frozenset(field.name for field in properties) | self.default_config.keys()

    def default_props(self) -> dict[str, JsonValue]:
        """Return the props of a widget that nobody configured: ``defaultConfig`` over each field's ``defaultValue``."""
        properties = self.configuration.properties if self.configuration else ()
        defaults = {field.name: field.default_value for field in properties if field.default_value is not None}
        return {**defaults, **self.default_config}


class Rule(ExtensionModel):
    """One condition on the page."""

    field: RuleField = Field(description="What of the page is looked at.")
    operator: RuleOperator = Field(description="How it is compared.")
    value: JsonValue = Field(description="Text for eq and neq, a list of texts for in and not_in.")


class PageFile(ExtensionModel):
    """What scripts and stylesheets have in common."""

    name: ExtensionName = Field(description="A unique name.")
    path: Text = Field(description="A file of the repository, or an http(s) URL.")
    description: str = ""
    attributes: Attributes = Field(default={}, description="Attributes of the element, names to texts.")
    rules: Annotated[tuple[Rule, ...], _List] = ()


class ScriptDefinition(PageFile):
    """A script of the page around the widgets."""

    placement: Placement = "head"


class StylesheetDefinition(PageFile):
    """A stylesheet of the page around the widgets."""


class ImportMapDefinition(ExtensionModel):
    """Where bare module specifiers of scripts and widgets lead (WHATWG HTML §8.1.6.2)."""

    imports: Mapping[str, HttpsUrl] = Field(description="Bare specifier to https URL.")
    scopes: Mapping[str, Mapping[str, HttpsUrl]] | None = None
    integrity: Mapping[str, str] | None = None
