// @ts-check
/** The host page: shows what goes wrong in a widget, runs saved widgets anew, switches the user. */

/** @typedef {HTMLElement & { reload(): Promise<void> }} WidgetElement */

import { showSource } from "./failure-source.js";

const NAME = "gs-cc-registry-widget";

/** @template {Element} T @param {string} selector @param {ParentNode} [within] @returns {T[]} */
const all = (selector, within = document) => /** @type {T[]} */ (Array.from(within.querySelectorAll(selector)));

/** @param {Element} card @param {string} message @param {unknown} error */
function showFailure(card, message, error) {
  const failure = /** @type {HTMLElement} */ (card.querySelector(".host-failure"));
  const stack = error instanceof Error ? error.stack : undefined;
  all("p", failure)[0]?.replaceChildren(message);
  all("details pre", failure)[0]?.replaceChildren(stack ?? "");
  showSource(/** @type {HTMLElement} */ (failure.querySelector(".host-source")), stack ?? "");
  const details = /** @type {HTMLDetailsElement} */ (failure.querySelector("details"));
  details.hidden = !stack;
  failure.hidden = false;
}

/** @param {Element} place */
function hideFailure(place) {
  for (const failure of /** @type {HTMLElement[]} */ (all(".host-failure", place))) failure.hidden = true;
}

/** @param {Element} place A card, or a widget that a script put elsewhere on the page. */
async function reload(place) {
  hideFailure(place);
  const elements = place.matches(NAME) ? [place] : all(NAME, place);
  await Promise.all(elements.map((element) => /** @type {WidgetElement} */ (element).reload()));
}

/** Errors that widgets have told themselves. @type {WeakSet<object>} */
const told = new WeakSet();

/** Errors outside of a widget's start are told by the files that they come from. @param {string} trace @param {unknown} error */
function blame(trace, error) {
  if (error instanceof Error && told.has(error)) return;
  for (const [, segment] of trace.matchAll(/\/widgets\/([^/]+)\//g)) {
    for (const card of all(`[data-segment="${CSS.escape(segment ?? "")}"]`)) {
      showFailure(card, error instanceof Error ? error.message : String(error), error);
    }
  }
}

document.addEventListener("widget-error", (event) => {
  const { message, error } = /** @type {CustomEvent} */ (event).detail;
  const card = /** @type {Element} */ (event.target).closest(".host-card");
  if (error instanceof Error) told.add(error);
  if (card) showFailure(card, message, error);
});
window.addEventListener("error", (event) => {
  // The runtime runs anew what only fails because an earlier version ran: its listener comes after this one.
  setTimeout(() => {
    if (!event.defaultPrevented) blame(`${event.filename} ${event.error?.stack ?? ""}`, event.error ?? event.message);
  });
});
window.addEventListener("unhandledrejection", (event) => blame(event.reason?.stack ?? "", event.reason));

for (const button of /** @type {HTMLButtonElement[]} */ (all(".host-reload"))) {
  const card = button.closest(".host-card");
  button.hidden = !card?.querySelector(NAME);
  button.addEventListener("click", () => card && reload(card));
}

const form = /** @type {HTMLFormElement | null} */ (document.querySelector(".host-switch"));
form?.classList.add("is-automatic");
form?.addEventListener("change", () => form.requestSubmit());

/** The way to the problems is offered where they are out of sight. */
const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting } of entries) document.body.classList.toggle("sees-problems", isIntersecting);
});

function watchProblems() {
  sight.disconnect();
  for (const problems of all("#problems")) sight.observe(problems);
}

watchProblems();

/** What the page says of problems, as it is now: their list, the notices of the widgets, the marks in the index. */
async function refreshProblems() {
  const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const then of all("[data-refreshed]", page)) {
    const name = CSS.escape(then.getAttribute("data-refreshed") ?? "");
    document.querySelector(`[data-refreshed="${name}"]`)?.replaceWith(then);
  }
  watchProblems();
}

/** @param {Record<string, string>} tokens */
async function showTheme(tokens) {
  const { setTheme } = await import(new URL("../../widget-runtime/latest/index.js", import.meta.url).href);
  setTheme(tokens);
  document.dispatchEvent(new CustomEvent("host-tokens"));
}

/** @type {Record<string, (data: any) => unknown>} */
const changes = {
  theme: showTheme,
  page: () => location.reload(),
  problems: refreshProblems,
  calls: () => document.dispatchEvent(new CustomEvent("connector-calls")),
  widget: (type) =>
    all(NAME)
      .filter((element) => /** @type {any} */ (element).widgetType === type)
      .map((element) => reload(element.closest(".host-card") ?? element)),
};

const live = /** @type {HTMLElement | null} */ (document.querySelector(".host-live"));
let position = document.querySelector('meta[name="change-feed"]')?.getAttribute("content") ?? "";
/** @type {EventSource | undefined} */
let feed;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

/** @param {string} state @param {number} [delay_ms] */
function showLive(state, delay_ms = 0) {
  clearTimeout(silence);
  silence = setTimeout(() => live && (live.dataset.live = state), delay_ms);
}

function listen() {
  feed = new EventSource(`/live/events?after=${encodeURIComponent(position)}`);
  for (const [name, react] of Object.entries(changes)) {
    feed.addEventListener(name, (event) => {
      position = event.lastEventId;
      react(JSON.parse(event.data));
    });
  }
  feed.addEventListener("open", () => showLive("open"));
  // The service ends each stream after a while; only a longer silence is worth a word.
  feed.addEventListener("error", () => showLive("closed", 3000));
}

// A browser has few connections for one server: a tab that nobody sees needs none, and catches up when it is seen.
function listenWhenSeen() {
  feed?.close();
  if (document.hidden) showLive("connecting");
  else listen();
}

// A change that is told before the widgets are elements would find none of them.
customElements.whenDefined(NAME).then(() => {
  document.addEventListener("visibilitychange", listenWhenSeen);
  listenWhenSeen();
});
