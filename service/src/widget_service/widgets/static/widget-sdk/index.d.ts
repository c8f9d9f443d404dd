/*! widget-service-sdk 0.1.0 | Apache-2.0 */

/** A value that JSON can write. */
export type JsonValue = string | number | boolean | null | JsonValue[] | {
    [key: string]: JsonValue;
};
/** The HTTP methods that a connector can have. */
export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";
/** A request body: a JSON object. */
export interface ExecutePayload {
    [key: string]: JsonValue;
}
/** The JSON that a connector answered with. `execute<T>()` gives it a narrower type. */
export interface ExecuteResponse {
    [key: string]: JsonValue;
}
/** A query value. A list is joined by commas; null and undefined are left out. */
export type QueryValue = string | number | boolean | null | undefined | readonly (string | number | boolean | null)[];
/** The settings of a client. */
export interface SDKConfig {
    /** Sent with every request. Default: found on the page, in the element whose id is `csrftoken`. */
    csrfToken?: string | undefined;
    /** Sent with every request, merged into `Accept` and `Content-Type`, which are `application/json`. */
    headers?: Record<string, string> | undefined;
    /** Milliseconds for a whole call, reading the answer included. Default: 30000. */
    timeout?: number | undefined;
    /**
     * The service's origin, to which `/widget-service` is appended; a longer URL is taken as it is.
     * Default: the page's origin; outside a page, the environment variable `WIDGET_SERVICE_URL`.
     */
    baseUrl?: string | undefined;
    /** A user token, for callers of another origin or outside a page. */
    token?: string | undefined;
}
/** What every execution takes. */
export interface ExecuteOptions {
    /** The request body. Sent for POST, PUT and PATCH only. */
    payload?: ExecutePayload | undefined;
    /** Appended to the request URL. */
    queryParams?: Record<string, QueryValue> | undefined;
    /** Headers of this request, over the client's own. */
    headers?: Record<string, string> | undefined;
}
/** What bounds a call. */
export interface CallOptions {
    /** Milliseconds for the whole call, over the client's own. */
    timeout?: number | undefined;
    /** Aborts the call, which then rejects with the signal's reason. */
    signal?: AbortSignal | undefined;
}
interface ConnectorExecution extends ExecuteOptions {
    /** Which connector. */
    permalink: string;
    /** The connector's own method. */
    method: HttpMethod;
    /** Values for the `{{ pathParams.X }}` references of the connector's URL. */
    pathParams?: Record<string, string | number> | undefined;
}
interface CompositeExecution extends ExecuteOptions {
    /** Which composite connector: its permalink or its number. */
    permalink: string | number;
}
/** One execution of a connector. */
export interface ExecuteConnectorOptions extends ConnectorExecution, CallOptions {
}
/** One execution of a composite connector. It is always a POST and takes no path parameters. */
export interface ExecuteCompositeOptions extends CompositeExecution, CallOptions {
}
/** One execution of a batch: of a connector, or with `composite: true` of a composite connector. */
export type BatchExecution = (ConnectorExecution & {
    composite?: false | undefined;
}) | (CompositeExecution & {
    composite: true;
});
/** What became of one execution of a batch. */
export type BatchResult<T = ExecuteResponse> = {
    ok: true;
    value: T;
} | {
    ok: false;
    error: ConnectorError;
};
/** An answer of the destination as it came, whatever its status. */
export interface RawResponse {
    readonly status: number;
    readonly headers: Headers;
    /** The parsed body; `{}` for an empty one. */
    json<T = JsonValue>(): Promise<T>;
    /** The body, read as UTF-8. */
    text(): Promise<string>;
    bytes(): Promise<Uint8Array>;
    /**
     * The body as it arrives, once, and instead of the methods above. From here on `timeout` no longer counts, so that
     * an event stream can stay open: `signal` ends it.
     */
    stream(): ReadableStream<Uint8Array>;
}
/** What `sdk.connectors` offers. Its functions need no `this`. */
export interface Connectors {
    /**
     * Executes a connector.
     *
     * @returns The parsed JSON of its answer; `{}` for a successful answer without content.
     * @throws {ConnectorError} One of its subclasses, by what happened.
     */
    execute<T = ExecuteResponse>(options: ExecuteConnectorOptions): Promise<T>;
    composite: {
        /** Executes a composite connector. Returns and throws what `connectors.execute` does. */
        execute<T = ExecuteResponse>(options: ExecuteCompositeOptions): Promise<T>;
    };
    /** Executes a connector and hands out the destination's answer as it is, also when it is an error. */
    executeRaw(options: ExecuteConnectorOptions): Promise<RawResponse>;
    /**
     * Executes up to 50 connectors in one request.
     *
     * @returns What became of each, in the order given. What befalls the request as a whole is the error of every
     *   execution that has no result yet.
     * @throws {ConnectorBoundaryError} One of the executions is malformed. Nothing was sent.
     */
    executeAll<T = ExecuteResponse>(executions: readonly BatchExecution[], options?: CallOptions): Promise<BatchResult<T>[]>;
    /** Changes settings. Headers merge into the present ones; a faulty setting changes nothing. */
    configure(config: SDKConfig): void;
    /** Merges headers into those sent with every request. */
    updateHeaders(headers: Record<string, string>): void;
    /** Sets the milliseconds for a whole call. */
    setDefaultTimeout(timeout: number): void;
    /** A copy of the headers sent with every request; the CSRF token and the user token are no part of it. */
    getHeaders(): Record<string, string>;
    /** The milliseconds for a whole call. */
    getDefaultTimeout(): number;
    /**
     * The address that calls go to, `/widget-service` included.
     *
     * @throws {ConnectorBoundaryError} There is none.
     */
    getBaseUrl(): string;
}

