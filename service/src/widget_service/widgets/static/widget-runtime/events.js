// @ts-check
/** The events of one widget instance. */

/** @typedef {(data: any) => void} Listener */

export class Events {
  /** @type {Map<string, Set<Listener>>} */
  #listeners = new Map();

  /**
   * @param {string} name
   * @param {Listener} listener
   * @returns {() => void} Unsubscribes.
   */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name)?.add(listener);
    return () => this.off(name, listener);
  }

  /** @param {string} name @param {Listener} listener */
  off(name, listener) {
    this.#listeners.get(name)?.delete(listener);
  }

  /**
   * Calls the listeners; what one of them throws is reported like any script's error and does not keep the others.
   *
   * @param {string} name
   * @param {unknown} [data]
   */
  emit(name, data) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(data);
      } catch (error) {
        reportError(error);
      }
    }
  }

  clear() {
    this.#listeners.clear();
  }
}
