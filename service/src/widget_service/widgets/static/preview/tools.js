// @ts-check
/** The tools of the host page: theme, viewport, locale, page and number of instances, and the configuration form. */

import { getDesignTokens, setDesignTokens } from "/widget-runtime/latest/index.js";
import { darkTokens } from "./dark-tokens.js";
import { showForm } from "./form.js";
import { documents, remember } from "./view.js";

/** What the tokens were that a dark page changes. */
let lightTokens = changedByDark();

function changedByDark() {
  const all = getDesignTokens();
  return Object.fromEntries(Object.keys(darkTokens).map((name) => [name, all[name] ?? null]));
}

/** Shows a theme at once, here and in viewports. @param {string} theme */
function showTheme(theme) {
  for (const page of documents()) {
    page.documentElement.dataset.theme = theme;
    page.dispatchEvent(new CustomEvent("host-theme"));
  }
}

let shown = "light";

/** Each document has its own tokens. */
function applyTokens() {
  const theme = document.documentElement.dataset.theme ?? "light";
  if (theme === shown) return;
  shown = theme;
  setDesignTokens(theme === "dark" ? darkTokens : lightTokens);
}

document.addEventListener("host-theme", applyTokens);
document.addEventListener("host-tokens", () => {  // The theme file was saved: all tokens are its own now.
  shown = "light";
  lightTokens = changedByDark();
  applyTokens();
});
applyTokens();

const tools = /** @type {HTMLFormElement | null} */ (document.querySelector(".host-tools"));
tools?.classList.add("is-automatic");
tools?.addEventListener("change", (event) => {
  const { name, value } = /** @type {HTMLInputElement} */ (event.target);
  if (name !== "theme") return show();
  showTheme(value);
  remember("theme", value === "light" ? "" : value);
});
tools?.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});

/** Loads the page as the tools say, with the props that were set since. */
function show() {
  const url = new URL(location.href);
  const fields = new FormData(/** @type {HTMLFormElement} */ (tools));
  for (const name of ["viewport", "locale", "page", "global", "instances"]) {
    const value = String(fields.get(name) ?? "");
    const isDefault = { locale: "en", page: "homepage", instances: "1" }[name] === value;
    if (value && !isDefault) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  location.assign(url);
}

showForm();
