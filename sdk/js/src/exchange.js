/** One exchange with the service through `fetch`, bounded in time, every way in which it can break told apart. */

import { ConnectorNetworkError, ConnectorTimeoutError } from "./errors.js";
import { failure } from "./messages.js";

/** @import { Subject } from "./answer.js" */
/** @import { Request } from "./request.js" */

/** 23 days: beyond 2³¹ − 1 a timer would end at once. */
const MAX_TIMER_MS = 2e9;

/**
 * Why there is no complete answer: too late after `timeout` milliseconds, or whatever `cause` is. `begun`: a part of
 * the answer was there.
 *
 * @typedef {{ timeout?: number, cause?: unknown, begun?: unknown }} Why
 */

/**
 * @param {Request} request
 * @param {Subject} subject
 * @param {Why} why
 */
export function noAnswer({ url }, subject, { timeout, cause, begun }) {
  const { origin } = new URL(url);
  return timeout
    ? failure(
        ConnectorTimeoutError,
        subject,
        `no complete answer from ${origin} within ${timeout} ms (timeout); raise timeout, or see X-Connector-Timing for what is slow`,
        { timeout },
      )
    : failure(
        ConnectorNetworkError,
        subject,
        begun
          ? `the answer from ${origin} broke off; call again if that is safe`
          : `${origin} cannot be reached; is it running there? check baseUrl and CORS`,
        { cause },
      );
}

/**
 * What came back. Its functions reject as `exchange` does.
 *
 * @typedef {object} Reply
 * @property {number} status
 * @property {Headers} headers
 * @property {() => Promise<Uint8Array>} bytes The whole body.
 * @property {() => Promise<Uint8Array | undefined>} read The next piece of the body; undefined after the last.
 * @property {() => ReadableStream<Uint8Array>} stream The body. From here on only the caller's signal bounds it.
 */

/**
 * @param {Request} request
 * @param {(why: Why) => unknown} toError Makes of it what is thrown.
 * @returns {Promise<Reply>} When the headers of the answer are there.
 * @throws {unknown} What `toError` returned, or the reason of the caller's signal.
 */
export async function exchange({ url, init, timeout, signal }, toError) {
  const controller = new AbortController();
  const ends = controller.signal;
  const onAbort = () => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(toError({ timeout })), Math.min(timeout, MAX_TIMER_MS));
  const untimed = () => clearTimeout(timer);
  const release = () => {
    untimed();
    signal?.removeEventListener("abort", onAbort);
  };
  /**
   * @template T
   * @param {Promise<T>} promise
   */
  const step = (promise) =>
    promise.catch((cause) => {
      release();
      throw ends.aborted ? ends.reason : toError({ cause, begun: response });
    });

  /** @type {Response | undefined} */
  let response;
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  response = await step(fetch(url, { ...init, signal: ends }));
  const { status, headers, body } = response;
  if (!body) release();

  /** @type {ReadableStreamDefaultReader<Uint8Array> | undefined} */
  let reader;
  const read = async () => {
    reader ??= body?.getReader();
    const piece = reader && (await step(reader.read()));
    if (!piece?.value) release();
    return piece?.value;
  };
  return {
    status,
    headers,
    read,
    async bytes() {
      const buffer = await step(response.arrayBuffer());
      release();
      return new Uint8Array(buffer);
    },
    stream() {
      untimed();
      return new ReadableStream({
        async pull(sink) {
          const piece = await read();
          if (piece) sink.enqueue(piece);
          else sink.close();
        },
        cancel() {
          release();
          controller.abort();
        },
      });
    },
  };
}
