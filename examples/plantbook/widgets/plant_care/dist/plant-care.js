/** The care guide of one plant: a module with props, told of each change of them. */

import { drawCalendar, today } from "./calendar.js";
import { advice } from "./errors.js";
import { careFacts } from "./facts.js";

const LOOKS = ["habit", "leaf", "color", "accent", "pattern", "bloom", "bloom_color"];
const COLOR = /^#[0-9a-f]{6}$/i;
const DEFAULT_COLOR = "#2f7d4f";

/** Called once for each placed widget, each time with an `sdk` of its own. */
export async function init(sdk) {
  await sdk.whenReady();
  const guide = new CareGuide(sdk);
  sdk.on("propsChanged", () => guide.configure());
  sdk.on("destroy", () => guide.end());
  await styled(sdk.$("link"));
  await guide.start();
}

/** Resolves when the stylesheet is there, or is known not to come. */
function styled(link) {
  return link.sheet ?? new Promise((resolve) => (link.onload = link.onerror = resolve));
}

class CareGuide {
  #sdk;
  #life = new AbortController();
  #asking;
  #configured; // the plant of the props, which is shown first
  #plantId; // the plant that is shown, or asked for
  #plant;

  constructor(sdk) {
    this.#sdk = sdk;
    this.#plantId = sdk.getProps().plant;
  }

  async start() {
    if (this.#life.signal.aborted) return;
    const { $ } = this.#sdk;
    const { signal } = this.#life;
    $("input").value = $("input").max = today();
    $("input").addEventListener("input", () => this.#showCalendar(), { signal });
    $(".message button").addEventListener("click", () => this.#load({ andFocus: true }), { signal });
    $(".order").addEventListener("click", () => this.#order(), { signal });
    document.addEventListener("plantbook:care", (event) => this.#take(event), { signal });
    this.#showProps();
    $(".plant-care").hidden = false;
    await this.#load();
  }

  /** Props changed: only another plant has to be asked for. */
  configure() {
    const { plant } = this.#sdk.getProps();
    const isOther = plant !== this.#configured;
    this.#showProps();
    if (isOther) {
      this.#plantId = plant;
      this.#load();
    } else if (this.#plant) this.#show();
  }

  /** What runs ends with the widget: listeners, and the request under way. */
  end() {
    this.#life.abort();
    this.#asking?.abort();
  }

  /** Another widget of the page asks for a plant; the first guide of the page takes it. */
  #take(event) {
    if (event.defaultPrevented) return;
    event.preventDefault();
    this.#plantId = event.detail.id;
    this.#load({ andFocus: true });
    this.#sdk.$(".plant-care").scrollIntoView({ block: "nearest" });
  }

  #order() {
    const { id, name } = this.#plant;
    document.dispatchEvent(new CustomEvent("plantbook:order", { detail: { id, name }, cancelable: true }));
  }

  #showProps() {
    const { title, accent_color: color, plant } = this.#sdk.getProps();
    const { host } = this.#sdk.getContainer();
    this.#configured = plant;
    this.#sdk.$("#title").textContent = title || "Care guide";
    const accent = COLOR.test(color) ? color : DEFAULT_COLOR;
    host.style.setProperty("--w-accent", accent);
    host.style.setProperty("--w-on-accent", isLight(accent) ? "#000" : "#fff");
  }

  async #load({ andFocus = false } = {}) {
    this.#asking?.abort();
    const { signal } = (this.#asking = new AbortController());
    const { $, connectors } = this.#sdk;
    $("article").ariaBusy = "true";
    try {
      const pathParams = { plant_id: this.#plantId };
      this.#plant = await connectors.execute({ permalink: "plant", method: "GET", pathParams, signal });
      this.#show();
      if (andFocus) $("h3").focus({ preventScroll: true });
    } catch (error) {
      if (!signal.aborted) this.#showFailure(error);
    }
  }

  #show() {
    const { $ } = this.#sdk;
    const plant = this.#plant;
    $(".message").hidden = true;
    $("article").hidden = false;
    $("article").ariaBusy = "false";
    $("article").style.setProperty("--w-plant", plant.illustration.color);
    illustrate($("plantbook-illustration"), plant);
    $("h3").textContent = plant.name;
    $(".latin i").textContent = plant.latin_name;
    $(".origin").textContent = `${plant.family}, from ${plant.origin}`;
    $(".note").textContent = plant.note;
    $(".facts").replaceChildren(...careFacts(plant, this.#sdk.getProps().units).map(factElement));
    $(".order").hidden = !document.querySelector('gs-cc-registry-widget[data-widget-type*="plant_order"]');
    this.#showCalendar();
  }

  #showCalendar() {
    const { show_calendar: isShown, weeks } = this.#sdk.getProps();
    const { $ } = this.#sdk;
    $(".calendar").hidden = isShown === false;
    if (isShown === false || !this.#plant) return;
    const next = drawCalendar($("table"), { lastWatered: $("input").value, every: this.#plant.water_interval_days, weeks });
    $(".next").textContent = `Water every ${this.#plant.water_interval_days} days. ${next}`;
  }

  #showFailure(error) {
    console.error(error);
    const { $ } = this.#sdk;
    this.#plant = undefined;
    $("article").hidden = true;
    $(".message").hidden = false;
    $(".message strong").textContent = "The care guide cannot be shown";
    $(".message p").textContent = advice(error);
  }
}

function illustrate(element, plant) {
  element.setAttribute("seed", plant.id);
  for (const name of LOOKS) {
    const value = plant.illustration[name];
    element.toggleAttribute(name.replace("_", "-"), Boolean(value));
    if (value) element.setAttribute(name.replace("_", "-"), value);
  }
}

function factElement({ label, value, isWarning = false }) {
  const fact = document.createElement("div");
  fact.classList.toggle("warning", isWarning);
  const [name, text] = [document.createElement("dt"), document.createElement("dd")];
  name.textContent = label;
  text.textContent = value;
  fact.append(name, text);
  return fact;
}

/** Whether black is more readable than white on a colour: from a relative luminance of 0.18 on (WCAG 2, 1.4.3). */
function isLight(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18;
}
