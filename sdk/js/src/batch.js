/** Reads the answer to a batch: newline-delimited JSON, a line for each execution, in any order. */

import { answerError, isSuccess, notValid, readAnswer } from "./answer.js";
import { decodeUtf8 } from "./raw.js";
import { attempt, mergeHeaders } from "./validation.js";

/** @import { Answer, Head, Subject } from "./answer.js" */
/** @import { ConnectorError } from "./error-types.ts" */
/** @import { BatchResult } from "./types.ts" */

/**
 * @param {Subject[]} subjects One for each execution, in order.
 * @param {Head | undefined} head That of the answer to the batch as a whole; undefined if it did not arrive completely.
 * @param {string} text What arrived of it.
 * @param {(subject: Subject) => ConnectorError} broken For the executions whose result did not arrive.
 * @returns {BatchResult<any>[]}
 */
export function batchResults(subjects, head, text, broken) {
  const results = readLines(text, subjects);
  const toError = (/** @type {Subject} */ subject) => {
    if (head && !isSuccess(head)) return answerError({ ...head, text }, { ...subject, batch: true });
    return head && text.trim() && !results.length ? notValid(head, subject, "a batch") : broken(subject);
  };
  return subjects.map((subject, index) => results[index] ?? { ok: false, error: toError(subject) });
}

/**
 * @param {string} text A line that belongs to no execution is passed over.
 * @param {Subject[]} subjects
 * @returns {BatchResult<any>[]} Each at the index of its execution.
 */
function readLines(text, subjects) {
  /** @type {BatchResult<any>[]} */
  const results = [];
  for (const line of text.split("\n")) {
    attempt(() => {
      const entry = JSON.parse(line);
      const { index, status } = entry;
      const subject = subjects[index];
      if (subject && [index, status].every(Number.isInteger)) results[index] ??= resultOf(entry, subject);
    });
  }
  return results;
}

/**
 * @param {any} entry
 * @param {Subject} subject
 * @returns {BatchResult<any>}
 */
function resultOf(entry, subject) {
  const answer = answerOf(entry, subject);
  try {
    return { ok: true, value: readAnswer(answer, subject) };
  } catch (error) {
    return { ok: false, error: /** @type {ConnectorError} */ (error) };
  }
}

/**
 * @param {any} entry
 * @param {Subject} subject
 * @returns {Answer}
 */
function answerOf({ status, headers, body, body_base64 = "" }, { method }) {
  const empty = /20[45]/.test(status) || method === "HEAD";
  const table = mergeHeaders({}, headers);
  const bytes = () => Uint8Array.from(atob(body_base64), (character) => character.charCodeAt(0));
  return {
    status,
    headers: { get: (name) => table[name]?.[1] },
    text: empty ? "" : (JSON.stringify(body) ?? decodeUtf8(bytes())),
  };
}
