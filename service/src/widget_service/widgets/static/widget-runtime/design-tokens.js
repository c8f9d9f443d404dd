// @ts-check
/** Design tokens: the custom properties that every widget finds in its shadow root. */

import { theme } from "./theme.js";
import { defaults } from "./tokens.js";

/** @typedef {Record<string, string | null>} Tokens Names without leading `--`; null: none, or in changes: the default. */

/** One sheet, adopted by all shadow roots: it survives a widget that empties its root. */
export const tokenSheet = new CSSStyleSheet();

/** @type {Set<(tokens: Tokens) => void>} */
const listeners = new Set();

tokenSheet.replaceSync(defaults);
const ofDefaults = getDesignTokens();
write(theme);

const native = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(ShadowRoot.prototype, "adoptedStyleSheets"));

/**
 * Gives the tokens to a shadow root, for as long as it lives: also when its widget sets stylesheets of its own.
 *
 * @param {ShadowRoot} root
 */
export function adoptTokens(root) {
  Object.defineProperty(root, "adoptedStyleSheets", {
    configurable: true,
    get: () => native.get?.call(root),
    set: (sheets) => native.set?.call(root, [tokenSheet, ...[...sheets].filter((sheet) => sheet !== tokenSheet)]),
  });
  root.adoptedStyleSheets = [];
}

/** @returns {CSSStyleDeclaration} */
function declarations() {
  const layer = /** @type {CSSLayerBlockRule} */ (tokenSheet.cssRules[0]);
  return /** @type {CSSStyleRule} */ (layer.cssRules[0]).style;
}

/** @param {Tokens} tokens */
function write(tokens) {
  for (const [name, value] of Object.entries(tokens)) {
    const property = `--${name.replace(/^--/, "")}`;
    const text = value ?? ofDefaults[property.slice(2)];
    if (text === undefined || text === null) declarations().removeProperty(property);
    else declarations().setProperty(property, text);
  }
}

function tell() {
  for (const listener of [...listeners]) listener(getDesignTokens());
}

/**
 * A copy of all tokens; their names have no leading `--`.
 *
 * @returns {Tokens}
 */
export function getDesignTokens() {
  const style = declarations();
  const names = Array.from(style).filter((name) => name.startsWith("--"));
  return Object.fromEntries(names.map((name) => [name.slice(2), style.getPropertyValue(name).trim() || null]));
}

/**
 * Sets tokens for all widgets of the page, as when its theme is edited; the others stay.
 *
 * @param {Tokens} tokens Names with or without leading `--`; null is the default again.
 */
export function setDesignTokens(tokens) {
  write(tokens);
  tell();
}

/**
 * Sets a whole theme for all widgets of the page: what it does not name has its default again.
 *
 * @param {Tokens} tokens Names with or without leading `--`.
 */
export function setTheme(tokens) {
  tokenSheet.replaceSync(defaults);
  write(tokens);
  tell();
}

/**
 * Calls `listener` with all tokens when some change.
 *
 * @param {(tokens: Tokens) => void} listener
 * @returns {() => void} Ends that.
 */
export function onDesignTokensChanged(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
