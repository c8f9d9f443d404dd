/** The answer of a destination as `executeRaw` hands it out. */

import { readJson } from "./answer.js";

/** @import { Subject } from "./answer.js" */
/** @import { Reply } from "./exchange.js" */
/** @import { RawResponse } from "./types.ts" */

/**
 * @param {Reply} reply
 * @param {Subject} subject
 * @returns {RawResponse}
 */
export function rawResponse({ status, headers, bytes, stream }, subject) {
  /** @type {Promise<Uint8Array> | undefined} */
  let body;
  const hold = () => (body ??= bytes());
  const text = async () => decodeUtf8(await hold());
  return {
    status,
    headers,
    text,
    bytes: hold,
    json: async () => readJson({ status, headers, text: await text() }, subject),
    stream,
  };
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} Whatever the content type says; a byte order mark is skipped.
 */
export const decodeUtf8 = (bytes) => new TextDecoder().decode(bytes);
