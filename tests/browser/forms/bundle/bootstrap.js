/** Renders a component into the element that the page has for it, as an application of a framework does. */
export async function bootstrap(sdk, Component) {
  const component = new Component(sdk.$("app-root"), sdk);
  sdk.on("propsChanged", (props) => component.show(props));
  sdk.on("destroy", () => component.destroy());
  await component.start();
}
