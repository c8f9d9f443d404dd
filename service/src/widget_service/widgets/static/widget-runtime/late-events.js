// @ts-check
/**
 * Events of the page that are past when a widget runs: its scripts may wait for them, as they could in the page itself.
 */

/** @type {Record<string, (times: PerformanceNavigationTiming) => number>} */
const BEGINNINGS = {
  DOMContentLoaded: (times) => times.domContentLoadedEventStart,
  load: (times) => times.loadEventStart,
};

/** @typedef {{ target: EventTarget, listen: EventTarget["addEventListener"], before: EventTarget["addEventListener"] | undefined }} Ear */

let running = 0;
/** @type {Ear[]} */
let ears = [];

/**
 * While `work` is under way, who begins to listen for a past event of the page hears it at once.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function hearingPastEvents(work) {
  running += 1;
  if (running === 1) ears = [document, window].map(open);
  try {
    return await work();
  } finally {
    running -= 1;
    if (running === 0) ears.forEach(close);
  }
}

/** @param {EventTarget} target @returns {Ear} */
function open(target) {
  const before = Object.hasOwn(target, "addEventListener") ? target.addEventListener : undefined;
  /** @type {Ear["listen"]} */
  const listen = (type, listener, options) => {
    if (listener && isPast(target, type)) queueMicrotask(() => call(target, type, listener));
    else (before ?? EventTarget.prototype.addEventListener).call(target, type, listener, options);
  };
  target.addEventListener = listen;
  return { target, listen, before };
}

/** What was there is back, unless a script has put another in its place. @param {Ear} ear */
function close({ target, listen, before }) {
  if (target.addEventListener !== listen) return;
  if (before) target.addEventListener = before;
  else Reflect.deleteProperty(target, "addEventListener");
}

/** @param {EventTarget} target @param {string} type */
function isPast(target, type) {
  const beginning = BEGINNINGS[type];
  const [times] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return Boolean(beginning && times && beginning(times) > 0) && (type !== "load" || target === window);
}

/** @param {EventTarget} target @param {string} type @param {EventListenerOrEventListenerObject} listener */
function call(target, type, listener) {
  const event = new Event(type);
  if (typeof listener === "function") listener.call(target, event);
  else listener.handleEvent(event);
}