/** Everything the SDK rejects with, except an abort by the caller. Its message is one line. */
export declare class ConnectorError extends Error {
    constructor(message: string, fields?: {
        permalink?: string | undefined;
        cause?: unknown;
    });
    /** The connector that was called. */
    permalink?: string | undefined;
}
/** The call is malformed. Nothing was sent. */
export declare class ConnectorBoundaryError extends ConnectorError {
    constructor(message: string, fields: {
        reason: string;
        permalink?: string | undefined;
    });
    /** What is wrong, and what would be right. */
    reason: string;
}
/** The service cannot be reached, or the connection to it broke. `cause` is what `fetch` said. */
export declare class ConnectorNetworkError extends ConnectorError {
}
/** No complete answer arrived within `timeout`. */
export declare class ConnectorTimeoutError extends ConnectorError {
    constructor(message: string, fields: {
        timeout: number;
        permalink?: string | undefined;
    });
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
export interface ConnectorExecuteError extends ExecuteErrorFields {
}
/** The service or the destination answered with an error. */
export declare class ConnectorExecuteError extends ConnectorError {
    constructor(message: string, fields: ExecuteErrorFields);
}
/** No connector has this permalink. */
export declare class ConnectorNotFoundError extends ConnectorExecuteError {
}
/** The credentials of the connector do not work. */
export declare class ConnectorAuthenticationError extends ConnectorExecuteError {
}
/** The destination answered with 3xx, 4xx or 5xx, or the service could not reach it. */
export declare class ConnectorUpstreamError extends ConnectorExecuteError {
    constructor(message: string, fields: ExecuteErrorFields & {
        body?: unknown;
    });
    /** The destination's answer, if that is JSON. */
    body?: unknown;
}

/** The class that everything begins with. */
/**
 * A client of Widget Service.
 *
 * @example
 * const sdk = new WidgetServiceSDK();
 * const weather = await sdk.connectors.execute({ permalink: "weather-api", method: "GET" });
 */
export declare class WidgetServiceSDK {
    /**
     * Executes connectors.
     */
    connectors: Connectors;
    /**
     * @throws {ConnectorBoundaryError} A setting is malformed.
     */
    constructor(config?: SDKConfig);
}

export {};
