// @ts-check
/** The `sdk` object that one widget instance is given. */

import { getDesignTokens } from "./design-tokens.js";

/**
 * Builds the object. Its functions need no `this`, so that widgets may take it apart.
 *
 * @param {object} parts
 * @param {ShadowRoot} parts.root
 * @param {unknown} parts.connectors The page's client.
 * @param {string} parts.version The service's.
 * @param {import("./events.js").Events} parts.events
 * @param {{ get: () => Record<string, unknown>, set: (props: Record<string, unknown>) => void }} parts.props
 */
export function createInstanceSDK({ root, connectors, version, events, props }) {
  const sdk = {
    root,
    shadowRoot: root,
    document,
    version,
    connectors,
    /** The platform's community client, which this service is not. */
    web: undefined,

    getContainer: () => root,
    getProps: () => ({ ...props.get() }),
    /** @param {Record<string, unknown>} changed Merged into the props; none is removed. */
    setProps: (changed) => props.set({ ...props.get(), ...changed }),
    getVersionInfo: () => ({ version, gitSha: "", buildTime: "" }),
    getDesignTokens,
    whenReady: () => Promise.resolve(sdk),

    /** @param {string} selector */
    $: (selector) => root.querySelector(selector),
    /** @param {string} selector */
    $$: (selector) => Array.from(root.querySelectorAll(selector)),

    /** @param {string} name @param {import("./events.js").Listener} listener */
    on: (name, listener) => events.on(name, listener),
    /** @param {string} name @param {import("./events.js").Listener} listener */
    off: (name, listener) => events.off(name, listener),
    /** @param {string} name @param {unknown} [data] */
    emit: (name, data) => events.emit(name, data),
  };
  return sdk;
}
