// @ts-check
/** The service that the runtime was loaded from: its widgets, and the client that executes its connectors. */

import { addImportMap } from "./specifiers.js";

/**
 * @typedef {object} Manifest What the service tells of a widget.
 * @property {string} type
 * @property {string} title
 * @property {string | null} revision
 * @property {string} base The path that the URLs of hosted files in `html` begin with.
 * @property {string} entry The path of `html` below the base.
 * @property {string | null} html Null for a widget whose HTML comes from another host: `content` is asked for it.
 * @property {string} [content] The path that answers with the HTML for given props.
 * @property {Record<string, unknown>} props Those of a widget that nobody configured.
 * @property {import("./specifiers.js").ImportMap[]} importMaps
 * @property {{ version: string }} service
 */

/** @typedef {{ manifest: Manifest, html: string, base: string }} Source What one life of a widget runs. */

/** @typedef {{ new (config?: Record<string, unknown>): { connectors: unknown } }} SDKClass */

/** Where a page may hold manifests already, so that its widgets stand in it before its last scripts run. */
const EMBEDDED = 'script[type="application/json"][data-widget-manifests]';

/** The service's origin. */
export const origin = new URL(import.meta.url).origin;

/** @type {Map<string, Promise<Manifest>>} */
const manifests = new Map();

/** @type {Promise<any> | undefined} */
let connectors;

for (const element of document.querySelectorAll(EMBEDDED)) {
  for (const manifest of JSON.parse(element.textContent ?? "[]")) {
    manifests.set(manifest.type, Promise.resolve(received(manifest)));
  }
}

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
  const loading = fetchJSON(`/widgets/${encodeURIComponent(type)}/manifest.json`).then(received);
  manifests.set(type, loading);
  loading.catch(() => manifests.delete(type));
  return loading;
}

/**
 * The HTML of a widget that another host makes for given props.
 *
 * @param {string} path The manifest's `content`.
 * @param {Record<string, unknown>} props
 * @returns {Promise<{ html: string, base: string }>}
 */
export async function loadContent(path, props) {
  // Text needs no question beforehand from a page of another origin.
  const request = { method: "POST", body: JSON.stringify(props), headers: { "Content-Type": "text/plain" } };
  return absolute(await fetchJSON(path, request));
}

/**
 * What the service has now for a widget with these props.
 *
 * @param {string} type
 * @param {Record<string, unknown>} props
 * @returns {Promise<Source>}
 */
export async function loadSource(type, props) {
  const manifest = await loadManifest(type, { fresh: true });
  return sourceOf(manifest, { ...manifest.props, ...props });
}

/** @param {Manifest} manifest @param {Record<string, unknown>} props @returns {Promise<Source>} */
export async function sourceOf(manifest, props) {
  const { html, base } = manifest.content ? await loadContent(manifest.content, props) : manifest;
  return { manifest, html: html ?? "", base };
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

/** @param {Manifest} manifest @returns {Manifest} */
function received(manifest) {
  for (const map of manifest.importMaps) addImportMap(map);
  return manifest.html === null ? manifest : absolute(/** @type {Manifest & { html: string }} */ (manifest));
}

/**
 * The base holds a digest: it stands in the HTML only where the service wrote it.
 *
 * @template {{ html: string, base: string }} T
 * @param {T} answer
 * @returns {T}
 */
function absolute(answer) {
  return { ...answer, html: answer.html.replaceAll(answer.base, origin + answer.base) };
}

/** @param {string} path @param {RequestInit} [request] @returns {Promise<any>} */
async function fetchJSON(path, request = {}) {
  const answer = await fetch(origin + path, { ...request, credentials: "omit" });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.errors?.detail ?? `The service answered with status ${answer.status} for ${path}.`);
  return body;
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
