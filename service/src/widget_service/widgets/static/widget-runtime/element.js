// @ts-check
/** The custom element that holds a widget. */

import { WidgetInstance } from "./instance.js";
import { checkModules } from "./module-check.js";
import { messageOf } from "./scripts.js";
import { loadSource } from "./service.js";

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
  #reloads = 0;
  /** What ran well last. @type {import("./service.js").Source | undefined} */
  #good;

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
      this.#good = undefined;
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
   * A widget that runs well goes on where that cannot be loaded; where it fails while it is loaded, the last good version
   * runs again. Either is told by `widget-error`.
   *
   * @returns {Promise<void>}
   */
  async reload() {
    if (!this.#good) return this.#start({ kept: this.#instance?.props, fresh: true });
    this.#reloads += 1;
    const reload = this.#reloads;
    const isCurrent = () => reload === this.#reloads && !!this.#good && !!this.#instance;
    try {
      const source = await loadSource(this.widgetType, this.#instance?.props ?? {});
      await checkModules(source);
      if (isCurrent()) await this.#replace(source);
    } catch (error) {
      if (isCurrent()) this.#tell(messageOf(error), error);
    }
  }

  /** @param {import("./service.js").Source} source Put in the place of what runs, which comes back if it is broken. */
  async #replace(source) {
    const good = this.#good;
    const kept = this.#instance?.props;
    const starting = this.#start({ kept, source });
    const instance = this.#instance;
    await starting;
    if (instance?.isBroken && instance === this.#instance) await this.#start({ kept, source: good });
  }

  /** @param {{ kept?: Record<string, unknown> | undefined, fresh?: boolean, source?: import("./service.js").Source | undefined }} options */
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
    this.#good = instance.source;
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
    this.#tell(message, error);
  }

  /** @param {string} message @param {unknown} error */
  #tell(message, error) {
    const detail = { type: this.widgetType, message, error };
    this.dispatchEvent(new CustomEvent("widget-error", { bubbles: true, detail }));
  }
}
