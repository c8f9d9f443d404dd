/**
 * The errors of the SDK.
 *
 *     ConnectorError
 *     ├── ConnectorBoundaryError             the call is malformed; nothing was sent
 *     ├── ConnectorNetworkError              the service cannot be reached
 *     ├── ConnectorTimeoutError              no complete answer in time
 *     └── ConnectorExecuteError              the service or the destination answered with an error
 *         ├── ConnectorNotFoundError         no such connector
 *         ├── ConnectorAuthenticationError   the connector's credentials do not work
 *         └── ConnectorUpstreamError         the destination answered with an error, or could not be reached
 *
 * What each carries is declared in error-types.ts: the constructor makes properties of all fields.
 */

/** @import * as Types from "./error-types.ts" */

/**
 * The classes by their names. Two copies of the SDK on one page share them: a widget may import the classes from the
 * module while the page's client comes from the script, and `instanceof` has to hold.
 *
 * @type {Record<string, any>}
 */
const shared = (/** @type {any} */ (globalThis)[Symbol.for("widget-service-sdk")] ??= {});

class AnyError extends Error {
  /**
   * @param {string} message
   * @param {object} [fields]
   */
  constructor(message, fields) {
    super(message.replace(/[\s\p{Cc}]+/gu, " "));
    Object.assign(this, fields);
  }
}

/**
 * Minifying renames classes; here they get the name that people see and compare.
 *
 * @param {string} name
 * @param {any} Base
 * @returns {any}
 */
function named(name, Base) {
  const ErrorClass = class extends Base {};
  ErrorClass.prototype.name = name;
  return (shared[name] ??= ErrorClass);
}

/** @type {typeof Types.ConnectorError} */
export const ConnectorError = named("ConnectorError", AnyError);
/** @type {typeof Types.ConnectorBoundaryError} */
export const ConnectorBoundaryError = named("ConnectorBoundaryError", ConnectorError);
/** @type {typeof Types.ConnectorNetworkError} */
export const ConnectorNetworkError = named("ConnectorNetworkError", ConnectorError);
/** @type {typeof Types.ConnectorTimeoutError} */
export const ConnectorTimeoutError = named("ConnectorTimeoutError", ConnectorError);
/** @type {typeof Types.ConnectorExecuteError} */
export const ConnectorExecuteError = named("ConnectorExecuteError", ConnectorError);
/** @type {typeof Types.ConnectorNotFoundError} */
export const ConnectorNotFoundError = named("ConnectorNotFoundError", ConnectorExecuteError);
/** @type {typeof Types.ConnectorAuthenticationError} */
export const ConnectorAuthenticationError = named("ConnectorAuthenticationError", ConnectorExecuteError);
/** @type {typeof Types.ConnectorUpstreamError} */
export const ConnectorUpstreamError = named("ConnectorUpstreamError", ConnectorExecuteError);
