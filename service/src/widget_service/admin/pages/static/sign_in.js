/** The fields of the chosen way to sign in, as the schema describes them; what was entered for another way is kept. */

import { isHolder } from "./json.js";
import { pathOf, read, show } from "./fields.js";

export class SignIn {
  #schema;
  #entered = new WeakMap();

  constructor(schema) {
    this.#schema = schema;
  }

  /** Have a connector or step sign in in another way, or not at all where `type` is undefined. */
  choose(holder, type) {
    const before = holder.authentication;
    const entered = this.#entered.get(holder) ?? new Map();
    this.#entered.set(holder, entered.set(isHolder(before) ? before.type : undefined, before));
    const wanted = entered.has(type) || type === undefined ? entered.get(type) : this.#begun(isHolder(before) ? before : {}, type);
    if (wanted === undefined) delete holder.authentication;
    else holder.authentication = wanted;
  }

  /** Show the fields of the way in `value`, the whole definition. */
  show(place, value) {
    const described = this.#described(read(value, [...pathOf(place).slice(0, -1), "type"]));
    const wanted = Object.entries(described?.properties ?? {});
    place.replaceChildren(...wanted.map(([name, field]) => configField(place, name, field, described.required ?? [])));
    for (const input of place.querySelectorAll("[data-at]")) show(input, read(value, pathOf(input)));
  }

  #begun({ config: before, ...rest }, type) {
    const known = this.#described(type)?.properties ?? {};
    const shared = Object.entries(isHolder(before) ? before : {}).filter(([name]) => name in known);
    return { ...rest, type, ...(shared.length ? { config: Object.fromEntries(shared) } : {}) };
  }

  #described(type) {
    const rule = this.#schema.$defs.Authentication.allOf.find((each) => each.if.properties.type.const === type);
    return this.#schema.$defs[rule?.then.properties.config.$ref.split("/").pop()];
  }
}

function configField(place, name, described, required) {
  const label = document.createElement("label");
  const hint = document.createElement("p");
  const input = inputOf(name, described);
  const field = document.createElement("div");
  field.className = "field";
  input.id = `f-${pathOf(place).join("-")}-${name}`;
  input.dataset.at = name;
  if (required.includes(name) && !described.minLength) input.dataset.blank = "keep";
  label.htmlFor = input.id;
  label.textContent = `${name}${required.includes(name) ? "" : " (optional)"}`;
  hint.className = "hint";
  hint.id = `${input.id}-hint`;
  hint.textContent = described.description ?? "";
  input.setAttribute("aria-describedby", hint.id);
  field.append(label, hint, input);
  return field;
}

function inputOf(name, described) {
  if (described.enum) {
    const select = document.createElement("select");
    select.append(new Option("Default", ""), ...described.enum.filter((each) => each !== null).map((each) => new Option(each, each)));
    return select;
  }
  const isObject = [described.type].flat().includes("object");
  const input = document.createElement(isObject || name === "private_key" ? "textarea" : "input");
  input.className = "mono wide";
  input.spellcheck = false;
  input.dataset.field = "authentication";
  input.dataset.type = isObject ? "json" : "text";
  return input;
}
