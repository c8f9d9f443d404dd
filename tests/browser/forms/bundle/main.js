import { bootstrap } from "./bootstrap.js";

export async function init(sdk) {
  const { TreesComponent } = await import("./trees.component.js");
  await bootstrap(sdk, TreesComponent);
}
