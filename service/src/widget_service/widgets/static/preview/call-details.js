// @ts-check
/** One call in full: what is wrong and where to mend it, where its time went, what came and what was answered. */

import { element } from "./elements.js";

/** @typedef {[string, string | null]} Pair */

/** @param {any} call What `/live/calls/N` tells. @returns {Node[]} */
export function callDetails(call) {
  const { caller, request, destination, answer } = call;
  return [
    element("h3", {}, element("span", { class: "host-method" }, call.method), call.permalink, element("span", { class: call.status >= 400 ? "host-status is-failed" : "host-status" }, String(call.status))),
    ...(call.error ? [failure(call)] : []),
    timing(call.stages, call.ms),
    ...(call.steps?.length ? [steps(call.steps, call.ms)] : []),
    section("Request of the widget", true, pairs("Query", caller.query), pairs("Path parameters", caller.path_parameters), pairs("User", caller.user ? [["id", caller.user]] : [["id", "anonymous"]]), text("Body", caller.body)),
    ...(request?.url ? [resolved(request, call.curl)] : []),
    ...(destination ? [section(`Answer of the destination: ${destination.status}`, false, pairs("Headers", destination.headers), text("Body", destination.body ?? "", destination.body === null ? "It went to the widget as it came." : ""))] : []),
    section(`Answer to the widget: ${call.status}`, true, text("Body", answer.body), pairs("Headers", answer.headers)),
  ];
}

/** @param {any} call */
function failure({ error, mend }) {
  const box = element("div", { class: "host-mend" }, element("p", {}, error.code ? element("code", {}, error.code) : "", ` ${error.detail}`));
  if (!mend) return box;
  const place = element("code", {}, `${mend.file}:${mend.line}:${mend.column}`);
  if (mend.add) box.append(element("p", {}, "Add to ", element("code", {}, mend.add.file), ":"), element("pre", {}, mend.add.lines.join("\n")));
  box.append(element("p", {}, mend.add ? "It is read in " : "Mend ", place, " ", element("span", {}, mend.path)), element("pre", {}, mend.excerpt));
  return box;
}

/** Steps that run side by side have more time together than the whole: no bar leaves its line. @param {string} name @param {number} from @param {number} share */
function barOf(name, from, share) {
  const bar = element("span", { class: name });
  const left = Math.min(from, 0.99);
  bar.style.marginLeft = `${left * 100}%`;
  bar.style.width = `${Math.min(Math.max(share, 0.005), 1 - left) * 100}%`;
  return bar;
}

/** @param {{ name: string, ms: number }[]} stages @param {number} total_ms */
function timing(stages, total_ms) {
  const span_ms = Math.max(total_ms, 0.01);
  let before_ms = 0;
  const lines = stages.map(({ name, ms }) => {
    const bar = barOf(`host-stage-${name}`, before_ms / span_ms, ms / span_ms);
    before_ms += ms;
    return element("tr", {}, element("th", { scope: "row" }, name), element("td", { class: "host-number" }, `${ms.toFixed(2)} ms`), element("td", { class: "host-stage-bar" }, bar));
  });
  lines.push(element("tr", {}, element("th", { scope: "row" }, "total"), element("td", { class: "host-number" }, `${total_ms.toFixed(1)} ms`), element("td", {})));
  return section("Timing", true, element("table", { class: "host-timing" }, element("tbody", {}, ...lines)));
}

/** @param {any[]} list @param {number} total_ms */
function steps(list, total_ms) {
  const lines = list.map(({ name, state, start_ms = 0, ms = 0, destination }) => {
    const bar = barOf(ms ? "host-stage-external" : "", start_ms / total_ms, ms / total_ms);
    const told = destination ? String(destination.status) : state;
    return element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, told), element("td", { class: "host-number" }, `${ms.toFixed(2)} ms`), element("td", { class: "host-stage-bar" }, bar));
  });
  const requests = list.filter(({ request }) => request?.url).map(({ name, request }) => section(`Request of the step ${name}`, false, ...requestOf(request)));
  return section("Steps", true, element("table", { class: "host-timing" }, element("tbody", {}, ...lines)), ...requests);
}

/** @param {any} request @returns {Node[]} */
function requestOf(request) {
  const told = (/** @type {any[]} */ list) => list.map(({ name, value, from }) => [name, value, from]);
  return [
    element("p", { class: "host-url" }, element("span", { class: "host-method" }, request.method), request.url),
    pairs("Query", told(request.query_parameters)),
    pairs("Headers", told(request.headers)),
    text("Body", request.request_body ?? ""),
  ];
}

/** @param {any} request @param {string | null} curl */
function resolved(request, curl) {
  const copy = element("button", { type: "button", class: "host-quiet" }, "Copy as curl");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(curl ?? "");
    copy.textContent = "Copied";
  });
  return section(
    "Request to the destination, secrets masked",
    true,
    ...requestOf(request),
    ...(curl ? [copy] : []),
  );
}

/** @param {string} title @param {boolean} isOpen @param {...Node} content */
function section(title, isOpen, ...content) {
  const details = /** @type {HTMLDetailsElement} */ (element("details", {}, element("summary", {}, title), ...content));
  details.open = isOpen;
  return details;
}

/** @param {string} title @param {any[][]} list Names, values, and where these come from. */
function pairs(title, list) {
  if (!list?.length) return document.createDocumentFragment();
  const lines = list.map(([name, value, from]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value ?? "", from ? element("span", { class: "host-from" }, from) : "")),
  );
  return element("table", { class: "host-pairs" }, element("caption", {}, title), element("tbody", {}, ...lines));
}

/** @param {string} title @param {string} body @param {string} [instead] */
function text(title, body, instead = "") {
  if (!body) return instead ? element("p", { class: "host-hint" }, instead) : document.createDocumentFragment();
  return element("div", { class: "host-text" }, element("p", { class: "host-caption" }, title), element("pre", { tabindex: "0" }, pretty(body)));
}

/** @param {string} body */
function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
