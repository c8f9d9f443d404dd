/** The order form: what is filled in becomes an order, and the answer a receipt or a problem beside its field. */

import { advice, fieldProblems } from "./errors.js";
import { PlantPicker } from "./plant-picker.js";
import { illustrate, priceText, receiptFacts } from "./words.js";

const FIELDS = ["name", "size"];

export class OrderForm {
  #sdk;
  #life = new AbortController();
  #isSending = false;
  #picker;

  constructor(sdk) {
    this.#sdk = sdk;
    this.#picker = new PlantPicker(sdk, { signal: this.#life.signal, onPlant: (plant) => this.#showSizes(plant) });
  }

  start() {
    const { $ } = this.#sdk;
    const { signal } = this.#life;
    $("form").addEventListener("submit", (event) => this.#submit(event), { signal });
    $("form").addEventListener("input", ({ target }) => this.#tell(target.name, ""), { signal });
    $(".receipt button").addEventListener("click", () => this.#again(), { signal });
    document.addEventListener("plantbook:order", (event) => this.#take(event), { signal });
    this.configure();
    this.#picker.start();
  }

  /** Shows the props; a size that somebody has chosen stays. */
  configure() {
    const { title, default_size: size } = this.#sdk.getProps();
    const { $, $$ } = this.#sdk;
    $("#title").textContent = title || "Order a plant";
    for (const radio of $$('[name="size"]')) radio.defaultChecked = radio.value === (size || "M");
  }

  /** What runs ends with the widget: listeners, and requests under way. */
  end() {
    this.#life.abort();
  }

  /** Another widget of the page wants a plant ordered; the first form of the page takes it. */
  #take(event) {
    if (event.defaultPrevented) return;
    event.preventDefault();
    this.#again();
    this.#picker.search(event.detail.name);
    this.#sdk.$(".plant-order").scrollIntoView({ block: "nearest" });
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#isSending) return;
    this.#sending(true);
    this.#tellAll({});
    try {
      const { signal } = this.#life;
      const payload = this.#payload();
      this.#showReceipt(await this.#sdk.connectors.execute({ permalink: "plant-orders", method: "POST", payload, signal }));
    } catch (error) {
      if (!this.#life.signal.aborted) this.#showFailure(error);
    } finally {
      this.#sending(false);
    }
  }

  #payload() {
    const filled = new FormData(this.#sdk.$("form"));
    return { name: String(filled.get("name")).trim(), size: filled.get("size") ?? "" };
  }

  #sending(isSending) {
    const button = this.#sdk.$('[type="submit"]');
    this.#isSending = isSending;
    button.setAttribute("aria-disabled", String(isSending));
    button.textContent = isSending ? "Ordering…" : "Order";
  }

  #showFailure(error) {
    const problems = fieldProblems(error) ?? { other: advice(error) };
    if (problems.other) console.error(error);
    this.#tellAll(problems);
    const faulty = FIELDS.find((field) => problems[field]);
    if (faulty === "name") this.#sdk.$("#name").focus();
    else if (faulty) (this.#sdk.$('[name="size"]:checked') ?? this.#sdk.$('[name="size"]')).focus();
  }

  #tellAll(problems) {
    for (const field of [...FIELDS, "other"]) this.#tell(field, problems[field] ?? "");
  }

  #tell(field, problem) {
    const { $ } = this.#sdk;
    $(field === "other" ? "#order-problem" : `#order-${field}-problem`).textContent = problem;
    if (field === "name") $("#name").setAttribute("aria-invalid", String(Boolean(problem)));
  }

  #showReceipt(order) {
    const { $ } = this.#sdk;
    illustrate($(".receipt plantbook-illustration"), order.plant);
    $(".receipt").style.setProperty("--w-plant", order.plant.illustration.color);
    $(".receipt h3").textContent = this.#sdk.getProps().thanks || "Thank you!";
    $(".receipt dl").replaceChildren(...receiptFacts(order));
    this.#turnTo(".receipt");
    $(".receipt h3").focus();
  }

  #again() {
    this.#sdk.$("form").reset();
    this.#tellAll({});
    this.#picker.search("");
    this.#turnTo("form");
    this.#sdk.$("#name").focus({ preventScroll: true });
  }

  #turnTo(shown) {
    for (const part of ["form", ".receipt"]) this.#sdk.$(part).hidden = part !== shown;
  }

  /** Draws the plant in its three sizes, with what each costs; without a plant, an ordinary one that costs nothing. */
  #showSizes(plant) {
    for (const label of this.#sdk.$$(".size")) {
      const price = plant?.prices[label.querySelector("input").value];
      illustrate(label.querySelector("plantbook-illustration"), plant ?? { id: "any", illustration: {} });
      label.querySelector(".price").textContent = price ? priceText(price) : "";
    }
  }
}
