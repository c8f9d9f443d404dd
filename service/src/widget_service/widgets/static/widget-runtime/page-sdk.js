/** The browser SDK for any page: its calls go to the service that the runtime was loaded from. */

import { WidgetServiceSDK as SDK } from "../../widget-sdk/latest/index.js";

export * from "../../widget-sdk/latest/index.js";

/** On a page of another origin `new WidgetServiceSDK()` calls the service, not that origin. */
export class WidgetServiceSDK extends SDK {
  constructor(config) {
    super({ baseUrl: new URL(import.meta.url).origin, ...config });
  }
}
