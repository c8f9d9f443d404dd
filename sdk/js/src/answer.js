/** Reads an answer without receiving it: decides between a value and an error, and which. */

import {
  ConnectorAuthenticationError,
  ConnectorExecuteError,
  ConnectorNotFoundError,
  ConnectorUpstreamError,
} from "./errors.js";
import { attempt } from "./validation.js";

/** @import { ConnectorUpstreamError as UpstreamError } from "./error-types.ts" */

/** @typedef {{ status: number, headers: { get(name: string): string | null | undefined } }} Head */
/** @typedef {Head & { text: string }} Answer */
/** @typedef {Partial<UpstreamError>} Fields */

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
export const isSuccess = ({ status }) => status >= 200 && status < 300;

/** @param {Head} answer Whether it is an error answer of the destination itself. */
export const isFromDestination = ({ status, headers }) =>
  status >= 400 && headers.get("x-connector-upstream-status") != null;

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
  if (value === undefined) throw notJson(answer, subject);
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
    const ErrorClass = status === 401 ? ConnectorAuthenticationError : ConnectorUpstreamError;
    return executeError(ErrorClass, answer, subject, { body }, `the destination answered ${status}`);
  }
  if (status < 400) return invalidAnswer(answer, subject, `a redirect to ${origin(answer)}; check baseUrl`);
  const fields = wireFields(body);
  return executeError(classOf(fields, status, subject), answer, subject, fields);
}

/**
 * @param {Head} answer
 * @param {Subject} subject
 */
export const notJson = (answer, subject) =>
  invalidAnswer(answer, subject, `not JSON (${answer.headers.get("content-type")})`);

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
  const { errors, request_id, reason, failure_scope } = Object(body);
  const { code, detail, scope, params } = Object(errors);
  return {
    code: textOf(code),
    detail: textOf(detail),
    scope: textOf(scope),
    params,
    requestId: textOf(request_id),
    reason: textOf(reason),
    failureScope: textOf(failure_scope),
  };
}

/**
 * @param {Fields} fields
 * @param {number} status
 * @param {Subject} subject
 */
function classOf({ code, failureScope = "" }, status, { batch }) {
  const kind = code ?? failureScope;
  if (/^(OAUTH_TOKEN_ERROR|JWT_SIGNING_ERROR|Authentication)/.test(kind)) return ConnectorAuthenticationError;
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
function executeError(ErrorClass, { status, headers }, { permalink, batch, secrets }, fields, what) {
  const requestId = fields.requestId ?? headers.get("x-request-id") ?? undefined;
  const id = requestId ? ` (request id ${requestId})` : "";
  const said = secrets
    .filter(({ length }) => length > 5)
    .reduce((text, secret) => text.replaceAll(secret, "••••••"), what ?? sentence(status, fields));
  return new ErrorClass(`Connector "${permalink}" failed${batch ? " with its batch" : ""}${id}: ${said}`, {
    ...fields,
    status,
    requestId,
    permalink,
  });
}

/**
 * @param {number} status
 * @param {Fields} fields
 */
function sentence(status, { code, detail, scope, reason, failureScope }) {
  const said = [code, detail ?? reason, scope ?? failureScope].filter(Boolean).join(", ");
  return `${status} ${said || "and no reason; check permalink and baseUrl"}`;
}

/**
 * The page does not see where a redirect leads.
 *
 * @param {Head} answer
 */
const origin = ({ headers }) => /^https?:\/\/[^/?#@]+/.exec(headers.get("location") ?? "") ?? "elsewhere";

/** @param {unknown} value */
const textOf = (value) => (typeof value === "string" && value ? value : undefined);

/** @param {string} json */
const parsed = (json) => attempt(() => JSON.parse(json));
