// @ts-check
/** Fields that choose: among the options of the registry, or among those that the service asks an endpoint for. */

/** @typedef {import("./fields.js").Property} Property */
/** @typedef {{ value: string, label: string }} Option */

const PAUSE_MS = 200;

/**
 * @param {string} type @param {Property} property @param {unknown} value
 * @param {import("./fields.js").Changed} changed @param {string} id
 * @returns {HTMLElement}
 */
export function choiceOf(type, property, value, changed, id) {
  const find = optionsOf(type, property);
  if (property.type === "autocomplete") return new Autocomplete(property, find, value, changed, id).element;
  return property.multiple ? checkboxes(find, value, changed) : dropDown(property, find, value, changed, id);
}

/** @typedef {(query: { q?: string, values?: string[] }) => Promise<Option[]>} Find */

/** @param {string} type @param {Property} property @returns {Find} */
function optionsOf(type, property) {
  if (!property.dynamicOptions) return async () => property.options ?? [];
  return async ({ q = "", values = [] }) => {
    const url = new URL(`/live/options/${encodeURIComponent(type)}/${encodeURIComponent(property.name)}`, location.href);
    if (q) url.searchParams.set("q", q);
    for (const value of values) url.searchParams.append("value", value);
    const answer = await fetch(url);
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.detail ?? `The service answered with status ${answer.status}.`);
    return body.options;
  };
}

