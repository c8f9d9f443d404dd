// @ts-check
/** The HTML of a widget as nodes, as a browser that runs scripts would have read it into a shadow root. */

/**
 * @param {string} html
 * @returns {DocumentFragment} Its scripts do not run by themselves.
 */
export function parseFragment(html) {
  const template = document.createElement("template");
  if (template.setHTMLUnsafe) template.setHTMLUnsafe(html);  // Unlike `innerHTML` it reads declarative shadow roots.
  else template.innerHTML = html;
  // Where scripts run, what stands in a noscript is text.
  for (const noscript of template.content.querySelectorAll("noscript")) noscript.textContent = noscript.innerHTML;
  return template.content;
}
