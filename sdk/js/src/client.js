/** What `sdk.connectors` is: the settings of one client, and the calls that it makes with them. */

import { answerError, isFromDestination, readAnswer } from "./answer.js";
import { batchResults } from "./batch.js";
import { prepareBatch, prepareCall } from "./call.js";
import { exchange, noAnswer } from "./exchange.js";
import { unknownNames } from "./names.js";
import { decodeUtf8, rawResponse } from "./raw.js";
import { callerOf, DEFAULT_SETTINGS, mergeSettings } from "./settings.js";
import { headersOf, validTimeout } from "./validation.js";

/** @import { Answer } from "./answer.js" */
/** @import { Reply, Why } from "./exchange.js" */
/** @import { Execution } from "./options.js" */
/** @import { Settings } from "./settings.js" */
/** @import { Connectors } from "./types.ts" */

/**
 * @param {unknown} config
 * @returns {Connectors}
 * @throws {ConnectorBoundaryError} A setting is malformed.
 */
export function createConnectors(config) {
  /** @type {Settings} */
  let settings = DEFAULT_SETTINGS;
  const warn = createWarn();
  const caller = () => callerOf(settings);
  const configure = (/** @type {unknown} */ change) => {
    settings = mergeSettings(settings, change);
    unknownNames(Object(change), Object.keys(settings)).forEach(warn);
  };
  configure(config);

  /**
   * @template T
   * @param {unknown} options
   * @param {boolean} composite
   * @param {(reply: Reply, execution: Execution) => Promise<T>} read
   * @returns {Promise<T>}
   */
  const send = async (options, composite, read) => {
    const { request, execution } = prepareCall(options, composite, caller(), warn);
    return read(await exchange(request, (why) => noAnswer(request, execution, why)), execution);
  };

  return {
    execute: (options) => send(options, false, valueOf),
    composite: { execute: (options) => send(options, true, valueOf) },
    executeRaw: (options) => send(options, false, rawOf),
    executeAll: async (executions, options) => sendBatch(prepareBatch(executions, options, caller(), warn)),
    configure,
    updateHeaders: (headers) => configure({ headers }),
    setDefaultTimeout: (timeout) => configure({ timeout: validTimeout(timeout) }),
    getHeaders: () => headersOf(settings.headers),
    getDefaultTimeout: () => settings.timeout,
    getBaseUrl: () => caller().baseUrl,
  };
}

/**
 * @param {Reply} reply
 * @param {Execution} execution
 */
const valueOf = async (reply, execution) => readAnswer(await answerOf(reply), execution);

/**
 * @param {Reply} reply
 * @param {Execution} execution
 */
async function rawOf(reply, execution) {
  if (isFromDestination(reply)) return rawResponse(reply, execution);
  throw answerError(await answerOf(reply), execution);
}

/** @param {ReturnType<typeof prepareBatch>} prepared */
async function sendBatch({ request, executions }) {
  if (!executions.length) return [];
  const decoder = new TextDecoder();
  let text = "";
  /** @type {Reply | undefined} */
  let reply;
  /** @type {Why | undefined} */
  let why;
  try {
    reply = await exchange(request, (reason) => (why = reason));
    for (let piece; (piece = await reply.read());) text += decoder.decode(piece, { stream: true });
  } catch (failure) {
    if (failure !== why) throw failure;
  }
  return batchResults(executions, why ? undefined : reply, text, (execution) =>
    noAnswer(request, execution, why ?? { begun: true }),
  );
}

/**
 * @param {Reply} reply
 * @returns {Promise<Answer>}
 */
const answerOf = async (reply) => ({ ...reply, text: decodeUtf8(await reply.bytes()) });

/** @returns {(problem: string) => void} Writes each problem to the console once. */
function createWarn() {
  const written = new Set();
  return (problem) => {
    if (!written.has(problem)) console.warn(`Widget Service SDK: ${problem}`);
    written.add(problem);
  };
}
