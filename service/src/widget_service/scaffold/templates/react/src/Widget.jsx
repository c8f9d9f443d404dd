import { useEffect, useState } from "react";

export function Widget({ sdk }) {
  const [{ title }, setProps] = useState(sdk.getProps());
  const [clicks, setClicks] = useState(0);
  useEffect(() => sdk.on("propsChanged", setProps), [sdk]);
  // To call a connector, in an effect:
  // sdk.connectors.execute({ permalink: "my-connector", method: "GET" }).then(setData);
  return (
    <section style={{ color: "var(--color-content-default)", fontFamily: "var(--font-family-sans)" }}>
      <h2>{title}</h2>
      <p>Edit <code>widgets/__TYPE__/src/Widget.jsx</code> while <code>npm run dev</code> runs there.</p>
      <button type="button" onClick={() => setClicks(clicks + 1)}>Clicked {clicks} times</button>
    </section>
  );
}
