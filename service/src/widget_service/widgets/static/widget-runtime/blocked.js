// @ts-check
/** What the page's Content-Security-Policy kept from being loaded, which a failed load does not say itself. */

/** @type {Map<string, string>} Directive by URL. */
const blocked = new Map();

document.addEventListener("securitypolicyviolation", (event) => {
  if (/^https?:/.test(event.blockedURI)) blocked.set(event.blockedURI, event.effectiveDirective);
});

/**
 * @param {string} url
 * @returns {string} A sentence about why `url` was not loaded, or nothing.
 */
export function whyBlocked(url) {
  const { origin, pathname, search } = new URL(url);
  const directive = blocked.get(origin + pathname + search) ?? blocked.get(origin + pathname) ?? blocked.get(origin);
  return directive ? ` The page's Content-Security-Policy refuses it (${directive}): host it with the widget.` : "";
}
