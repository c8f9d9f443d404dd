// @ts-check
/** The custom element that holds a widget. */

import { WidgetInstance } from "./instance.js";
import { messageOf } from "./scripts.js";

/** What the platform writes before a widget's type. */
const TYPE_PREFIX = "registry:platform:ootb_widgets:";

/**
 * `<gs-cc-registry-widget data-widget-type="…" data-config="{…}">`.
 *
 * Attributes: `data-widget-type` is the widget's type, with or without the platform's prefix; `data-config` its props
 * as JSON, over the widget's defaults. `data-state` is set: `loading`, `ready` or `failed`.
 *
 * Events, which bubble: `widget-ready`, and `widget-error` with `{type, message, error}`.
 *
 * An element that a script moves keeps its widget. One that stays removed longer ends it (`destroy`), and
 * begins a new life when it is put back.
 */
export class RegistryWidgetElement extends HTMLElement {
  static observedAttributes = ["data-widget-type", "data-config"];

  /** @type {WidgetInstance | undefined} */
  #instance;
  #root = this.attachShadow({ mode: "open" });
  #lives = 0;

  connectedCallback() {
    if (!this.#instance) this.#start({});
  }

  /** A move by `moveBefore` is no end and no beginning; without this method it would be both. */
  connectedMoveCallback() {}

  disconnectedCallback() {
    queueMicrotask(() => {
      if (!this.isConnected) this.#end();
    });
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (!this.#instance || before === value) return;
    if (name === "data-widget-type") {
      this.#start({});
      return;
    }
    const config = this.#config();
    if (config) this.#instance.configure(config);
  }

  /** The widget's type, without the platform's prefix. */
  get widgetType() {
    const value = this.getAttribute("data-widget-type") ?? "";
    return value.startsWith(TYPE_PREFIX) ? value.slice(TYPE_PREFIX.length) : value;
  }

  /**
   * Ends the widget and runs what the service has now, with the props as they are.
   *
   * @returns {Promise<void>}
   */
  reload() {
    return this.#start({ kept: this.#instance?.props, fresh: true });
  }

  /** @param {{ kept?: Record<string, unknown> | undefined, fresh?: boolean }} options */
  async #start(options) {
    this.#end();
    this.#root.replaceChildren();
    this.setAttribute("data-state", "loading");
    const instance = new WidgetInstance({
      root: this.#root,
      type: this.widgetType,
      config: this.#config() ?? {},
      onError: (message, error) => {
        if (this.#instance === instance) this.#fail(message, error);
      },
      onOutdated: () => {
        if (this.#instance === instance) this.#start({});
      },
    });
    this.#instance = instance;
    this.#lives += 1;
    const isWell = await instance.start({ ...options, isRepeated: this.#lives > 1 });
    if (this.#instance !== instance || !isWell || this.getAttribute("data-state") === "failed") return;
    this.setAttribute("data-state", "ready");
    this.dispatchEvent(new CustomEvent("widget-ready", { bubbles: true, detail: { type: this.widgetType } }));
  }

  #end() {
    this.#instance?.end();
    this.#instance = undefined;
  }

  /** @returns {Record<string, unknown> | undefined} Undefined for what is no JSON of props, which fails the widget. */
  #config() {
    const text = this.getAttribute("data-config");
    if (!text) return {};
    try {
      const config = JSON.parse(text);
      if (config && typeof config === "object" && !Array.isArray(config)) return config;
      throw new Error("it is no object");
    } catch (error) {
      this.#fail(`data-config is not the JSON of props: ${messageOf(error)}`, error);
      return undefined;
    }
  }

  /** @param {string} message @param {unknown} error */
  #fail(message, error) {
    this.setAttribute("data-state", "failed");
    const detail = { type: this.widgetType, message, error };
    this.dispatchEvent(new CustomEvent("widget-error", { bubbles: true, detail }));
  }
}
