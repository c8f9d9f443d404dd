import { createRoot } from "react-dom/client";
import { Widget } from "./Widget.jsx";

/** Called once for each instance of the widget on a page. */
export async function init(sdk) {
  await sdk.whenReady();
  const root = createRoot(sdk.$("#root"));
  root.render(<Widget sdk={sdk} />);
  sdk.on("destroy", () => root.unmount());
}
