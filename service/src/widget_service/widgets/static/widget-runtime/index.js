// @ts-check
/**
 * The widget runtime: makes `<gs-cc-registry-widget data-widget-type="…">` work on a page.
 *
 *     <script type="module" src="https://widgets.example/widget-runtime/latest/index.js"></script>
 *     <gs-cc-registry-widget data-widget-type="acme_plants" data-config='{"title": "Plants"}'></gs-cc-registry-widget>
 *
 * It takes the service's origin from its own URL.
 */

import { RegistryWidgetElement } from "./element.js";
import { mapSpecifiers } from "./specifiers.js";

export { getDesignTokens, setDesignTokens, setTheme } from "./design-tokens.js";
export { RegistryWidgetElement };

const NAME = "gs-cc-registry-widget";

mapSpecifiers();

// A page may load the runtime twice, from /latest/ and from a version; the first one stays.
if (!customElements.get(NAME)) customElements.define(NAME, RegistryWidgetElement);
