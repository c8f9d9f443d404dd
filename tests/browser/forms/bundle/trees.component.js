import leaf from "./media/leaf.svg";

export class TreesComponent {
  #clicks = 0;

  constructor(host, sdk) {
    this.host = host;
    this.sdk = sdk;
  }

  async start() {
    this.host.innerHTML = `<img alt="A leaf" src="${new URL(leaf, import.meta.url)}">
      <h2 class="title"></h2><ul class="trees"></ul><button type="button">Clicked 0 times</button>`;
    const button = this.host.querySelector("button");
    button.addEventListener("click", () => { button.textContent = `Clicked ${++this.#clicks} times`; });
    this.show(this.sdk.getProps());
    for (const { name } of await this.sdk.connectors.execute({ permalink: "trees", method: "GET" })) {
      this.host.querySelector(".trees").append(Object.assign(document.createElement("li"), { textContent: name }));
    }
  }

  show({ title }) {
    this.host.querySelector(".title").textContent = title;
  }

  destroy() {
    this.host.replaceChildren();
    (window.destroyed ??= []).push(this.sdk.getProps().title);
  }
}
