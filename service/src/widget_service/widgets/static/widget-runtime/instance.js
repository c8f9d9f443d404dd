// @ts-check
/** One life of a widget in an element: from its manifest to `destroy`. */

import { adoptTokens, onDesignTokensChanged } from "./design-tokens.js";
import { Events } from "./events.js";
import { parseFragment } from "./fragment.js";
import { createInstanceSDK } from "./instance-sdk.js";
import { messageOf, runScripts } from "./scripts.js";
import { loadConnectors, loadContent, loadManifest, origin, sourceOf } from "./service.js";

/** @typedef {Record<string, unknown>} Props */

export class WidgetInstance {
  /** Props as they are now. @type {Props} */
  props = {};
  /** @type {Props} */
  #defaults = {};
  /** @type {Props} */
  #config;
  #events = new Events();
  #isBuilt = false;
  #isEnded = false;
  /** @type {() => void} */
  #ignoreTokens = () => {};
  /** Where the HTML comes from, if it depends on the props. @type {string | undefined} */
  #content;
  #html = "";
  #failures = 0;
  /** What it runs. @type {import("./service.js").Source | undefined} */
  source;
  /** Whether a script failed while it was loaded, which is before any `init`. */
  isBroken = false;

  /**
   * @param {object} parts
   * @param {ShadowRoot} parts.root
   * @param {string} parts.type
   * @param {Props} parts.config Wins over the widget's defaults.
   * @param {(message: string, error?: unknown) => void} parts.onError Told of each failure, after the widget itself.
   * @param {() => void} parts.onOutdated Told when the HTML is another one for a new configuration.
   */
  constructor({ root, type, config, onError, onOutdated }) {
    this.root = root;
    this.type = type;
    this.#config = config;
    this.onError = onError;
    this.onOutdated = onOutdated;
  }

  /**
   * Runs the widget. Never rejects: what goes wrong is told to `onError`.
   *
   * @param {{ kept?: Props | undefined, fresh?: boolean, source?: import("./service.js").Source | undefined, isRepeated?: boolean }} [options]
   *   `kept` are props of an earlier life, which win over all others; `isRepeated` says that there was one; `source` is
   *   run instead of what the service has.
   * @returns {Promise<boolean>} Whether all of it went well.
   */
  async start({ kept, fresh = false, source, isRepeated = false } = {}) {
    try {
      const loading = source?.manifest ?? loadManifest(this.type, { fresh });
      const [manifest, connectors] = await Promise.all([loading, loadConnectors()]);
      if (this.#isEnded) return false;
      this.#defaults = manifest.props;
      this.props = { ...this.#defaults, ...this.#config, ...kept };
      this.#content = manifest.content;
      const asked = this.props;
      this.source = source ?? (await sourceOf(manifest, this.props));
      if (this.#isEnded) return false;
      this.#html = this.source.html;
      const entry = { html: this.#html, url: origin + this.source.base + manifest.entry, isRepeated };
      const sdk = this.#build(manifest, connectors);
      if (this.#content && this.props !== asked) this.#compareContent(this.#content);
      await this.#run(sdk, entry);
    } catch (error) {
      if (!this.#isEnded) this.#fail(messageOf(error), error);
    }
    return this.#failures === 0;
  }

  /** The configuration was edited. @param {Props} config */
  configure(config) {
    this.#config = config;
    this.#setProps({ ...this.#defaults, ...config });
    if (this.#content && this.#isBuilt) this.#compareContent(this.#content);
  }

  /** The element was removed. */
  end() {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#ignoreTokens();
    this.#events.emit("destroy");
    this.#events.clear();
  }

  /** HTML that was made for the props has to be made anew for others. @param {string} content */
  async #compareContent(content) {
    const { props } = this;
    try {
      const { html } = await loadContent(content, props);
      if (!this.#isEnded && this.props === props && html !== this.#html) this.onOutdated();
    } catch (error) {
      if (!this.#isEnded) this.#fail(messageOf(error), error);
    }
  }

  /** @param {import("./service.js").Manifest} manifest @param {unknown} connectors */
  #build(manifest, connectors) {
    adoptTokens(this.root);
    const sdk = createInstanceSDK({
      root: this.root,
      connectors,
      version: manifest.service.version,
      events: this.#events,
      props: { get: () => this.props, set: (props) => this.#setProps(props) },
    });
    this.#ignoreTokens = onDesignTokensChanged((tokens) => this.#events.emit("designTokensChanged", tokens));
    this.root.replaceChildren(parseFragment(this.#html));
    this.#isBuilt = true;
    return sdk;
  }

  /**
   * Runs the scripts; each module is initialised as it comes, and nobody waits for a slow one.
   *
   * @param {unknown} sdk
   * @param {import("./scripts.js").Entry} entry
   */
  async #run(sdk, entry) {
    /** @type {Promise<void>[]} */
    const initialising = [];
    const onError = (/** @type {string} */ message, /** @type {unknown} */ error) => this.#fail(message, error);
    await runScripts(this.root, entry, {
      onModule: (module) =>
        initialising.push(initialise(module, sdk).catch((error) => onError(messageOf(error), error))),
      onError: (message, error) => {
        this.isBroken = true;
        onError(message, error);
      },
      isEnded: () => this.#isEnded,
    });
    await Promise.all(initialising);
  }

  /** @param {Props} props */
  #setProps(props) {
    this.props = props;
    if (this.#isBuilt && !this.#isEnded) this.#events.emit("propsChanged", { ...props });
  }

  /** @param {string} message @param {unknown} error */
  #fail(message, error) {
    this.#failures += 1;
    console.error(`[widget ${this.type}] ${message}`, error ?? "");
    this.#events.emit("error", error === undefined ? { message } : { message, error });
    this.onError(message, error);
  }
}

/**
 * Calls what a module exports for that: `init`, else the default export.
 *
 * @param {Record<string, unknown>} module
 * @param {unknown} sdk
 */
async function initialise(module, sdk) {
  const init = [module.init, module.default].find((member) => typeof member === "function");
  if (typeof init === "function") await init(sdk);
}
