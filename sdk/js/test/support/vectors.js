/** Reads protocol/vectors/sdk and runs its cases; the format is fixed in the README there. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { replaceGlobals } from "./globals.js";

const FOLDER = new URL("../../../../protocol/vectors/sdk/", import.meta.url);
const DEFAULT_CONFIG = { baseUrl: "https://widgets.example" };
const DEFAULT_OPTIONS = { permalink: "weather-api", method: "GET" };

/**
 * @param {string} file
 * @returns {any[]} The cases of a file that are for JavaScript, their special values replaced.
 */
export function casesOf(file) {
  const { cases } = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
  return cases.filter((/** @type {any} */ { only }) => only !== "python").map(decoded);
}

/** @param {any} value @returns {any} */
function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  if ("$number" in value) return Number(value.$number);
  if ("$repeat" in value) return value.$repeat[0].repeat(value.$repeat[1]);
  if ("$list" in value) return Array.from({ length: value.$list[1] }, () => decoded(value.$list[0]));
  if ("$undefined" in value) return undefined;
  if ("python" in value && "javascript" in value) return decoded(value.javascript);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decoded(item)]));
}

/**
 * Runs a case in its page, with a `fetch` that gives its answer and keeps what it was asked.
 *
 * @param {any} SDK The class.
 * @param {any} testCase
 * @param {(sdk: any, testCase: any) => unknown} use
 */
export async function run(SDK, testCase, use = call) {
  /** @type {any[]} */
  const requests = [];
  const restore = replaceGlobals({
    ...pageOf(testCase.page),
    fetch: async (/** @type {string} */ url, /** @type {any} */ init) => {
      requests.push({ url, ...init });
      return answerOf(testCase.answer ?? { status: 200 });
    },
    console: { ...console, warn: () => {} },
    process: { ...process, env: testCase.environment ?? {} },
  });
  try {
    const value = await use(new SDK(testCase.config ?? DEFAULT_CONFIG), testCase);
    if (use === call && testCase.call === "executeRaw") await /** @type {any} */ (value).bytes();
    return { value, requests };
  } catch (error) {
    return { error, requests };
  } finally {
    restore();
  }
}

/** @param {any} sdk @param {any} testCase */
function call({ connectors }, { call: name = "execute", options = DEFAULT_OPTIONS, ...more }) {
  const { queryParams, pathParams } = more;
  const all =
    Array.isArray(options) || typeof options !== "object"
      ? options
      : { ...options, ...defined({ queryParams, pathParams }) };
  return name === "composite.execute" ? connectors.composite.execute(all) : connectors[name](all);
}

/** @param {object} map */
const defined = (map) => Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));

/** @param {any} page */
function pageOf(page) {
  if (!page) return { location: undefined, document: undefined };
  const { csrfElement } = page;
  const element = csrfElement && {
    getAttribute: (/** @type {string} */ name) => (name === "content" ? (csrfElement.content ?? null) : null),
    value: csrfElement.value,
    textContent: csrfElement.text ?? "",
  };
  const getElementById = (/** @type {string} */ id) => (id === "csrftoken" && element) || null;
  return { location: { origin: page.origin }, document: { getElementById } };
}

/**
 * An answer whose body arrives three bytes at a time: nothing may depend on where it is cut.
 *
 * @param {any} parts
 */
function answerOf({ status, headers, ...content }) {
  const bytes = bodyOf(content);
  const body = new ReadableStream({
    start(controller) {
      for (let start = 0; start < bytes.length; start += 3) controller.enqueue(bytes.subarray(start, start + 3));
      controller.close();
    },
  });
  return new Response([204, 205, 304].includes(status) ? null : body, { status, headers });
}

/** @param {any} content */
function bodyOf({ json, text, base64 = "", lines }) {
  if (json !== undefined) return Buffer.from(JSON.stringify(json));
  if (text !== undefined) return Buffer.from(text);
  if (lines !== undefined)
    return Buffer.from(lines.map((/** @type {any} */ line) => `${JSON.stringify(line)}\n`).join(""));
  return Buffer.from(base64, "base64");
}

/** @param {any} expected @param {any} request */
export function checkRequest(expected, request) {
  assert.deepEqual([request.method, request.url], [expected.method, expected.url]);
  assert.equal(request.redirect, "manual");
  const headers = lowered(request.headers);
  assert.equal(Object.keys(headers).length, Object.keys(request.headers).length, "a header is there twice");
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    assert.equal(fromBytes(headers[name.toLowerCase()]) ?? null, value, name);
  }
  assert.deepEqual(withoutCase(request.body && JSON.parse(request.body)), withoutCase(expected.body));
  if ("credentials" in expected) assert.equal(request.credentials, expected.credentials);
}

/** @param {string | undefined} value What `fetch` takes: a character for each byte. */
const fromBytes = (value) => value && Buffer.from(value, "latin1").toString();

/** @param {Record<string, any>} headers */
export const lowered = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** The body of a batch with the names of its headers in lower case; any other body as it is. @param {any} body */
function withoutCase(body) {
  return body?.executions?.map((/** @type {any} */ item) => ({ ...item, headers: lowered(item.headers) })) ?? body;
}

/** @param {any} expected @param {any} error */
export function checkError(expected, error) {
  assert.equal(error?.name, expected.error, error?.stack);
  assert.equal(Object.getPrototypeOf(error).name, expected.error);
  assert.ok(error.message);
  assert.doesNotMatch(error.message, /[\0-\x1f\x7f-\x9f\u2028\u2029]/);
  for (const part of expected.message ?? []) assert.ok(error.message.includes(part), `${part} in ${error.message}`);
  for (const part of expected.messageExcludes ?? [])
    assert.ok(!error.message.includes(part), `${part} not in ${error.message}`);
  for (const [name, value] of Object.entries(expected.fields ?? {})) assert.deepEqual(error[name] ?? null, value, name);
  if (error.name === "ConnectorBoundaryError") assert.ok(error.reason);
}
