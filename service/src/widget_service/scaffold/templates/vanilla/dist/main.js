/** Called once for each instance of the widget on a page. */
export async function init(sdk) {
  await sdk.whenReady();
  const heading = sdk.$("h2");
  const button = sdk.$("button");
  let clicks = 0;

  const show = ({ title }) => {
    heading.textContent = title;
  };
  show(sdk.getProps());
  sdk.on("propsChanged", show);

  const count = () => {
    clicks += 1;
    button.textContent = `Clicked ${clicks} times`;
  };
  button.addEventListener("click", count);

  // To call a connector:
  // const data = await sdk.connectors.execute({ permalink: "my-connector", method: "GET" });

  sdk.on("destroy", () => button.removeEventListener("click", count));
}
