/** The field for a plant's name and the suggestions below it: a combobox whose list is always in view. */

import { illustrate } from "./words.js";

const TYPING_PAUSE_MS = 200;

export class PlantPicker {
  #sdk;
  #signal;
  #onPlant;
  #input;
  #list;
  #plants = [];
  #active = -1;
  #asking;
  #typing;

  /**
   * @param {object} sdk
   * @param {{ signal: AbortSignal, onPlant: (plant: object | undefined) => void }} options `onPlant` is told of the
   *   plant whose name stands in the field, or that there is none.
   */
  constructor(sdk, { signal, onPlant }) {
    this.#sdk = sdk;
    this.#signal = signal;
    this.#onPlant = onPlant;
    this.#input = sdk.$("#name");
    this.#list = sdk.$("#suggestions");
  }

  /** Listens, and suggests what is most popular. */
  start() {
    const signal = this.#signal;
    signal.addEventListener("abort", () => this.#stop());
    this.#input.addEventListener("input", () => this.#searchSoon(), { signal });
    this.#input.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    this.#input.addEventListener("blur", () => this.#activate(-1), { signal });
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault(), { signal }); // the field keeps the focus
    this.#list.addEventListener("click", ({ target }) => this.#choose(this.#indexOf(target)), { signal });
    this.#load("");
  }

  /** Puts a text into the field and asks at once. */
  search(text) {
    this.#input.value = text;
    this.#load(text);
  }

  #stop() {
    clearTimeout(this.#typing);
    this.#asking?.abort();
  }

  #searchSoon() {
    this.#mark();
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#load(this.#input.value), TYPING_PAUSE_MS);
  }

  async #load(q) {
    this.#stop();
    const { signal } = (this.#asking = new AbortController());
    const queryParams = { q: q.trim() };
    try {
      this.#show(await this.#sdk.connectors.execute({ permalink: "plant-names", method: "GET", queryParams, signal }));
    } catch (error) {
      if (signal.aborted) return;
      console.error(error);
      this.#show([], "Suggestions are not available now. Type the plant’s whole name.");
    }
  }

  #show(plants, words = "No plant is called like that.") {
    this.#plants = plants;
    this.#active = -1;
    this.#list.replaceChildren(...plants.map(optionElement));
    this.#list.hidden = plants.length === 0;
    this.#input.setAttribute("aria-expanded", String(plants.length > 0));
    this.#sdk.$(".none").textContent = plants.length ? "" : words;
    this.#sdk.$(".none").hidden = plants.length > 0;
    this.#mark();
  }

  /** Arrows go through the suggestions, Enter takes one, Escape leaves them and then empties the field. */
  #onKey(event) {
    const count = this.#plants.length;
    const steps = { ArrowDown: this.#active + 1, ArrowUp: this.#active < 0 ? count - 1 : this.#active - 1 };
    if (event.key in steps && count) this.#activate(steps[event.key] < count ? steps[event.key] : 0);
    else if (event.key === "Enter" && this.#active >= 0) this.#choose(this.#active);
    else if (event.key === "Escape" && this.#active >= 0) this.#activate(-1);
    else if (event.key === "Escape" && this.#input.value) this.search("");
    else return;
    event.preventDefault();
  }

  #activate(index) {
    this.#active = index;
    for (const [i, option] of [...this.#list.children].entries()) option.classList.toggle("is-active", i === index);
    if (index < 0) this.#input.removeAttribute("aria-activedescendant");
    else this.#input.setAttribute("aria-activedescendant", this.#list.children[index].id);
  }

  #indexOf(target) {
    return [...this.#list.children].indexOf(target.closest('[role="option"]'));
  }

  #choose(index) {
    if (index < 0) return;
    this.#stop();
    this.#input.value = this.#plants[index].name;
    this.#activate(-1);
    this.#input.dispatchEvent(new CustomEvent("input", { bubbles: true }));
    clearTimeout(this.#typing); // the suggestions stay as they are
  }

  /** Marks the suggestion whose name stands in the field. */
  #mark() {
    const name = this.#input.value.trim().toLowerCase();
    const index = this.#plants.findIndex((plant) => plant.name.toLowerCase() === name);
    for (const [i, option] of [...this.#list.children].entries()) option.ariaSelected = String(i === index);
    this.#onPlant(this.#plants[index]);
  }
}

function optionElement(plant, index) {
  const option = document.createElement("li");
  const [picture, name] = [document.createElement("plantbook-illustration"), document.createElement("span")];
  illustrate(picture, plant);
  name.textContent = plant.name;
  option.id = `suggestion-${index}`;
  option.role = "option";
  option.style.setProperty("--w-plant", plant.illustration.color);
  option.append(picture, name);
  return option;
}
