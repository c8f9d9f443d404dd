/** Builds requests without sending them: a URL, and what `fetch` takes beside it. */

import { encodeParams, headersOf, mergeHeaders, validTimeout } from "./validation.js";

/** @import { Execution } from "./options.js" */
/** @import { Caller } from "./settings.js" */
/** @import { HeaderTable } from "./validation.js" */

/**
 * What is sent, and what bounds it until its answer has been read.
 *
 * @typedef {{ url: string, init: object, timeout: number, signal: AbortSignal | undefined }} Request
 */

/**
 * @param {Execution} execution
 * @param {Caller} caller
 * @param {unknown} bounds
 * @returns {Request}
 */
export function executionRequest(
  { permalink, composite, method, payload, queryParams, pathParams, headers },
  caller,
  bounds,
) {
  const query = encodeParams(queryParams);
  const path = `/connectors/${composite ? "composite/" : ""}${permalink}/execute${query && `?${query}`}`;
  const all = mergeHeaders(headers, { "X-Path-Params": encodeParams(pathParams) || null });
  return toSend(path, method, all, payload, caller, bounds);
}

/**
 * @param {Execution[]} executions
 * @param {Caller} caller
 * @param {unknown} bounds
 * @returns {Request}
 */
export function batchRequest(executions, caller, bounds) {
  const headers = mergeHeaders(caller.headers, { Accept: "application/x-ndjson", "Content-Type": "application/json" });
  return toSend("/batch", "POST", headers, JSON.stringify({ executions: executions.map(batchItem) }), caller, bounds);
}

/**
 * @param {Execution} execution
 * @returns {object} What is undefined in it is left out of JSON. The tokens go once, with the batch.
 */
function batchItem({ secrets, payload, headers, ...item }) {
  const { authorization, "x-csrf-token": csrfToken, ...own } = headers;
  return { ...item, payload: payload && JSON.parse(payload), headers: headersOf(own) };
}

/**
 * @param {string} path
 * @param {string} method
 * @param {HeaderTable} headers Stronger than those made of the tokens.
 * @param {string | undefined} body
 * @param {Caller} caller
 * @param {any} bounds The options `timeout` and `signal`.
 * @returns {Request}
 */
function toSend(path, method, headers, body, { baseUrl, token, csrfToken, credentials, timeout }, bounds) {
  const tokens = mergeHeaders(
    {},
    { "X-CSRF-Token": csrfToken || null, Authorization: token ? `Bearer ${token}` : null },
  );
  return {
    url: baseUrl + path,
    init: {
      method,
      headers: headersOf({ ...tokens, ...headers }, utf8),
      redirect: "manual",
      body,
      credentials,
    },
    timeout: validTimeout(bounds.timeout ?? timeout),
    signal: bounds.signal,
  };
}

/**
 * @param {string} text
 * @returns {string} A character for each byte, which is what `fetch` takes as the value of a header.
 */
const utf8 = (text) => String.fromCharCode(...new TextEncoder().encode(text));