/** @param {unknown} value @returns {string[]} */
function texts(value) {
  if (value === undefined || value === null || value === "") return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** @param {Property} property @param {Find} find @param {unknown} value @param {import("./fields.js").Changed} changed @param {string} id */
function dropDown(property, find, value, changed, id) {
  const select = document.createElement("select");
  select.id = id;
  select.addEventListener("change", () => changed(select.value));
  const [chosen = ""] = texts(value);
  const show = (/** @type {Option[]} */ options) => {
    const known = options.some((option) => option.value === chosen);
    const all = [...(known && property.rules?.required ? [] : [{ value: "", label: "–" }]), ...(known || !chosen ? [] : [{ value: chosen, label: chosen }]), ...options];
    select.replaceChildren(...all.map((option) => new Option(option.label, option.value, false, option.value === chosen)));
  };
  show([]);
  find({}).then(show, (error) => select.replaceWith(failure(error)));
  return select;
}

/** @param {Find} find @param {unknown} value @param {import("./fields.js").Changed} changed */
function checkboxes(find, value, changed) {
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  const chosen = new Set(texts(value));
  find({}).then((options) => {
    group.replaceChildren(
      ...options.map((option) => {
        const label = document.createElement("label");
        const box = document.createElement("input");
        box.type = "checkbox";
        box.checked = chosen.has(option.value);
        box.addEventListener("change", () => {
          if (box.checked) chosen.add(option.value);
          else chosen.delete(option.value);
          changed([...chosen]);
        });
        label.append(box, option.label);
        return label;
      }),
    );
  }, (error) => group.replaceChildren(failure(error)));
  return group;
}

/** @param {Error} error */
function failure(error) {
  const element = document.createElement("p");
  element.className = "host-field-problem";
  element.textContent = error.message;
  return element;
}

/** A combobox (WAI-ARIA APG) over a list that is searched; several values stand as a list that can be put in order. */
class Autocomplete {
  element = document.createElement("div");
  #input = document.createElement("input");
  #list = document.createElement("ul");
  #chosen = document.createElement("ul");
  /** @type {Option[]} */
  #values;
  /** @type {Option[]} */
  #found = [];
  #active = -1;
  #asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /** @param {Property} property @param {Find} find @param {unknown} value @param {import("./fields.js").Changed} changed @param {string} id */
  constructor(property, find, value, changed, id) {
    this.property = property;
    this.find = find;
    this.changed = changed;
    this.#values = texts(value).map((text) => ({ value: text, label: text }));
    this.#build(id);
    this.#showChosen();
    if (this.#values.length > 0) this.#nameChosen();
  }

  /** @param {string} id */
  #build(id) {
    this.element.className = "host-autocomplete";
    Object.assign(this.#input, { id, type: "text", autocomplete: "off", spellcheck: false });
    this.#list.id = `${id}-list`;
    for (const [name, text] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": this.#list.id, "aria-autocomplete": "list" })) {
      this.#input.setAttribute(name, text);
    }
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", this.property.label);
    this.#list.hidden = true;
    this.#input.placeholder = this.property.multiple ? "Search, and choose several" : "Search";
    this.#input.addEventListener("input", () => this.#searchSoon());
    this.#input.addEventListener("focus", () => this.#search());
    this.#input.addEventListener("blur", () => this.#close());
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.append(this.#chosen, this.#input, this.#list);
  }

  #searchSoon() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#search(), PAUSE_MS);
  }

  async #search() {
    const asked = (this.#asked += 1);
    const text = this.#input.value;
    const isAsync = Boolean(this.property.dynamicOptions?.isAsyncSearch);
    try {
      const options = await this.find({ q: text });
      if (asked !== this.#asked || document.activeElement !== this.#input) return;
      const fits = (/** @type {Option} */ option) => isAsync || option.label.toLowerCase().includes(text.toLowerCase());
      this.#found = options.filter((option) => fits(option) && !this.#values.some(({ value }) => value === option.value));
      this.#open();
    } catch (error) {
      this.#tell(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} text */
  #tell(text) {
    const item = document.createElement("li");
    item.className = "host-hint";
    item.textContent = text;
    this.#list.replaceChildren(item);
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
  }

  #open() {
    this.#active = -1;
    if (this.#found.length === 0) return this.#tell("Nothing is found.");
    this.#list.replaceChildren(...this.#found.map((option, index) => this.#item(option, index)));
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
  }

  /** @param {Option} option @param {number} index */
  #item(option, index) {
    const item = document.createElement("li");
    item.id = `${this.#list.id}-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.textContent = option.label;
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.#choose(option);
    });
    return item;
  }

  #close() {
    clearTimeout(this.#pause);
    this.#asked += 1;
    this.#list.hidden = true;
    this.#active = -1;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === "Escape") return this.#close();
    if (event.key === "Backspace" && this.#input.value === "" && this.#values.length > 0) return this.#remove(this.#values.length - 1);
    if (event.key === "Enter") {
      event.preventDefault();
      const option = this.#found[this.#active];
      if (option && !this.#list.hidden) this.#choose(option);
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.#list.hidden) this.#search();
    else this.#activate((this.#active + step + this.#found.length) % this.#found.length);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    Array.from(this.#list.children).forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === index));
      if (at === index) item.scrollIntoView({ block: "nearest" });
    });
    this.#input.setAttribute("aria-activedescendant", `${this.#list.id}-${index}`);
  }

  /** @param {Option} option */
  #choose(option) {
    this.#values = this.property.multiple ? [...this.#values, option] : [option];
    this.#input.value = "";
    this.#close();
    this.#tellChange();
  }

  /** @param {number} index */
  #remove(index) {
    this.#values = this.#values.filter((_, at) => at !== index);
    this.#tellChange();
    this.#input.focus();
  }

  /** @param {number} index @param {number} step */
  #move(index, step) {
    const values = [...this.#values];
    const [moved] = values.splice(index, 1);
    if (moved) values.splice(index + step, 0, moved);
    this.#values = values;
    this.#tellChange();
    const buttons = this.#chosen.children[index + step]?.querySelectorAll("button");
    buttons?.[step < 0 ? 0 : 1]?.focus();
  }

  #tellChange() {
    this.#showChosen();
    const values = this.#values.map(({ value }) => value);
    this.changed(this.property.multiple ? values : (values[0] ?? ""));
  }

  #showChosen() {
    this.#chosen.hidden = this.#values.length === 0;
    this.#chosen.replaceChildren(
      ...this.#values.map((option, index) => {
        const item = document.createElement("li");
        item.append(option.label);
        if (this.property.multiple && this.property.sortable) {
          item.append(
            button("↑", `Move ${option.label} up`, () => this.#move(index, -1), index === 0),
            button("↓", `Move ${option.label} down`, () => this.#move(index, 1), index === this.#values.length - 1),
          );
        }
        item.append(button("×", `Remove ${option.label}`, () => this.#remove(index)));
        return item;
      }),
    );
  }

  /** The stored values have no labels: the endpoint has. */
  async #nameChosen() {
    const options = await this.find({ values: this.#values.map(({ value }) => value) }).catch(() => []);
    const labels = new Map(options.map((option) => [option.value, option.label]));
    this.#values = this.#values.map(({ value, label }) => ({ value, label: labels.get(value) ?? label }));
    this.#showChosen();
  }
}

/** @param {string} text @param {string} label @param {() => void} react @param {boolean} [isDisabled] */
function button(text, label, react, isDisabled = false) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", textContent: text, disabled: isDisabled });
  element.setAttribute("aria-label", label);
  element.addEventListener("click", react);
  return element;
}
