/** What errors say: one line that names the permalink, the reason and what is known, and holds no secret. */

/** @import { Subject } from "./answer.js" */

/**
 * @template E
 * @param {new (message: string, fields: any) => E} ErrorClass
 * @param {Subject} subject
 * @param {string} reason
 * @param {object} fields
 * @param {unknown[]} [facts] What is undefined in it is left out.
 */
export function failure(ErrorClass, { permalink, batch, secrets }, reason, fields, facts = []) {
  const known = facts.filter(Boolean).join(", ");
  const message = `connector "${permalink}" failed${batch ? " with its batch" : ""}: ${reason}${known && ` (${known})`}`;
  // Shorter tokens protect nothing, and masking them would garble words.
  const masked = secrets.reduce((text, secret) => (secret[5] ? text.replaceAll(secret, "••••••") : text), message);
  return new ErrorClass(masked, { ...fields, permalink });
}
