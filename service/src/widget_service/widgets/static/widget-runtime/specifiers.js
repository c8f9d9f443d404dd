// @ts-check
/** Bare names that modules import by: those of the browser SDK, and those of the repository's import maps. */

/** @typedef {{ imports: Record<string, string>, scopes?: object, integrity?: object }} ImportMap */

const SDK_SPECIFIERS = ["@gainsight-customer-hub/widget-service-sdk", "@insided/widget-sdk"];

/** Maps the SDK's names to it. */
export function mapSpecifiers() {
  const url = new URL("page-sdk.js", import.meta.url).href;
  addImportMap({ imports: Object.fromEntries(SDK_SPECIFIERS.map((name) => [name, url])) });
}

/**
 * Adds what the page does not map itself: its own choice, and an earlier map's, stays.
 *
 * @param {ImportMap} map
 */
export function addImportMap(map) {
  const imports = Object.entries(map.imports).filter(([name]) => !isMapped(name));
  if (imports.length === 0) return;
  const script = document.createElement("script");
  script.type = "importmap";
  script.textContent = JSON.stringify({ ...map, imports: Object.fromEntries(imports) });
  document.head.append(script);
}

/** @param {string} name */
function isMapped(name) {
  try {
    return Boolean(import.meta.resolve(name));
  } catch {
    return false;
  }
}
