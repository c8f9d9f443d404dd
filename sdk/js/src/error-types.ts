/** What the errors of the SDK carry. The classes themselves are made in errors.js. */

/** Everything the SDK rejects with, except an abort by the caller. Its message is one line. */
export declare class ConnectorError extends Error {
  constructor(message: string, fields?: { permalink?: string | undefined; cause?: unknown });
  /** The connector that was called. */
  permalink?: string | undefined;
}

/** The call is malformed. Nothing was sent. */
export declare class ConnectorBoundaryError extends ConnectorError {
  constructor(message: string, fields: { reason: string; permalink?: string | undefined });
  /** What is wrong, and what would be right. */
  reason: string;
}

/** The service cannot be reached, or the connection to it broke. `cause` is what `fetch` said. */
export declare class ConnectorNetworkError extends ConnectorError {}

/** No complete answer arrived within `timeout`. */
export declare class ConnectorTimeoutError extends ConnectorError {
  constructor(message: string, fields: { timeout: number; permalink?: string | undefined });
  /** The milliseconds that were given. */
  timeout: number;
}

/** What an error answer says. */
export interface ExecuteErrorFields {
  /** The HTTP status of the answer. */
  status: number;
  /** The connector that was called. */
  permalink?: string | undefined;
  /** The service's error code, such as `TEMPLATE_ERROR`. */
  code?: string | undefined;
  /** A sentence on what is wrong. */
  detail?: string | undefined;
  /** Where it went wrong, such as `Configuration (template rendering)`. */
  scope?: string | undefined;
  /** What the error is about, such as the names of path parameters. */
  params?: unknown;
  /** The id by which the service's log knows the call. */
  requestId?: string | undefined;
  /** What `detail` is in the older shape of the protocol. */
  reason?: string | undefined;
  /** What `scope` is in the older shape of the protocol. */
  failureScope?: string | undefined;
}

export interface ConnectorExecuteError extends ExecuteErrorFields {}

/** The service or the destination answered with an error. */
export declare class ConnectorExecuteError extends ConnectorError {
  constructor(message: string, fields: ExecuteErrorFields);
}

/** No connector has this permalink. */
export declare class ConnectorNotFoundError extends ConnectorExecuteError {}

/** The credentials of the connector do not work. */
export declare class ConnectorAuthenticationError extends ConnectorExecuteError {}

/** The destination answered with 3xx, 4xx or 5xx, or the service could not reach it. */
export declare class ConnectorUpstreamError extends ConnectorExecuteError {
  constructor(message: string, fields: ExecuteErrorFields & { body?: unknown });
  /** The destination's answer, if that is JSON. */
  body?: unknown;
}
