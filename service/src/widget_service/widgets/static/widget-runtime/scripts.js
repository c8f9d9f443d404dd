// @ts-check
/**
 * Running the scripts of a fragment: those that came by `innerHTML` do not run by themselves.
 *
 * The order is that of a page: import maps and classic scripts first, one after the other, then modules and deferred
 * scripts.
 */

import { whyBlocked } from "./blocked.js";
import { hearingPastEvents } from "./late-events.js";

/** @typedef {Record<string, unknown>} ModuleExports */

/**
 * @typedef {object} ScriptRun What a run tells.
 * @property {(module: ModuleExports) => void} onModule Called with what each module exports.
 * @property {(message: string, error?: unknown) => void} onError
 * @property {() => boolean} isEnded Whether the widget is gone; no further script runs then.
 */

const CLASSIC_TYPES = /^(?:(?:text|application)\/(?:x-)?(?:java|ecma)script|text\/(?:javascript1\.[0-5]|jscript|livescript))?$/i;

/** Modules are evaluated once a URL: one that stands in the HTML gets a URL of its own for each instance. */
let instances = 0;

/**
 * Runs the scripts of `root`.
 *
 * @param {ShadowRoot} root
 * @param {ScriptRun} run
 */
export function runScripts(root, run) {
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
      else if (isClassic(script)) await runClassic(script, run);
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

/** @param {HTMLScriptElement} script */
function isClassic(script) {
  return CLASSIC_TYPES.test(typeOf(script)) && !script.noModule;
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
    run.onError(`The module ${script.getAttribute("src")} could not be run: ${messageOf(error)}${why}`, error);
  }
}

/**
 * Runs a classic script by putting a copy in its place. `document.currentScript` is null in a shadow tree.
 *
 * @param {HTMLScriptElement} script
 * @param {ScriptRun} run
 */
async function runClassic(script, run) {
  const copy = copyOf(script);
  copy.async = script.hasAttribute("async");
  const thrown = (/** @type {ErrorEvent} */ event) => run.onError(`A script threw: ${event.message}`, event.error);
  const isExternal = script.hasAttribute("src");
  const settled = isExternal ? settling(copy) : Promise.resolve(true);
  const listener = (/** @type {ErrorEvent} */ event) => {
    if (!isExternal || event.filename === copy.src) thrown(event);
  };
  window.addEventListener("error", listener);
  script.replaceWith(copy);
  const told = settled.then((loaded) => {
    window.removeEventListener("error", listener);
    if (!loaded) run.onError(`The script ${copy.src} could not be loaded.${copy.src ? whyBlocked(copy.src) : ""}`);
  });
  if (!copy.async) await told;
}

/** @param {HTMLScriptElement} script @returns {HTMLScriptElement} One that runs when it is put into a document. */
function copyOf(script) {
  const copy = document.createElement("script");
  for (const { name, value } of script.attributes) copy.setAttribute(name, value);
  copy.textContent = script.textContent;
  return copy;
}

/**
 * @param {HTMLScriptElement} script
 * @returns {Promise<boolean>} Whether it was loaded.
 */
function settling(script) {
  return new Promise((resolve) => {
    script.addEventListener("load", () => resolve(true), { once: true });
    script.addEventListener("error", () => resolve(false), { once: true });
  });
}

/** @param {unknown} error @returns {string} */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
