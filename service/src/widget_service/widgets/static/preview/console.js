// @ts-check
/** The console: the calls of connectors as they happen, one of them in full, and faults on demand. */

import { callDetails } from "./call-details.js";
import { element } from "./elements.js";
import { remember } from "./view.js";

/**
 * @typedef {object} Summary
 * @property {number} number
 * @property {number} at_ms
 * @property {string} permalink
 * @property {string} method
 * @property {number} status
 * @property {number} ms
 * @property {string} source
 * @property {{ code: string, detail: string } | null} error
 * @property {{ name: string, ms: number }[]} stages
 */

const FAULTS = [
  ["", "none"],
  ["slow", "slow (3 s)"],
  ["401", "401 unauthorized"],
  ["429", "429 too many requests"],
  ["500", "500 broken"],
  ["offline", "offline"],
];
const PAUSE_MS = 2000;
const KEPT = 200;

/** @template {HTMLElement} T @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));

const panel = byId("host-console");
const toggle = byId("host-console-toggle");
const body = byId("host-console-body");
const rows = byId("host-calls");
const detail = byId("host-call");
const filter = /** @type {HTMLInputElement} */ (byId("host-console-filter"));
const faultsButton = byId("host-console-faults");
const token = document.getElementById("csrftoken")?.getAttribute("content") ?? "";

/** @type {Summary[]} */
let calls = [];
/** @type {Record<string, string>} */
let faults = {};
/** @type {string[]} */
let connectors = [];
let chosen = 0;
let isAsking = false;
let asksAgain = false;

/** What happened since: one question at a time. */
async function ask() {
  if (isAsking) {
    asksAgain = true;
    return;
  }
  isAsking = true;
  try {
    const answer = await fetch(`/live/calls?after=${calls.at(-1)?.number ?? 0}`);
    const told = await answer.json();
    if (told.calls.length > 0) calls = [...calls, ...told.calls].slice(-KEPT);
    ({ faults, connectors } = told);
    show();
  } catch {
    // The service is away; the page says so elsewhere.
  }
  isAsking = false;
  if (asksAgain) {
    asksAgain = false;
    ask();
  }
}

function show() {
  const text = filter.value.trim().toLowerCase();
  const shown = calls.filter((call) => `${call.permalink} ${call.method} ${call.status}`.toLowerCase().includes(text));
  const failed = calls.filter(({ status }) => status >= 400).length;
  byId("host-console-count").textContent = String(calls.length);
  panel.classList.toggle("has-failures", failed > 0);
  const last = calls.at(-1);
  byId("host-console-last").textContent = last ? `${last.permalink} ${last.status}, ${Math.round(last.ms)} ms${failed ? `; ${failed} failed` : ""}` : "";
  byId("host-calls-none").hidden = shown.length > 0;
  if (!body.hidden) rows.replaceChildren(...withWaterfall(shown).reverse());
  const struck = Object.keys(faults).length;
  faultsButton.textContent = struck ? `Faults (${struck})` : "Faults";
  faultsButton.classList.toggle("is-on", struck > 0);
}

/** Rows with bars: calls that follow each other closely share one scale. @param {Summary[]} shown */
function withWaterfall(shown) {
  /** @type {Summary[][]} */
  const bursts = [];
  let end = -Infinity;
  for (const call of [...shown].sort((one, other) => one.at_ms - other.at_ms)) {
    if (call.at_ms - end > PAUSE_MS) bursts.push([]);
    bursts.at(-1)?.push(call);
    end = Math.max(end, call.at_ms + call.ms);
  }
  return bursts.flatMap((burst) => {
    const from = Math.min(...burst.map(({ at_ms }) => at_ms));
    const to = Math.max(...burst.map(({ at_ms, ms }) => at_ms + ms));
    return burst.map((call) => row(call, from, Math.max(to - from, 1)));
  });
}

