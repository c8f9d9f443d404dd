// @ts-check
/**
 * Running the scripts of a fragment: those that came by `innerHTML` do not run by themselves.
 *
 * The order is that of a page: import maps and classic scripts first, one after the other, then modules and deferred
 * scripts.
 */

import { whyBlocked } from "./blocked.js";
import { copyOf, isClassic, runClassic } from "./classic-scripts.js";
import { hearingPastEvents } from "./late-events.js";

/** @typedef {Record<string, unknown>} ModuleExports */

/**
 * @typedef {object} ScriptRun What a run tells.
 * @property {(module: ModuleExports) => void} onModule Called with what each module exports.
 * @property {(message: string, error?: unknown) => void} onError
 * @property {() => boolean} isEnded Whether the widget is gone; no further script runs then.
 */

/**
 * @typedef {object} Entry What the scripts stand in.
 * @property {string} html With the lines of the file that it comes from.
 * @property {string} url That of the file.
 * @property {boolean} isRepeated Whether the page has run an earlier version of it in the same place.
 */

/** Modules are evaluated once a URL: one that stands in the HTML gets a URL of its own for each instance. */
let instances = 0;

/**
 * Runs the scripts of `root`.
 *
 * @param {ShadowRoot} root
 * @param {Entry} entry
 * @param {ScriptRun} run
 */
export function runScripts(root, entry, run) {
  const scripts = Array.from(root.querySelectorAll("script"));
  const isDeferred = (/** @type {HTMLScriptElement} */ script) => isModule(script) || (script.defer && !!script.getAttribute("src"));
  const inOrder = [...scripts.filter((script) => !isDeferred(script)), ...scripts.filter(isDeferred)];
  instances += 1;
  const instance = instances;
  return hearingPastEvents(async () => {
    for (const script of inOrder) {
      if (run.isEnded()) return;
      if (isModule(script)) await runModule(script, instance, run);
      else if (typeOf(script) === "importmap") script.replaceWith(copyOf(script));
      else if (isClassic(script)) await runClassic(script, entry, run);
    }
  });
}

/** @param {HTMLScriptElement} script */
function typeOf(script) {
  return script.type.trim().toLowerCase();
}

/** @param {HTMLScriptElement} script */
function isModule(script) {
  return typeOf(script) === "module";
}

/** @param {HTMLScriptElement} script @param {number} instance @param {ScriptRun} run */
async function runModule(script, instance, run) {
  try {
    const url = new URL(script.src);
    if (script.hasAttribute("data-inline-module")) url.searchParams.set("instance", String(instance));
    const exports = await import(url.href);
    if (!run.isEnded()) run.onModule(exports);
  } catch (error) {
    const why = script.src ? whyBlocked(script.src) : "";
    run.onError(`The module ${script.getAttribute("src")} could not be run: ${messageOf(error)}${why}${adviceOn(error)}`, error);
  }
}

/** @param {unknown} error @returns {string} What to do about a bare name that leads nowhere, or nothing. */
function adviceOn(error) {
  const [, name] = /resolve module specifier ["']([^"']+)["']/.exec(messageOf(error)) ?? [];
  return name && !/^[./]/.test(name) ? ` Say where "${name}" leads: in "importMaps" of the registry, or by bundling it.` : "";
}

/** @param {unknown} error @returns {string} */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
