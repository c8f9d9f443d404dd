// @ts-check
/** How the page is looked at stands in its URL: a reload and a link keep it. */

/** The documents that hold widgets: the page itself, and those in viewports. */
export function documents() {
  const frames = Array.from(document.querySelectorAll("iframe.host-frame"), (frame) => /** @type {HTMLIFrameElement} */ (frame));
  return [document, ...frames.flatMap((frame) => frame.contentDocument ?? [])];
}

/**
 * Writes a member of the query into the URLs, without loading anything.
 *
 * @param {string} name
 * @param {string} value Nothing: the member is removed.
 */
export function remember(name, value) {
  for (const { defaultView: view } of documents()) {
    if (!view || view.location.protocol === "about:") continue;
    const url = new URL(view.location.href);
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
    view.history.replaceState(view.history.state, "", url);
  }
  const back = /** @type {HTMLInputElement | null} */ (document.querySelector(".host-switch [name=return_to]"));
  if (back) back.value = location.pathname + location.search;
}
