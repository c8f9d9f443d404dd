/** What is right passes the compiler in strict mode, with every public name; nothing in here runs. */

import {
  ConnectorAuthenticationError,
  ConnectorBoundaryError,
  ConnectorError,
  ConnectorExecuteError,
  ConnectorNetworkError,
  ConnectorNotFoundError,
  ConnectorTimeoutError,
  ConnectorUpstreamError,
  WidgetServiceSDK,
} from "widget-service-sdk";
import type {
  BatchExecution,
  BatchResult,
  CallOptions,
  Connectors,
  ExecuteCompositeOptions,
  ExecuteConnectorOptions,
  ExecuteErrorFields,
  ExecuteOptions,
  ExecutePayload,
  ExecuteResponse,
  HttpMethod,
  JsonValue,
  QueryValue,
  RawResponse,
  SDKConfig,
} from "widget-service-sdk";

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

const config: SDKConfig = {
  csrfToken: "c",
  headers: { "X-A": "1" },
  timeout: 5000,
  baseUrl: "https://widgets.example",
  token: "t",
};
const sdk = new WidgetServiceSDK(config);
const alone = new WidgetServiceSDK();
const connectors: Connectors = alone.connectors;

const method: HttpMethod = "POST";
const payload: ExecutePayload = { name: "Monstera", size: null, tags: ["a", 1, true], deep: { a: { b: [] } } };
const options: ExecuteConnectorOptions = {
  permalink: "create-plant",
  method,
  payload,
  headers: { "X-Request-Id": "abc-123" },
  queryParams: { q: "x", n: 1, yes: true, none: null, no: undefined, ids: [1, "a", null] },
  pathParams: { shelf: 7, row: "b" },
  timeout: 100,
  signal: new AbortController().signal,
};
const composite: ExecuteCompositeOptions = { permalink: 17, payload };
const both: ExecuteOptions = options;
const bounds: CallOptions = { timeout: 5, signal: AbortSignal.timeout(5) };
const query: QueryValue = ["a", 1];

interface Weather {
  temp: number;
}

export async function usage(): Promise<void> {
  const value = await sdk.connectors.execute(options);
  same<typeof value, ExecuteResponse>(true);
  const json: JsonValue | undefined = value["temp"];
  const weather = await connectors.execute<Weather>({
    permalink: "weather-api",
    method: "GET",
    queryParams: { query },
  });
  same<typeof weather, Weather>(true);
  const list = await connectors.execute<JsonValue[]>({ permalink: "weather-api", method: "GET" });
  const report = await connectors.composite.execute(composite);
  same<typeof report, ExecuteResponse>(true);

  const raw: RawResponse = await connectors.executeRaw({ permalink: "export", method: "HEAD" });
  const { status, headers }: { status: number; headers: Headers } = raw;
  const parsed = await raw.json<Weather>();
  const pieces: ReadableStream<Uint8Array> = raw.stream();
  const bytes: Uint8Array = await raw.bytes();
  const text: string = await raw.text();

  const executions: readonly BatchExecution[] = [
    { permalink: "a", method: "GET" },
    { permalink: "b", method: "POST", payload, composite: false },
    { permalink: 17, composite: true },
  ];
  const results: BatchResult<Weather>[] = await connectors.executeAll<Weather>(executions, bounds);
  for (const result of results) {
    if (result.ok) same<typeof result.value, Weather>(true);
    else same<typeof result.error, ConnectorError>(true);
  }

  connectors.configure({ timeout: 1 });
  connectors.updateHeaders({ "X-A": "1" });
  connectors.setDefaultTimeout(1);
  const known: [Record<string, string>, number, string] = [
    connectors.getHeaders(),
    connectors.getDefaultTimeout(),
    connectors.getBaseUrl(),
  ];
  void [both, json, list, status, headers, parsed, pieces, bytes, text, known];
}

export function errors(error: unknown): unknown {
  if (error instanceof ConnectorBoundaryError) return same<typeof error.reason, string>(true);
  if (error instanceof ConnectorNetworkError) return error.cause;
  if (error instanceof ConnectorTimeoutError) return same<typeof error.timeout, number>(true);
  if (error instanceof ConnectorUpstreamError) return [error.body, error.status];
  if (error instanceof ConnectorNotFoundError || error instanceof ConnectorAuthenticationError) return error.requestId;
  if (error instanceof ConnectorExecuteError) {
    const fields: ExecuteErrorFields = error;
    same<typeof error.status, number>(true);
    return [fields, error.code, error.detail, error.scope, error.params, error.reason, error.failureScope];
  }
  if (error instanceof ConnectorError) return [error.permalink, error.message, error.stack];
  return new ConnectorBoundaryError("no", { reason: "no", permalink: "a" });
}
