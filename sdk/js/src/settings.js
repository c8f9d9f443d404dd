/** The settings of a client: their defaults, how a change merges into them, and what the surroundings add to them. */

import { environmentUrl, pageCsrfToken, pageOrigin } from "./page.js";
import { attempt, mergeHeaders, must, validMap, validTimeout, validToken } from "./validation.js";

/** @import { HeaderTable } from "./validation.js" */

/** @typedef {{ csrfToken: string, headers: HeaderTable, timeout: number, baseUrl: string, token: string }} Settings */

/**
 * Complete settings: who calls, and where. `credentials` is the mode for `fetch`; undefined outside a page.
 *
 * @typedef {Settings & { credentials: RequestCredentials | undefined }} Caller
 */

export const PATH_PREFIX = "/widget-service";

/** @type {Readonly<Settings>} */
export const DEFAULT_SETTINGS = {
  csrfToken: "",
  headers: mergeHeaders({}, { Accept: "application/json", "Content-Type": "application/json" }),
  timeout: 30000,
  baseUrl: "",
  token: "",
};

/**
 * @param {Settings} settings
 * @param {unknown} config What is null or undefined in it was not given.
 * @returns {Settings}
 */
export function mergeSettings(settings, config) {
  const given = validMap("config", config);
  return {
    csrfToken: validToken("csrfToken", given["csrfToken"] ?? settings.csrfToken),
    headers: mergeHeaders(settings.headers, given["headers"]),
    timeout: validTimeout(given["timeout"] ?? settings.timeout),
    baseUrl: given["baseUrl"] == null ? settings.baseUrl : serviceUrl(given["baseUrl"]),
    token: validToken("token", given["token"] ?? settings.token),
  };
}

/**
 * A cookie session travels to the page's own origin, and to another one unless a user token makes it needless. Without
 * the cookie the CSRF token of the page is needless too, and it stays on the page.
 *
 * @param {Settings} settings
 * @returns {Caller}
 * @throws {ConnectorBoundaryError} There is no base URL.
 */
export function callerOf(settings) {
  const origin = pageOrigin();
  const baseUrl = settings.baseUrl || serviceUrl(origin || environmentUrl());
  const credentials = baseUrl.startsWith(`${origin}/`) ? "same-origin" : settings.token ? "omit" : "include";
  const found = settings.csrfToken || (credentials === "omit" ? "" : pageCsrfToken());
  return {
    ...settings,
    baseUrl,
    csrfToken: validToken("csrfToken", found),
    credentials: origin ? credentials : undefined,
  };
}

/**
 * @param {unknown} given An origin, a longer URL, or a path on the page's origin.
 * @returns {string} Where the service's paths begin, without a slash at the end.
 */
function serviceUrl(given) {
  const text = String(given);
  const href = attempt(() => new URL(/^\/(?!\/)/.test(text) ? pageOrigin() + text : text).href);
  const [, root, path] = /^(https?:\/\/[^/@]+)(\/[^?#]*?)??\/*$/.exec(href ?? "") ?? [];
  // What may hold a credential is not shown.
  must(root, "baseUrl (or WIDGET_SERVICE_URL)", "an http(s) URL", /[@?]/.test(text) ? undefined : given);
  return root + (path || PATH_PREFIX);
}
