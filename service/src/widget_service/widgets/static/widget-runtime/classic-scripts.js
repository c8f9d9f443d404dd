// @ts-check
/** Running the classic scripts of a fragment, by copies in their places: `document.currentScript` is null in a shadow tree. */

import { whyBlocked } from "./blocked.js";

/** @typedef {import("./scripts.js").Entry} Entry */
/** @typedef {import("./scripts.js").ScriptRun} ScriptRun */

const TYPES = /^(?:(?:text|application)\/(?:x-)?(?:java|ecma)script|text\/(?:javascript1\.[0-5]|jscript|livescript))?$/i;
const REDECLARED = /has already been declared|redeclaration of|duplicate variable/;
const ADVICE = ". Classic scripts of all widgets of a page share their names: put the code into a function, or make it a module";
const STRICT = /^\s*(["'])use strict\1/;

/** @param {HTMLScriptElement} script */
export function isClassic(script) {
  return TYPES.test(script.type.trim()) && !script.noModule;
}

/**
 * Runs a classic script. One that loads from elsewhere is waited for, unless it is `async`.
 *
 * @param {HTMLScriptElement} script
 * @param {Entry} entry
 * @param {ScriptRun} run
 */
export async function runClassic(script, entry, run) {
  const copy = copyOf(script);
  copy.async = script.hasAttribute("async");
  if (!script.hasAttribute("src")) copy.textContent = placed(script.textContent ?? "", entry);
  const told = attempt(script, copy, entry, run);
  if (!copy.async) await told;
}

/** @param {HTMLScriptElement} script @returns {HTMLScriptElement} One that runs when it is put into a document. */
export function copyOf(script) {
  const copy = document.createElement("script");
  for (const { name, value } of script.attributes) copy.setAttribute(name, value);
  copy.textContent = script.textContent;
  return copy;
}

/**
 * @param {HTMLScriptElement} script
 * @param {HTMLScriptElement} copy
 * @param {Entry} entry
 * @param {ScriptRun} run
 */
async function attempt(script, copy, entry, run) {
  const isExternal = copy.hasAttribute("src");
  let isRedeclared = false;
  const listener = (/** @type {ErrorEvent} */ event) => {
    if (isExternal && event.filename !== copy.src) return;
    const isShared = REDECLARED.test(event.message);
    isRedeclared = entry.isRepeated && isShared;
    if (!isRedeclared) return run.onError(`A script threw: ${event.message}${isShared ? ADVICE : ""}`, event.error);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.addEventListener("error", listener);
  const settled = isExternal ? settling(copy) : true;
  script.replaceWith(copy);
  if (!isExternal) show(script, copy);
  const isLoaded = await settled;
  window.removeEventListener("error", listener);
  if (!isLoaded) run.onError(`The script ${copy.src} could not be loaded.${copy.src ? whyBlocked(copy.src) : ""}`);
  if (isRedeclared) await runInBlock(copy, entry, run);
}

/**
 * What has run looks as it is written: neither its code nor its attributes count any more.
 *
 * @param {HTMLScriptElement} script
 * @param {HTMLScriptElement} copy
 */
function show(script, copy) {
  copy.textContent = script.textContent;
  for (const { name, value } of script.attributes) copy.setAttribute(name, value);
}

/**
 * Runs once more what a reload runs a second time on the same page: what it declares with `const`, `let` and `class` is
 * there already. Nothing of such a script has run; in a block, it can.
 *
 * @param {HTMLScriptElement} script
 * @param {Entry} entry
 * @param {ScriptRun} run
 */
async function runInBlock(script, entry, run) {
  const code = script.src
    ? `${await (await fetch(script.src)).text()}\n//# sourceURL=${script.src}`
    : placed(script.textContent ?? "", entry);
  const copy = copyOf(script);
  copy.removeAttribute("src");
  copy.textContent = `${STRICT.test(code) ? '"use strict"; ' : ""}{${code}\n}`;
  await attempt(script, copy, { ...entry, isRepeated: false }, run);
}

/**
 * The code of an inline script on the lines that it has in the entry, under the entry's name: errors say where it is.
 *
 * @param {string} code
 * @param {Entry} entry
 */
function placed(code, { html, url }) {
  const lines = html.replaceAll("\r\n", "\n");  // as the parser reads them
  const before = lines.slice(0, Math.max(lines.indexOf(code), 0));
  return `${"\n".repeat(before.split("\n").length - 1)}${code}\n//# sourceURL=${url}`;
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
