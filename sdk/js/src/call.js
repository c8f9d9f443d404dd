/** Prepares calls: what is sent, what bounds it, and what an error speaks of. When it throws, nothing has been sent. */

import { unknownNames } from "./names.js";
import { BOUNDS, naming, readExecution } from "./options.js";
import { batchRequest, executionRequest } from "./request.js";
import { must, validMap } from "./validation.js";

/** @import { Execution } from "./options.js" */
/** @import { Request } from "./request.js" */
/** @import { Caller } from "./settings.js" */
/** @import { Warn } from "./validation.js" */

const MAX_EXECUTIONS = 50;

/**
 * @param {any} options
 * @param {boolean} composite
 * @param {Caller} caller
 * @param {Warn} warn
 * @returns {{ request: Request, execution: Execution }}
 */
export function prepareCall(options, composite, caller, warn) {
  return naming(options, "connector", warn, (warnOfCall) => {
    const execution = readExecution(options, composite ? BOUNDS : ["method", ...BOUNDS], composite, caller, warnOfCall);
    return { request: executionRequest(execution, caller, options), execution };
  });
}

/**
 * @param {any} list
 * @param {unknown} options
 * @param {Caller} caller
 * @param {Warn} warn
 * @returns {{ request: Request, executions: Execution[] }}
 */
export function prepareBatch(list, options, caller, warn) {
  must(Array.isArray(list) && list.length <= MAX_EXECUTIONS, "executions", `a list of at most ${MAX_EXECUTIONS}`);
  const bounds = validMap("options", options);
  unknownNames(bounds, BOUNDS).forEach(warn);
  const executions = list.map((/** @type {any} */ item, /** @type {number} */ index) =>
    naming(item, `executions[${index}]: connector`, warn, (warnOfItem) =>
      readExecution(item, ["method", "composite"], item?.composite === true, caller, warnOfItem),
    ),
  );
  return { request: batchRequest(executions, caller, bounds), executions };
}
