/** The definition as a form. What the form does not know stays in the definition as it is. */

export class Form {
  #root;
  #schema;
  #isReadOnly;
  #onChange;
  #value = {};

  constructor(root, schema, { isReadOnly, onChange }) {
    this.#root = root;
    this.#schema = schema;
    this.#isReadOnly = isReadOnly;
    this.#onChange = onChange;
    root.addEventListener("input", (event) => this.#changed(event.target));
    root.addEventListener("focusin", (event) => this.#focused(event.target));
    for (const list of root.querySelectorAll("[data-list]")) {
      list.querySelector("[data-add]").addEventListener("click", () => this.#add(list));
    }
  }

  onField = () => {};

  /** Show a definition. */
  fill(value) {
    this.#value = value;
    for (const input of this.#root.querySelectorAll("[data-path]")) show(input, read(value, pathOf(input)));
    this.#showConfig();
    for (const list of this.#root.querySelectorAll("[data-list]")) this.#showRows(list);
    if (this.#isReadOnly) for (const each of this.#root.querySelectorAll("input, select, textarea, button")) each.disabled = true;
  }

  /** Put each problem beside its field. Those without a field stay in the list above the form. */
  showProblems(problems) {
    this.#root.querySelectorAll(".problem").forEach((each) => each.remove());
    for (const input of this.#root.querySelectorAll("[aria-errormessage]")) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-errormessage");
    }
    problems.forEach((problem, index) => this.#showProblem(problem, index));
  }

  #showProblem(problem, index) {
    const place = this.#placeOf(segments(problem.path));
    const note = document.createElement("p");
    note.className = problem.severity === "warning" ? "problem is-warning" : "problem";
    note.id = `problem-${index}`;
    note.textContent = [problem.message, problem.expected && `expected: ${problem.expected}`].filter(Boolean).join("; ");
    if (!place) return this.#root.prepend(note);
    if (place.matches("input, select, textarea")) {
      if (problem.severity !== "warning") place.setAttribute("aria-invalid", "true");
      place.setAttribute("aria-errormessage", note.id);
    }
    const row = place.closest("[data-row]");
    if (row) row.append(note);
    else place.after(note);
    place.closest("details")?.setAttribute("open", "");
  }

  /** The input of a path, or of what it is a part of. */
  #placeOf(path) {
    for (let length = path.length; length > 0; length -= 1) {
      const wanted = path.slice(0, length).join(".");
      const found = [...this.#root.querySelectorAll("[data-path], [data-key]")].find((input) => pathOf(input).join(".") === wanted);
      if (found) return found;
      const list = this.#root.querySelector(`[data-list="${CSS.escape(wanted)}"] legend`);
      if (list) return list;
    }
    return null;
  }

  #changed(input) {
    const path = pathOf(input);
    if (!path.length) return;
    const entered = entry(input);
    if (entered === INVALID) return;
    write(this.#value, path, entered);
    if (path.join(".") === "authentication.type") {
      if (!entered) delete this.#value.authentication;
      this.#showConfig();
    }
    this.#onChange(this.#value);
  }

  #focused(input) {
    const field = input.dataset?.field ?? null;
    if (!field && !input.matches("[data-path], [data-key]")) return;
    this.onField(field, (text) => {
      input.focus();
      input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  #showRows(list) {
    const found = this.#value[list.dataset.list];
    const rows = list.querySelector("[data-rows]");
    rows.replaceChildren();
    if (Array.isArray(found)) found.forEach((_, index) => rows.append(this.#row(list, index)));
  }

  #row(list, index) {
    const row = list.querySelector("template").content.firstElementChild.cloneNode(true);
    row.dataset.index = index;
    for (const input of row.querySelectorAll("[data-key]")) {
      const value = read(this.#value, pathOf(input, list));
      if (input.type === "checkbox") input.checked = value ?? list.dataset.fallback === "true";
      else show(input, value);
    }
    row.querySelector("[data-remove]").addEventListener("click", () => {
      const found = this.#value[list.dataset.list];
      found.splice(Number(row.dataset.index), 1);
      if (!found.length) delete this.#value[list.dataset.list];
      this.#showRows(list);
      list.querySelector("[data-add]").focus();
      this.#onChange(this.#value);
    });
    return row;
  }

  #add(list) {
    const name = list.dataset.list;
    if (!Array.isArray(this.#value[name])) this.#value[name] = [];
    this.#value[name].push(name === "path_parameters" ? { key: "" } : { key: "", value: "" });
    this.#showRows(list);
    list.querySelector("[data-row]:last-child input").focus();
    this.#onChange(this.#value);
  }

  /** The fields of the chosen way to sign in, as the schema describes them. */
  #showConfig() {
    const place = document.getElementById("authentication-config");
    const type = this.#value.authentication?.type ?? "";
    const rule = this.#schema.$defs.Authentication.allOf.find((each) => each.if.properties.type.const === type);
    const described = this.#schema.$defs[rule?.then.properties.config.$ref.split("/").pop()];
    const wanted = Object.entries(described?.properties ?? {});
    place.replaceChildren(...wanted.map(([name, field]) => configField(name, field, described.required ?? [])));
    for (const input of place.querySelectorAll("[data-path]")) show(input, read(this.#value, pathOf(input)));
  }
}

const INVALID = Symbol("invalid");

function configField(name, described, required) {
  const label = document.createElement("label");
  const hint = document.createElement("p");
  const input = inputOf(name, described);
  const field = document.createElement("div");
  field.className = "field";
  input.id = `f-authentication-config-${name}`;
  input.dataset.path = `authentication.config.${name}`;
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

function pathOf(input, list = input.closest?.("[data-list]")) {
  if (input.dataset?.path) return input.dataset.path.split(".");
  const row = input.closest?.("[data-row]");
  return input.dataset?.key && row ? [list.dataset.list, Number(row.dataset.index), input.dataset.key] : [];
}

function show(input, value) {
  input.setCustomValidity("");
  if (input.dataset.type === "json") input.value = value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
  else if (input.dataset.type === "list") input.value = Array.isArray(value) ? value.join(", ") : "";
  else if (input.tagName === "SELECT") choose(input, value);
  else input.value = value === undefined || value === null ? "" : String(value);
}

/** A value that is none of the choices stays, and is shown as it is. */
function choose(select, value) {
  const fallback = select.options[0].value;
  const wanted = value === undefined || value === null ? fallback : String(value);
  if (![...select.options].some((option) => option.value === wanted)) select.append(new Option(wanted, wanted));
  select.value = wanted;
}

function entry(input) {
  input.setCustomValidity("");
  if (input.type === "checkbox") return input.checked;
  const text = input.value;
  if (text === "" && !(input.dataset.key && input.closest("[data-list]").dataset.list !== "path_parameters")) return undefined;
  switch (input.dataset.type) {
    case "integer":
      return /^\d{1,15}$/.test(text.trim()) ? Number(text) : text;
    case "list":
      return text.split(",").map((each) => each.trim()).filter(Boolean);
    case "json":
      try {
        return JSON.parse(text);
      } catch {
        input.setCustomValidity("This must be JSON.");
        input.reportValidity();
        return INVALID;
      }
    default:
      return text;
  }
}

function read(value, path) {
  return path.reduce((found, part) => (found === null || found === undefined ? undefined : found[part]), value);
}

/** Set a member, or delete it where the value is undefined, with the objects around it that are empty by that. */
function write(value, path, entered) {
  const [first, ...rest] = path;
  if (!rest.length) {
    if (entered === undefined) delete value[first];
    else value[first] = entered;
    return;
  }
  if (value[first] === null || typeof value[first] !== "object") {
    if (entered === undefined) return;
    value[first] = {};
  }
  write(value[first], rest, entered);
  if (!Array.isArray(value) && !Object.keys(value[first]).length) delete value[first];
}

/** The parts of a JSONPath: `$.headers[0].key` is headers, 0, key. */
export function segments(path) {
  return [...path.matchAll(/\.([A-Za-z_]\w*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/g)].map(([, name, index, quoted]) => name ?? (index !== undefined ? Number(index) : quoted));
}
