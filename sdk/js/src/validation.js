/** Decides what is valid: each function returns a value in the form in which it is sent, or throws. */

import { ConnectorBoundaryError } from "./errors.js";

/** @typedef {(problem: string) => void} Warn */

/**
 * Name in lower case → [name as it was written, value].
 *
 * @typedef {Record<string, [string, string]>} HeaderTable
 */

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
export const MAX_PATH_PARAMS_CHARACTERS = 4096;

const PERMALINK = /^(?!.{256})[a-z\d]+(-[a-z\d]+)*$/;
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
/** Control characters but the tab, and halves of surrogate pairs, which UTF-8 cannot hold. */
const NOT_IN_A_HEADER = /(?!\t)[\0-\x1f\x7f\p{Surrogate}]/u;

/**
 * @param {unknown} valid
 * @param {string} place
 * @param {string} expected
 * @param {unknown} [given] What a message may show. Of an object it shows only the type.
 * @returns {asserts valid}
 * @throws {ConnectorBoundaryError} It is not.
 */
export function must(valid, place, expected, given) {
  if (valid) return;
  const reason = `${place} must be ${expected}${given === undefined ? "" : `, not ${shown(given)}`}`;
  throw new ConnectorBoundaryError(reason, { reason });
}

/**
 * @template T
 * @param {() => T} decide
 * @returns {T | undefined} undefined if it throws.
 */
export function attempt(decide) {
  try {
    return decide();
  } catch {
    return undefined;
  }
}

/** @param {unknown} value A string stands between quotes: "5" is no number. */
export const shown = (value) =>
  typeof value === "string" ? `"${value.slice(0, 99)}"` : isScalar(value) ? String(value) : typeName(value);

/** @param {unknown} value */
const typeName = (value) => ({}).toString.call(value).slice(8, -1);

/** @param {unknown} value A string, number, boolean or bigint. */
export const isScalar = (value) => /^(string|number|b)/.test(typeof value);

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Record<string, unknown>} Empty if there is none.
 */
export function validMap(name, value) {
  const map = value ?? {};
  must(typeName(map) === "Object", name, "an object");
  return /** @type {Record<string, unknown>} */ (map);
}

/**
 * @param {string} name
 * @param {unknown} value
 */
const entriesOf = (name, value) => Object.entries(validMap(name, value));

/**
 * @param {unknown} permalink
 * @param {boolean} composite A composite may also be named by its number.
 */
export function validPermalink(permalink, composite) {
  const text = typeof permalink === "string" || (composite && typeof permalink === "number") ? String(permalink) : "";
  must(PERMALINK.test(text), "permalink", "at most 255 lower-case letters and digits joined by hyphens", permalink);
  return text;
}

/**
 * @param {unknown} method
 * @param {Warn} warn
 */
export function validMethod(method, warn) {
  const upper = typeof method === "string" ? method.toUpperCase() : "";
  must(METHODS.includes(upper), "method", `one of ${METHODS.join(", ")}`, method);
  if (upper !== method) warn(`method ${method} is sent as ${upper}`);
  return upper;
}

/** @param {unknown} timeout Milliseconds. */
export function validTimeout(timeout) {
  must(Number.isFinite(timeout) && /** @type {number} */ (timeout) > 0, "timeout", "a positive number of milliseconds", timeout);
  return /** @type {number} */ (timeout);
}

/**
 * @param {string} place
 * @param {unknown} token Empty for none.
 */
export function validToken(place, token) {
  must(typeof token === "string" && !NOT_IN_A_HEADER.test(token), place, "one line of text");
  return token;
}

/**
 * Merges headers without regard to the case of their names. A value of null or undefined changes nothing.
 *
 * @param {HeaderTable} headers
 * @param {unknown} more
 * @returns {HeaderTable}
 */
export function mergeHeaders(headers, more) {
  const merged = { ...headers };
  for (const [name, value] of entriesOf("headers", more)) {
    must(TOKEN.test(name), "a header name", "a token", name);
    if (value == null) continue;
    const text = validToken(`header ${name}`, isScalar(value) ? String(value) : value);
    merged[name.toLowerCase()] = [name, text.replace(/^[ \t]+|[ \t]+$/g, "")];
  }
  return merged;
}

/**
 * @param {HeaderTable} headers
 * @param {(value: string) => string} [encode]
 * @returns {Record<string, string>} By the names as they were written.
 */
export const headersOf = (headers, encode = String) =>
  Object.fromEntries(Object.values(headers).map(([name, value]) => [name, encode(value)]));

/**
 * @param {unknown} payload
 * @param {Warn} warn
 * @returns {string | undefined} JSON.
 */
export function payloadJson(payload, warn) {
  const map = validMap("payload", payload);
  if (payload == null) return undefined;
  const json = attempt(() => JSON.stringify(map, (_, value) => finite(value, warn)));
  must(json, "payload", "plain JSON");
  return json;
}

/**
 * @param {unknown} params
 * @param {Warn} warn
 * @returns {Record<string, string> | undefined} Without what is null or undefined.
 */
export function queryValues(params, warn) {
  const given = entriesOf("queryParams", params).filter(([, value]) => value != null);
  return mapOf(given.map(([name, value]) => [name, queryValue(name, value, warn)]));
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {Warn} warn
 * @returns {string} Numbers and booleans as JSON writes them, lists joined by commas.
 */
function queryValue(name, value, warn) {
  if (Array.isArray(value)) return value.map((item) => (item == null ? "" : queryValue(name, item, warn))).join(",");
  must(isScalar(value), `queryParams.${name}`, "a string, number, boolean or list", value);
  return String(finite(value, warn));
}

/**
 * @param {unknown} params
 * @param {boolean} composite
 * @returns {Record<string, string> | undefined}
 */
export function pathValues(params, composite) {
  const values = mapOf(entriesOf("pathParams", params).map(pathValue));
  must(!values || !composite, "pathParams", "left out for a composite");
  const { length } = encodeParams(values);
  must(
    length <= MAX_PATH_PARAMS_CHARACTERS,
    "pathParams",
    `at most ${MAX_PATH_PARAMS_CHARACTERS} characters once encoded`,
    length,
  );
  return values;
}

/** @param {[string, unknown]} entry */
function pathValue([key, value]) {
  must(key.trim(), "a key of pathParams", "text", key);
  must(typeof value === "string" || Number.isFinite(value), `pathParams.${key}`, "a string or number", value);
  return [key, String(value)];
}

/**
 * @param {string[][]} entries
 * @returns {Record<string, string> | undefined} undefined if there are none.
 */
const mapOf = (entries) => (entries.length ? Object.fromEntries(entries) : undefined);

/**
 * @param {Record<string, string> | undefined} values
 * @returns {string} As the WHATWG URL standard encodes a form: a space is `+`.
 */
export const encodeParams = (values) => String(new URLSearchParams(values));

/**
 * @param {unknown} value
 * @param {Warn} warn
 */
function finite(value, warn) {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  warn(`${value} is sent as null`);
  return null;
}
