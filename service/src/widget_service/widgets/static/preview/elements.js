// @ts-check
/** Making elements in one expression; text is always text. */

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} content
 * @returns {HTMLElement}
 */
export function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
  made.append(...content);
  return made;
}
