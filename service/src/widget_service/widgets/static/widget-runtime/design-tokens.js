// @ts-check
/** Design tokens: the custom properties that every widget finds in its shadow root. */

/** Widgets have fallbacks for tokens, so that they run without any. */
const NO_TOKENS = "@layer design-tokens { :host {} }";

/** One sheet, adopted by all shadow roots: it survives a widget that empties its root. */
export const tokenSheet = new CSSStyleSheet();
tokenSheet.replaceSync(await loadTokens().catch(() => NO_TOKENS));

async function loadTokens() {
  const answer = await fetch(new URL("tokens.css", import.meta.url));
  return answer.ok ? answer.text() : NO_TOKENS;
}

/** @type {Set<(tokens: Record<string, string | null>) => void>} */
const listeners = new Set();

/** @returns {CSSStyleDeclaration} */
function declarations() {
  const layer = /** @type {CSSLayerBlockRule} */ (tokenSheet.cssRules[0]);
  return /** @type {CSSStyleRule} */ (layer.cssRules[0]).style;
}

/**
 * A copy of all tokens; their names have no leading `--`.
 *
 * @returns {Record<string, string | null>}
 */
export function getDesignTokens() {
  const style = declarations();
  return Object.fromEntries(Array.from(style, (name) => [name.slice(2), style.getPropertyValue(name).trim() || null]));
}

/**
 * Sets tokens for all widgets of the page, as when its theme is edited.
 *
 * @param {Record<string, string>} tokens Names without leading `--`.
 */
export function setDesignTokens(tokens) {
  for (const [name, value] of Object.entries(tokens)) declarations().setProperty(`--${name}`, value);
  for (const listener of listeners) listener(getDesignTokens());
}

/**
 * Calls `listener` with all tokens when some change.
 *
 * @param {(tokens: Record<string, string | null>) => void} listener
 * @returns {() => void} Ends that.
 */
export function onDesignTokensChanged(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
