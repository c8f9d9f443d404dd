/** The package as one classic script: `WidgetServiceSDK` for CommonJS, AMD and the page, the errors as its members. */

import * as errors from "./errors.js";
import { WidgetServiceSDK } from "./sdk.js";

/** @typedef {((dependencies: string[], factory: () => unknown) => void) & { amd?: unknown }} Define */

const { define } = /** @type {{ define?: Define }} */ (globalThis);
const sdk = Object.assign(WidgetServiceSDK, { WidgetServiceSDK }, errors);

if (typeof module === "object" && module.exports) {
  module.exports = sdk;
} else {
  // Widgets look for the global also on a page that has an AMD loader.
  Object.assign(globalThis, { WidgetServiceSDK: sdk });
  if (typeof define === "function" && define.amd) define([], () => sdk);
}
