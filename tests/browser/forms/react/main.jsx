import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

function Trees({ sdk }) {
  const [{ title }, setProps] = useState(sdk.getProps());
  const [trees, setTrees] = useState([]);
  const [clicks, setClicks] = useState(0);
  useEffect(() => sdk.on("propsChanged", setProps), [sdk]);
  useEffect(() => {
    sdk.connectors.execute({ permalink: "trees", method: "GET" }).then(setTrees);
    return () => { (window.destroyed ??= []).push(sdk.getProps().title); };
  }, [sdk]);
  return (
    <section>
      <h2 className="title" style={{ color: "var(--config--main-color-brand)" }}>{title}</h2>
      <ul className="trees">{trees.map(({ name }) => <li key={name}>{name}</li>)}</ul>
      <button type="button" onClick={() => setClicks(clicks + 1)}>Clicked {clicks} times</button>
    </section>
  );
}

export async function init(sdk) {
  await sdk.whenReady();
  const mount = document.createElement("div");
  sdk.getContainer().appendChild(mount);
  const root = createRoot(mount);
  root.render(<Trees sdk={sdk} />);
  sdk.on("destroy", () => root.unmount());
}
