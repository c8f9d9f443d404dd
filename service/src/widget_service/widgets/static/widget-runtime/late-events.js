// @ts-check
/**
 * Events of the page that are past when a widget runs: its scripts may wait for them, as they could in the page itself.
 */

/** @type {Record<string, (times: PerformanceNavigationTiming) => number>} */
const BEGINNINGS = {
  DOMContentLoaded: (times) => times.domContentLoadedEventStart,
  load: (times) => times.loadEventStart,
};

let running = 0;

/**
 * While `work` is under way, who begins to listen for a past event of the page hears it at once.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function hearingPastEvents(work) {
  running += 1;
  if (running === 1) for (const target of [document, window]) target.addEventListener = listen;
  try {
    return await work();
  } finally {
    running -= 1;
    // The own member goes, and with it that of the prototype is back.
    if (running === 0) for (const target of [document, window]) Reflect.deleteProperty(target, "addEventListener");
  }
}

/** @this {EventTarget | undefined} @param {string} type @param {any} listener @param {any} [options] */
function listen(type, listener, options) {
  const target = this ?? window;
  if (listener && isPast(target, type)) queueMicrotask(() => call(target, type, listener));
  else EventTarget.prototype.addEventListener.call(target, type, listener, options);
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
