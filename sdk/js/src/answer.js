/** Reads an answer without receiving it: decides between a value and an error, and which. */

import {
  ConnectorAuthenticationError,
  ConnectorExecuteError,
  ConnectorNotFoundError,
  ConnectorUpstreamError,
} from "./errors.js";
import { failure } from "./messages.js";
import { attempt } from "./validation.js";

/** @import { ConnectorUpstreamError as UpstreamError } from "./error-types.ts" */

/** @typedef {{ status: number, headers: { get(name: string): string | null | undefined } }} Head */
/** @typedef {Head & { text: string }} Answer */
/** @typedef {Partial<UpstreamError>} Fields */

/** What to do with an answer that is not JSON. */
const RAW_HINT = "; executeRaw reads it";
const REFUSED = "the destination refuses the credentials; renew the secret that authentication reads";

/**
 * What an error says of the call.
 *
 * @typedef {object} Subject
 * @property {string} permalink
 * @property {string} method
 * @property {string[]} secrets What no message repeats.
 * @property {boolean} [batch] The answer is the one to a whole batch, not to this execution.
 */

/** @param {Head} answer */
export const isSuccess = ({ status }) => /^2/.test(String(status));

/** @param {Head} answer Whether the destination itself gave it. */
export const isFromDestination = (answer) => isSuccess(answer) || answer.headers.get("x-connector-upstream-status");

/**
 * @param {Answer} answer
 * @param {Subject} subject
 * @returns {any} The parsed body; `{}` if there is none.
 * @throws {ConnectorExecuteError}
 */
export function readAnswer(answer, subject) {
  if (!isSuccess(answer)) throw answerError(answer, subject);
  return readJson(answer, subject);
}

/**
 * @param {Answer} answer
 * @param {Subject} subject
 * @returns {any} The parsed body; `{}` if there is none.
 * @throws {ConnectorExecuteError} With code INVALID_RESPONSE.
 */
export function readJson(answer, subject) {
  const value = parsed(answer.text || "{}");
  if (value === undefined) throw notValid(answer, subject, "valid JSON", RAW_HINT);
  return value;
}

/**
 * @param {Answer} answer One that is no success.
 * @param {Subject} subject
 */
export function answerError(answer, subject) {
  const { status, text } = answer;
  const body = parsed(text);
  if (isFromDestination(answer)) {
    const hint = text && (body == null ? RAW_HINT : "; error.body has its answer");
    return status === 401
      ? executeError(ConnectorAuthenticationError, answer, subject, {}, REFUSED)
      : executeError(ConnectorUpstreamError, answer, subject, { body }, `the destination answered ${status}${hint}`);
  }
  if (status < 400) return invalidAnswer(answer, subject, `a redirect to ${origin(answer)}; check baseUrl`);
  const fields = wireFields(body);
  return executeError(classOf(fields, status, subject), answer, subject, fields);
}

/**
 * @param {Head} answer
 * @param {Subject} subject
 * @param {string} expected
 * @param {string} [hint]
 */
export const notValid = (answer, subject, expected, hint = "") =>
  invalidAnswer(
    answer,
    subject,
    `the answer is not ${expected} (${answer.headers.get("content-type") || "no content type"})${hint}`,
  );

/**
 * @param {Head} answer
 * @param {Subject} subject
 * @param {string} detail
 */
const invalidAnswer = (answer, subject, detail) =>
  executeError(ConnectorExecuteError, answer, subject, { code: "INVALID_RESPONSE", detail });

/**
 * The envelope `{success, errors: {code, detail, scope?, params?}, request_id}` and the older shape
 * `{failure_scope, reason, request_id}`. A field of another type than text is left out.
 *
 * @param {unknown} body
 */
function wireFields(body) {
  const { errors, request_id: requestId, reason, failure_scope: failureScope } = Object(body);
  const { code, detail, scope, params } = Object(errors);
  const texts = Object.entries({ code, detail, scope, requestId, reason, failureScope });
  return { params, ...Object.fromEntries(texts.filter(([, text]) => text && typeof text === "string")) };
}

/**
 * @param {Fields} fields
 * @param {number} status
 * @param {Subject} subject
 */
function classOf({ code, failureScope = "" }, status, { batch }) {
  const kind = code ?? failureScope;
  if (/^(OAUTH_|JWT_|Authentication)/.test(kind)) return ConnectorAuthenticationError;
  if (/^(UPSTREAM_|Downstream)/.test(kind)) return ConnectorUpstreamError;
  const missing = code ? code === "CONNECTOR_NOT_FOUND" : status === 404 && !batch;
  return missing ? ConnectorNotFoundError : ConnectorExecuteError;
}

/**
 * @param {typeof ConnectorExecuteError} ErrorClass
 * @param {Head} answer
 * @param {Subject} subject
 * @param {Fields} fields
 * @param {string} [what]
 */
function executeError(ErrorClass, { status, headers }, subject, fields, what) {
  const requestId = fields.requestId ?? headers.get("x-request-id") ?? undefined;
  return failure(
    ErrorClass,
    subject,
    what ??
      fields.detail ??
      fields.reason ??
      `${status === 404 ? "not found" : "no reason given"}; check permalink and baseUrl`,
    { ...fields, status, requestId },
    [fields.code, fields.scope ?? fields.failureScope, `status ${status}`, requestId && `request ${requestId}`],
  );
}

/**
 * The page does not see where a redirect leads.
 *
 * @param {Head} answer
 */
const origin = ({ headers }) => /^https?:\/\/[^/?#@]+/.exec(headers.get("location") ?? "") ?? "elsewhere";

/** @param {string} json */
const parsed = (json) => attempt(() => JSON.parse(json));
