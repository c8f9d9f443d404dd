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
export function executionRequest(execution, caller, bounds) {
  const query = encodeParams(execution.queryParams);
  const kind = execution.composite ? "connectors/composite" : "connectors";
  const headers = mergeHeaders(execution.headers, { "X-Path-Params": encodeParams(execution.pathParams) || null });
  const path = `/${kind}/${execution.permalink}/execute${query && `?${query}`}`;
  return toSend(path, execution.method, headers, execution.payload, caller, bounds);
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
function toSend(path, method, headers, body, caller, bounds) {
  const tokens = mergeHeaders(
    {},
    { "X-CSRF-Token": caller.csrfToken || null, Authorization: caller.token ? `Bearer ${caller.token}` : null },
  );
  return {
    url: caller.baseUrl + path,
    init: {
      method,
      headers: headersOf({ ...tokens, ...headers }, utf8),
      redirect: "manual",
      body,
      credentials: caller.credentials,
    },
    timeout: validTimeout(bounds.timeout ?? caller.timeout),
    signal: bounds.signal,
  };
}

/**
 * @param {string} text
 * @returns {string} A character for each byte, which is what `fetch` takes as the value of a header.
 */
const utf8 = (text) => String.fromCharCode(...new TextEncoder().encode(text));
