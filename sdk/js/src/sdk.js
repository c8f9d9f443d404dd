/** The class that everything begins with. */

import { createConnectors } from "./client.js";

/** @import { Connectors, SDKConfig } from "./types.ts" */

/**
 * A client of Widget Service.
 *
 * @example
 * const sdk = new WidgetServiceSDK();
 * const weather = await sdk.connectors.execute({ permalink: "weather-api", method: "GET" });
 */
export class WidgetServiceSDK {
  /**
   * @param {SDKConfig} [config]
   * @throws {ConnectorBoundaryError} A setting is malformed.
   */
  constructor(config) {
    /**
     * Executes connectors.
     *
     * @readonly
     * @type {Connectors}
     */
    this.connectors = createConnectors(config);
  }
}
