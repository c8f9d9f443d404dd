import "./style.css";
import { element } from "./element.js";

/** @param {any} sdk */
export default async function trees(sdk) {
  const title = element("h2", "title");
  const list = element("ul", "trees");
  const button = element("button", "", "Clicked 0 times");
  sdk.$("#app").append(title, list, button);

  const show = (props) => { title.textContent = props.title; };
  show(sdk.getProps());
  const ignore = sdk.on("propsChanged", show);

  let clicks = 0;
  button.onclick = () => { button.textContent = `Clicked ${++clicks} times`; };
  sdk.on("destroy", () => {
    ignore();
    (window.destroyed ??= []).push(sdk.getProps().title);
  });

  const found = await sdk.connectors.execute({ permalink: "trees", method: "GET" });
  list.append(...found.map(({ name }) => element("li", "", name)));
}
