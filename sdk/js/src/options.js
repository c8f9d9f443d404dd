/** Reads the options of a call: checks them, and puts them into the form in which they are sent. */

import { ConnectorBoundaryError } from "./errors.js";
import { unknownNames } from "./names.js";
import {
  isScalar,
  mergeHeaders,
  pathValues,
  payloadJson,
  queryValues,
  shown,
  validMap,
  validMethod,
  validPermalink,
} from "./validation.js";

/** @import { Caller } from "./settings.js" */
/** @import { HeaderTable, Warn } from "./validation.js" */

/**
 * What a call means.
 *
 * @typedef {object} Execution
 * @property {string} permalink
 * @property {true | undefined} composite
 * @property {string} method
 * @property {string | undefined} payload JSON; undefined without one, and for a method that sends none.
 * @property {Record<string, string> | undefined} queryParams
 * @property {Record<string, string> | undefined} pathParams
 * @property {HeaderTable} headers The client's own and those of the call.
 * @property {string[]} secrets What no message repeats.
 */

export const BOUNDS = ["timeout", "signal"];
const EXECUTION_OPTIONS = ["permalink", "payload", "queryParams", "pathParams", "headers"];

/** POST, PUT, PATCH. */
const SENDS_PAYLOAD = "P";

/**
 * @param {any} options
 * @param {string[]} more The names of the options beside those that every execution has.
 * @param {boolean} composite
 * @param {Caller} caller
 * @param {Warn} warn
 * @returns {Execution}
 * @throws {ConnectorBoundaryError} One of the options is malformed.
 */
export function readExecution(options, more, composite, caller, warn) {
  const given = validMap("options", options);
  unknownNames(given, [...EXECUTION_OPTIONS, ...more]).forEach(warn);
  const permalink = validPermalink(given["permalink"], composite);
  const method = composite ? "POST" : validMethod(given["method"], warn);
  const payload = payloadJson(given["payload"], warn);
  return {
    permalink,
    composite: composite || undefined,
    method,
    payload: method.startsWith(SENDS_PAYLOAD) ? payload : undefined,
    queryParams: queryValues(given["queryParams"], warn),
    pathParams: pathValues(given["pathParams"], composite),
    headers: mergeHeaders(caller.headers, given["headers"]),
    secrets: [caller.token, caller.csrfToken],
  };
}

/**
 * Names the connector in what is refused and warned of.
 *
 * @template T
 * @param {any} options
 * @param {string} place
 * @param {Warn} warn
 * @param {(warn: Warn) => T} decide
 * @returns {T}
 */
export function naming(options, place, warn, decide) {
  const permalink = options?.permalink;
  const name = isScalar(permalink) ? `${place} ${shown(permalink)}` : place;
  try {
    return decide((problem) => warn(`${name}: ${problem}`));
  } catch (error) {
    if (!(error instanceof ConnectorBoundaryError)) throw error;
    const { reason } = error;
    throw new ConnectorBoundaryError(`${name} was not called: ${reason}`, { reason, permalink });
  }
}
