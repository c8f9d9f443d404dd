// @ts-check
/** The service that the runtime was loaded from: its widgets, and the client that executes its connectors. */

/**
 * @typedef {object} Manifest What the service tells of a widget.
 * @property {string} type
 * @property {string} title
 * @property {string} revision
 * @property {string} base The path that the URLs of hosted files in `html` begin with.
 * @property {string} html
 * @property {Record<string, unknown>} props Those of a widget that nobody configured.
 * @property {{ version: string }} service
 */

/** @typedef {{ new (config?: Record<string, unknown>): { connectors: unknown } }} SDKClass */

/** The service's origin. */
export const origin = new URL(import.meta.url).origin;

/** @type {Map<string, Promise<Manifest>>} */
const manifests = new Map();

/** @type {Promise<any> | undefined} */
let connectors;

/**
 * What the service tells of a widget. Instances on one page share one request; `fresh` makes a new one.
 *
 * @param {string} type
 * @param {{ fresh?: boolean }} [options]
 * @returns {Promise<Manifest>}
 */
export function loadManifest(type, { fresh = false } = {}) {
  const known = fresh ? undefined : manifests.get(type);
  if (known) return known;
  const loading = fetchManifest(type);
  manifests.set(type, loading);
  loading.catch(() => manifests.delete(type));
  return loading;
}

/**
 * The one client of the page: what a widget configures on it holds for all of them.
 *
 * @returns {Promise<any>}
 */
export function loadConnectors() {
  connectors ??= loadSDKClass().then((SDK) => new SDK({ baseUrl: origin }).connectors);
  connectors.catch(() => (connectors = undefined));
  return connectors;
}

/** @param {string} type @returns {Promise<Manifest>} */
async function fetchManifest(type) {
  const url = `${origin}/widgets/${encodeURIComponent(type)}/manifest.json`;
  const answer = await fetch(url, { credentials: "omit" });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.errors?.detail ?? `The service answered with status ${answer.status} for ${url}.`);
  // The base holds a digest of all files: it stands in the HTML only where the service wrote it.
  return { ...body, html: body.html.replaceAll(body.base, origin + body.base) };
}

/**
 * `window.WidgetServiceSDK`, put there if the page has not loaded it.
 *
 * @returns {Promise<SDKClass>}
 */
async function loadSDKClass() {
  const page = /** @type {{ WidgetServiceSDK?: SDKClass }} */ (/** @type {unknown} */ (window));
  if (!page.WidgetServiceSDK) {
    const module = await import(new URL("page-sdk.js", import.meta.url).href);
    page.WidgetServiceSDK ??= Object.assign(module.WidgetServiceSDK, module);  // The errors are its members.
  }
  return /** @type {SDKClass} */ (page.WidgetServiceSDK);
}

// Page scripts use the class without waiting for a widget.
loadSDKClass().catch((error) => console.error("The browser SDK could not be loaded.", error));