/** @param {Summary} call @param {number} from_ms @param {number} span_ms */
function row(call, from_ms, span_ms) {
  const open = element("button", { type: "button", class: "host-call-name", "data-number": String(call.number) }, call.permalink);
  const method = element("span", { class: "host-method" }, call.method);
  const bar = element("span", { class: "host-bar-of-call", title: call.stages.map(({ name, ms }) => `${name} ${ms} ms`).join(", ") });
  bar.style.marginLeft = `${((call.at_ms - from_ms) / span_ms) * 100}%`;
  bar.style.width = `${Math.max((call.ms / span_ms) * 100, 1)}%`;
  const total = call.stages.reduce((sum, { ms }) => sum + ms, 0) || 1;
  for (const { name, ms } of call.stages) {
    const part = element("span", { class: `host-stage-${name}` });
    part.style.width = `${(ms / total) * 100}%`;
    bar.append(part);
  }
  const line = element(
    "tr",
    { class: call.status >= 400 ? "is-failed" : "", "aria-selected": String(call.number === chosen) },
    element("td", {}, method, open),
    element("td", {}, element("span", { class: "host-status" }, String(call.status)), call.error?.code ? element("code", {}, call.error.code) : ""),
    element("td", {}, call.source),
    element("td", { class: "host-number" }, `${call.ms < 10 ? call.ms.toFixed(1) : Math.round(call.ms)} ms`),
    element("td", { class: "host-wide" }, bar),
  );
  line.addEventListener("click", () => choose(call.number));
  return line;
}

/** @param {number} number */
async function choose(number) {
  chosen = number;
  for (const line of rows.querySelectorAll("tr")) {
    line.setAttribute("aria-selected", String(line.querySelector("button")?.dataset.number === String(number)));
  }
  const answer = await fetch(`/live/calls/${number}`);
  if (chosen !== number) return;
  detail.replaceChildren(...(answer.ok ? callDetails(await answer.json()) : [element("p", { class: "host-hint" }, "This call is forgotten.")]));
  detail.scrollTop = 0;
}

/** The arrows go from call to call. */
rows.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = Array.from(rows.querySelectorAll("button"));
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  const next = step ? buttons[at + step] : undefined;
  if (!next) return;
  event.preventDefault();
  next.focus();
  choose(Number(next.dataset.number));
});

function showFaults() {
  chosen = 0;
  faultsButton.setAttribute("aria-expanded", "true");
  const lines = connectors.map((permalink) => {
    const select = /** @type {HTMLSelectElement} */ (element("select", { "aria-label": `Fault of ${permalink}`, autocomplete: "off" }));
    select.append(...FAULTS.map(([value, label]) => new Option(label, value, false, (faults[permalink] ?? "") === value)));
    select.addEventListener("change", () => setFault(permalink, select.value));
    return element("tr", {}, element("th", { scope: "row" }, permalink), element("td", {}, select));
  });
  const none = connectors.length ? "" : element("p", { class: "host-hint" }, "This repository has no connectors.");
  detail.replaceChildren(
    element("h3", {}, "Faults on demand"),
    element("p", { class: "host-hint" }, "A connector fails like this from its next call on, until “none” is chosen or the service ends."),
    element("table", { class: "host-pairs host-faults" }, element("tbody", {}, ...lines)),
    none,
  );
}

/** @param {string} permalink @param {string} fault */
async function setFault(permalink, fault) {
  const url = `/live/faults/${encodeURIComponent(permalink)}?fault=${encodeURIComponent(fault)}`;
  await fetch(url, { method: "PUT", headers: { "X-CSRF-Token": token } });
  await ask();
}

/** @param {boolean} isOpen */
function open(isOpen) {
  toggle.setAttribute("aria-expanded", String(isOpen));
  body.hidden = !isOpen;
  for (const tool of panel.querySelectorAll("header > :not(:first-child)")) {
    /** @type {HTMLElement} */ (tool).hidden = tool.id === "host-console-last" ? isOpen : !isOpen;
  }
  document.body.classList.toggle("has-console", isOpen);
  remember("console", isOpen ? "1" : "");
  show();
}

toggle.addEventListener("click", () => open(body.hidden === true));
filter.addEventListener("input", show);
faultsButton.addEventListener("click", showFaults);
byId("host-console-clear").addEventListener("click", async () => {
  await fetch("/live/calls", { method: "DELETE", headers: { "X-CSRF-Token": token } });
  calls = [];
  detail.replaceChildren(element("p", { class: "host-hint" }, "Choose a call to see its request, answer and timing."));
  show();
});
document.addEventListener("connector-calls", ask);
open(new URLSearchParams(location.search).get("console") === "1");
ask();
