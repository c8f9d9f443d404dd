/** Between values of a definition and the inputs that show them: an input that is as it was shown changes nothing. */

import { isHolder, parse, rawText } from "./json.js";

export const INVALID = Symbol("invalid");

/** What each input was filled with: its text, and the value that it stands for. */
const filled = new WeakMap();

/** Objects that were made for a member, each with what was in its place: null means something to who wrote it. */
const replaced = new WeakMap();

/** Where in the definition an element's value is, by the `data-at` of itself and of what it stands in: ["headers", 0, "key"]. */
export function pathOf(element) {
  const parts = [];
  for (let each = element.closest("[data-at]"); each; each = each.parentElement?.closest("[data-at]")) parts.unshift(...each.dataset.at.split("."));
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

export function show(input, value) {
  input.setCustomValidity("");
  if (input.type === "checkbox") input.checked = value ?? input.dataset.fallback === "true";
  else if (input.tagName === "SELECT") choose(input, value);
  else input.value = textOf(value, input.dataset.type);
  filled.set(input, { state: stateOf(input), value });
}

/** The value that is entered: undefined where there is none, INVALID for what cannot be one. */
export function entry(input) {
  input.setCustomValidity("");
  const before = filled.get(input);
  if (before && before.state === stateOf(input)) return before.value;
  if (input.type === "checkbox") return input.checked;
  if (input.value === "" && input.dataset.blank !== "keep") return undefined;
  try {
    return valueOf(input.value, input.dataset.type);
  } catch {
    input.setCustomValidity("This must be JSON.");
    input.reportValidity();
    return INVALID;
  }
}

export function read(value, path) {
  return path.reduce((found, part) => (isHolder(found) ? found[part] : undefined), value);
}

/** Set a member, or delete it where the value is undefined; objects that are empty by that give way to what was there. */
export function write(value, path, entered) {
  const [first, ...rest] = path;
  if (!rest.length) {
    if (entered === undefined) delete value[first];
    else value[first] = entered;
    return;
  }
  if (!isHolder(value[first])) {
    if (entered === undefined) return;
    const made = {};
    replaced.set(made, value[first]);
    value[first] = made;
  }
  write(value[first], rest, entered);
  if (!Array.isArray(value) && !Object.keys(value[first]).length) write(value, [first], replaced.get(value[first]));
}

/** The parts of a JSONPath: `$.headers[0].key` is headers, 0, key. */
export function segments(path) {
  return [...path.matchAll(/\.([A-Za-z_]\w*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/g)].map(([, name, index, quoted]) => name ?? (index !== undefined ? Number(index) : quoted));
}

function textOf(value, type) {
  if (value === undefined || value === null) return "";
  if (type === "list" && Array.isArray(value) && value.every(isPlain)) return value.join(", ");
  if (type === "json") return JSON.stringify(value, null, 2);
  if (isHolder(value)) return JSON.stringify(value);
  return rawText(value) ?? String(value);
}

function valueOf(text, type) {
  if (type === "integer") return /^\d{1,15}$/.test(text.trim()) ? Number(text) : text;
  if (type === "json" || (type === "list" && text.trimStart().startsWith("["))) return parse(text);
  return type === "list" ? text.split(",").map((each) => each.trim()).filter(Boolean) : text;
}

/** Whether a member of a list can stand between commas. */
function isPlain(value) {
  return typeof value === "string" && value === value.trim() && value !== "" && !/[,\n\r]|^\[/.test(value);
}

/** A value that is none of the choices stays, and is shown as it is. */
function choose(select, value) {
  const wanted = value === undefined || value === null ? select.options[0].value : textOf(value);
  if (![...select.options].some((option) => option.value === wanted)) select.append(new Option(wanted, wanted));
  select.value = wanted;
}

function stateOf(input) {
  return input.type === "checkbox" ? input.checked : input.value;
}
