// @ts-check
/** One field of a configuration form: its control, its value, and what is wrong with that. */

import { choiceOf } from "./choices.js";

/**
 * @typedef {object} Property
 * @property {string} name
 * @property {string} label
 * @property {"text" | "number" | "color" | "date" | "boolean" | "select" | "autocomplete"} type
 * @property {string} [description]
 * @property {string} [section]
 * @property {{ required?: boolean, minLength?: number, maxLength?: number, pattern?: string, minimum?: number, maximum?: number }} [rules]
 * @property {{ value: string, label: string }[]} [options]
 * @property {{ isAsyncSearch?: boolean }} [dynamicOptions]
 * @property {boolean} [multiple]
 * @property {boolean} [sortable]
 */

/** @typedef {(value: unknown) => void} Changed */

let fields = 0;

/**
 * Makes a field.
 *
 * @param {string} type The widget's, for its dynamic options.
 * @param {Property} property
 * @param {unknown} value
 * @param {Changed} changed Called with each new value.
 * @returns {{ element: HTMLElement, tell: (problem: string) => void }}
 */
export function fieldOf(type, property, value, changed) {
  const id = `host-field-${(fields += 1)}`;
  const control = controlOf(type, property, value, changed, id);
  const isGroup = control.getAttribute("role") === "group";
  const element = document.createElement("div");
  element.className = `host-field host-field-${property.type}`;
  const label = document.createElement(isGroup ? "span" : "label");
  label.textContent = property.label;
  label.id = `${id}-label`;
  if (property.rules?.required) label.append(mark());
  if (isGroup) control.setAttribute("aria-labelledby", label.id);
  else /** @type {HTMLLabelElement} */ (label).htmlFor = id;
  const problem = document.createElement("p");
  problem.className = "host-field-problem";
  problem.id = `${id}-problem`;
  problem.setAttribute("role", "status");
  const parts = property.type === "boolean" ? [control, label] : [label, control];
  element.append(...parts);
  const described = [problem.id];
  if (property.description) {
    const description = document.createElement("p");
    description.className = "host-hint";
    description.id = `${id}-description`;
    description.textContent = property.description;
    described.unshift(description.id);
    element.append(description);
  }
  element.append(problem);
  const input = control.id === id ? control : (control.querySelector(`#${id}`) ?? control.querySelector("input"));
  input?.setAttribute("aria-describedby", described.join(" "));
  return {
    element,
    tell(text) {
      problem.textContent = text;
      input?.setAttribute("aria-invalid", String(text !== ""));
    },
  };
}

function mark() {
  const element = document.createElement("span");
  element.className = "host-required";
  element.textContent = " *";
  element.title = "required";
  return element;
}

/** @param {string} type @param {Property} property @param {unknown} value @param {Changed} changed @param {string} id @returns {HTMLElement} */
function controlOf(type, property, value, changed, id) {
  if (property.type === "select" || property.type === "autocomplete") return choiceOf(type, property, value, changed, id);
  if (property.type === "color") return colorOf(value, changed, id);
  const input = document.createElement("input");
  input.id = id;
  input.autocomplete = "off";
  input.type = property.type === "boolean" ? "checkbox" : property.type;
  if (property.type === "boolean") input.checked = value === true;
  else input.value = value === undefined || value === null ? "" : String(value);
  if (property.type === "number") {
    input.step = "any";
    if (property.rules?.minimum !== undefined) input.min = String(property.rules.minimum);
    if (property.rules?.maximum !== undefined) input.max = String(property.rules.maximum);
  }
  input.addEventListener("input", () => changed(valueOf(input)));
  return input;
}

/** @param {HTMLInputElement} input @returns {unknown} */
function valueOf(input) {
  if (input.type === "checkbox") return input.checked;
  if (input.type !== "number") return input.value;
  return input.value === "" ? null : input.valueAsNumber;
}

/** A colour is chosen, or written in any way that CSS has. @param {unknown} value @param {Changed} changed @param {string} id */
function colorOf(value, changed, id) {
  const control = document.createElement("div");
  control.className = "host-color";
  const text = document.createElement("input");
  text.id = id;
  text.value = String(value ?? "");
  text.autocomplete = "off";
  text.spellcheck = false;
  const picker = document.createElement("input");
  picker.type = "color";
  picker.setAttribute("aria-label", "Choose the colour");
  const show = () => /^#[0-9a-f]{6}$/i.test(text.value) && (picker.value = text.value);
  show();
  text.addEventListener("input", () => {
    show();
    changed(text.value);
  });
  picker.addEventListener("input", () => {
    text.value = picker.value;
    changed(text.value);
  });
  control.append(picker, text);
  return control;
}

/**
 * What is wrong with a value by the rules of its field; nothing where it is right.
 *
 * @param {Property} property
 * @param {unknown} value
 */
export function problemOf({ label, type, rules = {} }, value) {
  const isEmpty = value === "" || value === null || value === undefined || (Array.isArray(value) && value.length === 0);
  if (isEmpty) return rules.required ? `${label} is required.` : "";
  if (type === "color" && typeof value === "string" && !CSS.supports("color", value)) return "This is not a colour.";
  if (typeof value === "string") return problemOfText(rules, value);
  return typeof value === "number" ? problemOfNumber(rules, value) : "";
}

/** @param {NonNullable<Property["rules"]>} rules @param {string} value */
function problemOfText({ minLength, maxLength, pattern }, value) {
  const { length } = Array.from(value);
  if (minLength !== undefined && length < minLength) return `At least ${minLength} characters are needed.`;
  if (maxLength !== undefined && length > maxLength) return `At most ${maxLength} characters are allowed.`;
  try {
    if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) return `This does not match ${pattern}.`;
  } catch {
    return `The pattern ${pattern} of the registry is no regular expression.`;
  }
  return "";
}

/** @param {NonNullable<Property["rules"]>} rules @param {number} value */
function problemOfNumber({ minimum, maximum }, value) {
  if (minimum !== undefined && value < minimum) return `The least is ${minimum}.`;
  if (maximum !== undefined && value > maximum) return `The most is ${maximum}.`;
  return "";
}
