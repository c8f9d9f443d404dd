import { createApp } from "vue";
import Widget from "./Widget.vue";

/** Called once for each instance of the widget on a page. */
export async function init(sdk) {
  await sdk.whenReady();
  const app = createApp(Widget, { sdk });
  app.mount(sdk.$("#root"));
  sdk.on("destroy", () => app.unmount());
}
