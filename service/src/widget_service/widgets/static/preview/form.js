// @ts-check
/** The configuration form of a widget: what is edited reaches its instance at once, as `propsChanged`. */

import { fieldOf, problemOf } from "./fields.js";
import { documents, remember } from "./view.js";

/** @typedef {import("./fields.js").Property} Property */
/** @typedef {Record<string, unknown>} Props */
/** @typedef {{ name: string, label?: string, description?: string, expanded?: boolean }} Section */
/** @typedef {{ type: string, properties: Property[], sections: Section[], defaults: Props }} Form */

const NAME = "gs-cc-registry-widget";

/** Shows the form, where the page is that of one widget. */
export function showForm() {
  const source = document.getElementById("host-form");
  if (source) new ConfigurationForm(JSON.parse(source.textContent ?? "{}")).show();
}

class ConfigurationForm {
  #form;
  #instance = 0;
  #fields = /** @type {HTMLFormElement} */ (document.getElementById("host-fields"));
  #reset = /** @type {HTMLButtonElement} */ (document.getElementById("host-reset"));

  /** @param {Form} form */
  constructor(form) {
    this.#form = form;
    this.#fields.addEventListener("submit", (event) => event.preventDefault());
    this.#reset.addEventListener("click", () => this.#set({}));
    for (const tab of this.#tabs) tab.addEventListener("click", () => this.#choose(Number(tab.dataset.instance)));
  }

  get #tabs() {
    return Array.from(document.querySelectorAll(".host-tabs button"), (tab) => /** @type {HTMLButtonElement} */ (tab));
  }

  /** The name in the URL for the props of the instance that is edited. */
  get #name() {
    return this.#instance === 0 ? "config" : `config${this.#instance + 1}`;
  }

  /** What was set, over the defaults. @returns {Props} */
  get #config() {
    try {
      return JSON.parse(new URLSearchParams(location.search).get(this.#name) ?? "{}");
    } catch {
      return {};
    }
  }

  /** @param {number} instance */
  #choose(instance) {
    this.#instance = instance;
    for (const tab of this.#tabs) tab.setAttribute("aria-pressed", String(Number(tab.dataset.instance) === instance));
    this.show();
  }

  /** Makes the fields anew. */
  show() {
    const config = this.#config;
    this.#reset.hidden = Object.keys(config).length === 0;
    this.#fields.replaceChildren(...this.#groups(config), this.#asJson(config));
  }

  /** @param {Props} config */
  #groups(config) {
    const groups = groupsOf(this.#form);
    if (groups.length === 0) return [paragraph("host-hint", "This widget has no configuration. Its props can be set as JSON.")];
    const opened = groups.find((group) => group.section.expanded) ?? groups[0];
    return groups.map((group) => {
      const details = document.createElement("details");
      details.name = "host-sections";
      details.open = group === opened;
      const summary = document.createElement("summary");
      summary.textContent = group.section.label ?? group.section.name;
      details.append(summary);
      if (group.section.description) details.append(paragraph("host-hint", group.section.description));
      details.append(...group.properties.map((property) => this.#field(property, config)));
      return details;
    });
  }

  /** @param {Property} property @param {Props} config */
  #field(property, config) {
    const value = property.name in config ? config[property.name] : this.#form.defaults[property.name];
    const field = fieldOf(this.#form.type, property, value, (changed) => {
      const problem = problemOf(property, changed);
      field.tell(problem);
      if (!problem) this.#set({ ...this.#config, [property.name]: changed }, { isOfField: true });
    });
    return field.element;
  }

  /** @param {Props} config */
  #asJson(config) {
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = "Props as JSON";
    const label = document.createElement("label");
    label.className = "host-field";
    const text = document.createElement("textarea");
    text.rows = 8;
    text.spellcheck = false;
    text.value = JSON.stringify({ ...this.#form.defaults, ...config }, null, 2);
    const problem = paragraph("host-field-problem", "");
    problem.setAttribute("role", "status");
    text.addEventListener("change", () => {
      try {
        const props = JSON.parse(text.value);
        if (!props || typeof props !== "object" || Array.isArray(props)) throw new Error("it is no object");
        this.#set(props);
      } catch (error) {
        problem.textContent = `This is not the JSON of props: ${/** @type {Error} */ (error).message}`;
      }
    });
    label.append("All props", text);
    details.append(summary, label, problem);
    return details;
  }

  /** @param {Props} config @param {{ isOfField?: boolean }} [options] A field that is edited must not be made anew. */
  #set(config, { isOfField = false } = {}) {
    const text = JSON.stringify(config);
    remember(this.#name, text === "{}" ? "" : text);
    for (const page of documents()) {
      const element = page.querySelectorAll(`.host-canvas > ${NAME}`)[this.#instance];
      element?.setAttribute("data-config", text);
    }
    this.#reset.hidden = text === "{}";
    const json = /** @type {HTMLTextAreaElement | null} */ (this.#fields.querySelector(":scope > details:last-child textarea"));
    if (!isOfField) this.show();
    else if (json) json.value = JSON.stringify({ ...this.#form.defaults, ...config }, null, 2);
  }
}

/**
 * The groups of a form: fields without a section come first, then the sections as they are listed, then those that only
 * fields name.
 *
 * @param {Form} form
 * @returns {{ section: Section, properties: Property[] }[]}
 */
export function groupsOf({ properties, sections }) {
  const named = new Map(sections.map((section) => [section.name, section]));
  const referenced = properties.flatMap(({ section }) => (section && !named.has(section) ? [section] : []));
  const all = [{ name: "", label: "Configuration" }, ...sections, ...[...new Set(referenced)].map((name) => ({ name }))];
  const groups = all.map((section) => ({
    section,
    properties: properties.filter((property) => (property.section ?? "") === section.name),
  }));
  return groups.filter((group) => group.properties.length > 0);
}

/** @param {string} className @param {string} text */
function paragraph(className, text) {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}
