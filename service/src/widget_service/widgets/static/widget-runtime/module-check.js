// @ts-check
/**
 * Whether the modules of a widget can be loaded and linked, without running any of them.
 *
 * The browser links a whole graph before it runs the first module of it; the first one here throws.
 */

import { whyBlocked } from "./blocked.js";
import { parseFragment } from "./fragment.js";

const NEVER = new URL("never.js", import.meta.url).href;
const MODULE = 'script[type="module" i][src]';
const UNRESOLVED = /resolve module specifier/;

/** One at a time: what the window is told of a failed script does not say which script it was. */
let before = Promise.resolve();

/**
 * Rejects with what is wrong with the first module that cannot be loaded; its stack is the place in the file.
 *
 * @param {import("./service.js").Source} source
 * @returns {Promise<void>}
 */
export function checkModules({ html }) {
  const scripts = /** @type {HTMLScriptElement[]} */ (Array.from(parseFragment(html).querySelectorAll(MODULE)));
  const checking = before.then(async () => {
    for (const script of scripts) {
      const src = script.getAttribute("src") ?? "";
      if (URL.canParse(src, document.baseURI)) await check(new URL(src, document.baseURI).href);
    }
  });
  before = checking.catch(() => {});
  return checking;
}

/** @param {string} url @returns {Promise<void>} */
async function check(url) {
  const script = document.createElement("script");
  script.type = "module";
  script.textContent = `import ${JSON.stringify(NEVER)}; import ${JSON.stringify(url)};`;
  try {
    await outcome(script, url);
  } finally {
    script.remove();
  }
}

/** @param {HTMLScriptElement} script @param {string} url @returns {Promise<void>} */
function outcome(script, url) {
  const done = new AbortController();
  const { signal } = done;
  /** @type {Promise<void>} */
  const settled = new Promise((resolve, reject) => {
    const onError = (/** @type {ErrorEvent} */ event) => {
      const isWell = event.error?.name === "NothingRun" || isUnresolved(event.error);
      if (!isWell && !(event.error instanceof SyntaxError)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (isWell) resolve();
      else reject(placed(event));
    };
    window.addEventListener("error", onError, { signal });
    const isMissing = () => reject(new Error(`The module ${url}, or one that it imports, could not be loaded.${whyBlocked(url)}`));
    script.addEventListener("error", isMissing, { signal });
    // A page that allows no inline scripts cannot be asked.
    script.addEventListener("securitypolicyviolation", () => resolve(), { signal });
    document.head.append(script);
  });
  return settled.finally(() => done.abort());
}

/** A name that leads nowhere yet: the widget may bring an import map. @param {unknown} error */
function isUnresolved(error) {
  return error instanceof TypeError && UNRESOLVED.test(error.message);
}

/** @param {ErrorEvent} event @returns {Error} */
function placed({ error, filename, lineno, colno }) {
  const { pathname } = new URL(filename, location.href);
  const told = new Error(`The module ${pathname} could not be run: ${error.message}`);
  told.stack = `${error.name}: ${error.message}\n    at ${filename}:${lineno}:${colno}`;
  return told;
}
