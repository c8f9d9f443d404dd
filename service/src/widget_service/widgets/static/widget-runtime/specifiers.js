// @ts-check
/** The names that widgets import the browser SDK by. */

const SPECIFIERS = ["@gainsight-customer-hub/widget-service-sdk", "@insided/widget-sdk"];

/** Maps the names that the page does not map itself: its own choice stays. */
export function mapSpecifiers() {
  const unmapped = SPECIFIERS.filter((name) => !isMapped(name));
  if (unmapped.length === 0) return;
  const url = new URL("page-sdk.js", import.meta.url).href;
  const script = document.createElement("script");
  script.type = "importmap";
  script.textContent = JSON.stringify({ imports: Object.fromEntries(unmapped.map((name) => [name, url])) });
  document.head.append(script);
}

/** @param {string} name */
function isMapped(name) {
  try {
    return Boolean(import.meta.resolve(name));
  } catch {
    return false;
  }
}
