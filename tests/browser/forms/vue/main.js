import { createApp } from "vue";
import Trees from "./Trees.vue";

export async function init(sdk) {
  await sdk.whenReady();
  const app = createApp(Trees, { sdk });
  app.mount(sdk.getContainer());
  sdk.on("destroy", () => app.unmount());
}
