/** What is wrong is found by the compiler: each line below its mark is an error. */

import { WidgetServiceSDK } from "widget-service-sdk";

const { connectors } = new WidgetServiceSDK();

export function refused(): void {
  // @ts-expect-error The method is missing.
  void connectors.execute({ permalink: "a" });
  // @ts-expect-error Methods are in upper case.
  void connectors.execute({ permalink: "a", method: "get" });
  // @ts-expect-error It is called payload.
  void connectors.execute({ permalink: "a", method: "POST", body: {} });
  // @ts-expect-error A payload is an object.
  void connectors.execute({ permalink: "a", method: "POST", payload: [1] });
  // @ts-expect-error A function is no JSON.
  void connectors.execute({ permalink: "a", method: "POST", payload: { a: () => {} } });
  // @ts-expect-error A map is no query value.
  void connectors.execute({ permalink: "a", method: "GET", queryParams: { filter: { a: 1 } } });
  // @ts-expect-error A boolean is no path parameter.
  void connectors.execute({ permalink: "a", method: "GET", pathParams: { id: true } });
  // @ts-expect-error A header is a string.
  void connectors.execute({ permalink: "a", method: "GET", headers: { "X-A": 1 } });
  // @ts-expect-error Only a composite has a number.
  void connectors.execute({ permalink: 17, method: "GET" });
  // @ts-expect-error A composite has no method.
  void connectors.composite.execute({ permalink: "a", method: "POST" });
  // @ts-expect-error A composite has no path parameters.
  void connectors.composite.execute({ permalink: "a", pathParams: { id: 1 } });
  // @ts-expect-error The method is missing.
  void connectors.executeAll([{ permalink: "a" }]);
  // @ts-expect-error Time and signal are those of the whole batch.
  void connectors.executeAll([{ permalink: "a", method: "GET", timeout: 5 }]);
  // @ts-expect-error It is called baseUrl.
  new WidgetServiceSDK({ url: "https://widgets.example" });
  // @ts-expect-error Milliseconds are a number.
  connectors.setDefaultTimeout("5");
}
