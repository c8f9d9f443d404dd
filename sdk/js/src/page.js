/** What surrounds the code: a page with its origin and its CSRF token, or an environment. What is missing is empty. */

/** The id of the element that holds the CSRF token. */
const CSRF_ELEMENT_ID = "csrftoken";

/** A page made from a file or from a string has no origin. */
export function pageOrigin() {
  const origin = String(globalThis.location?.origin);
  return origin.startsWith("http") ? origin : "";
}

/** The element's `content` attribute, else its value, else its text; read at each call: a page may render it late. */
export function pageCsrfToken() {
  const element = /** @type {HTMLInputElement | null} */ (globalThis.document?.getElementById(CSRF_ELEMENT_ID));
  const places = [element?.getAttribute("content"), element?.value, element?.textContent];
  return places.map((text) => String(text ?? "").trim()).find(Boolean) ?? "";
}

/** Where the environment says that the service is. */
export function environmentUrl() {
  return /** @type {any} */ (globalThis).process?.env?.WIDGET_SERVICE_URL ?? "";
}
