/** The definition as a form. What the form does not know stays in the definition as it is. */

import { INVALID, entry, pathOf, read, segments, show, write } from "./fields.js";
import { isHolder } from "./json.js";
import { SignIn } from "./sign_in.js";
import { furnish } from "./steps.js";

const INPUTS = ":is(input, select, textarea)[data-at]";

export class Form {
  #root;
  #isReadOnly;
  #onChange;
  #signIn;
  #value = {};
  #opened = new WeakSet();
  #rows = 0;

  constructor(root, schema, { isReadOnly, onChange }) {
    this.#root = root;
    this.#isReadOnly = isReadOnly;
    this.#onChange = onChange;
    this.#signIn = new SignIn(schema);
    root.addEventListener("input", (event) => this.#changed(event.target));
    root.addEventListener("focusin", (event) => this.#focused(event.target));
    root.addEventListener("click", (event) => this.#clicked(event.target.closest("button")));
  }

  onField = () => {};

  /** Show a definition. */
  fill(value) {
    this.#value = value;
    for (const rows of this.#root.querySelectorAll("[data-rows]")) rows.replaceChildren();
    this.#showWithin(this.#root);
  }

  /** Put each problem beside its field. Those without a field stay in the list above the form. */
  showProblems(problems) {
    this.#root.querySelectorAll(".problem").forEach((each) => each.remove());
    for (const input of this.#root.querySelectorAll("[aria-errormessage]")) {
      const described = input.getAttribute("aria-describedby").split(" ").filter((id) => id !== input.getAttribute("aria-errormessage"));
      described.length ? input.setAttribute("aria-describedby", described.join(" ")) : input.removeAttribute("aria-describedby");
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-errormessage");
    }
    const places = new Map([...this.#root.querySelectorAll("[data-at]")].map((each) => [pathOf(each).join("."), each]));
    problems.forEach((problem, index) => this.#showProblem(problem, index, places));
  }

  #showProblem(problem, index, places) {
    const place = placeOf(segments(problem.path), places);
    const note = document.createElement("p");
    note.className = problem.severity === "warning" ? "problem is-warning" : "problem";
    note.id = `problem-${index}`;
    note.textContent = [problem.message, problem.expected && `expected: ${problem.expected}`].filter(Boolean).join("; ");
    if (!place) return this.#root.prepend(note);
    for (let each = place.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
    if (!place.matches(INPUTS)) return (place.querySelector("legend, [data-title]") ?? place).after(note);
    if (problem.severity !== "warning") place.setAttribute("aria-invalid", "true");
    place.setAttribute("aria-errormessage", note.id);
    // A screen reader tells it with the field, and does not interrupt who is writing.
    place.setAttribute("aria-describedby", [place.getAttribute("aria-describedby"), note.id].filter(Boolean).join(" "));
    const row = place.closest(".pair");
    if (row) row.append(note);
    else place.after(note);
  }

  #changed(input) {
    if (!input.matches(INPUTS)) return;
    const path = pathOf(input);
    const entered = entry(input);
    if (entered === INVALID) return;
    if (path.at(-1) === "type" && path.at(-2) === "authentication") this.#signInBy(input, path.slice(0, -2), entered);
    else write(this.#value, path, entered);
    this.#furnish(input.closest("[data-card]"));
    this.#onChange(this.#value);
  }

  #signInBy(input, path, type) {
    if (path.length && !isHolder(read(this.#value, path))) write(this.#value, path, {});
    this.#signIn.choose(read(this.#value, path), type);
    this.#signIn.show(input.closest("fieldset").querySelector("[data-sign-in]"), this.#value);
  }

  #focused(input) {
    const field = input.dataset?.field ?? null;
    if (!field && !input.matches(INPUTS)) return;
    this.onField(field, (text) => {
      input.focus();
      input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  #clicked(button) {
    if (!button || this.#isReadOnly) return;
    const list = button.closest("[data-list]");
    const index = Number(button.closest("[data-row]")?.dataset.at);
    if ("add" in button.dataset) this.#add(list);
    else if ("remove" in button.dataset) this.#remove(list, index);
    else if (button.dataset.move) this.#move(list, index, index + Number(button.dataset.move));
  }

  #add(list) {
    const path = pathOf(list);
    if (!Array.isArray(read(this.#value, path))) write(this.#value, path, []);
    read(this.#value, path).push(JSON.parse(list.dataset.new));
    this.#showAgain(list);
    list.querySelector(":scope > [data-rows] > [data-row]:last-child").querySelector(INPUTS).focus();
  }

  #remove(list, index) {
    const path = pathOf(list);
    read(this.#value, path).splice(index, 1);
    if (!read(this.#value, path).length && !("card" in list.dataset)) write(this.#value, path, undefined);
    this.#showAgain(list);
    list.querySelector(":scope > [data-add]").focus();
  }

  #move(list, from, to) {
    const found = read(this.#value, pathOf(list));
    if (to < 0 || to >= found.length) return;
    found.splice(to, 0, ...found.splice(from, 1));
    this.#showAgain(list);
    list.querySelector(`:scope > [data-rows] > [data-at="${to}"] [data-move="${to - from}"]`).focus();
  }

  #showAgain(list) {
    this.#showRows(list);
    this.#onChange(this.#value);
  }

  /** Show the values of all inputs in `place`, whose lists have no rows yet. */
  #showWithin(place) {
    for (const input of place.querySelectorAll(INPUTS)) show(input, read(this.#value, pathOf(input)));
    for (const signIn of place.querySelectorAll("[data-sign-in]")) this.#signIn.show(signIn, this.#value);
    for (const list of place.querySelectorAll("[data-list]")) this.#showRows(list);
    if (this.#isReadOnly) for (const each of place.querySelectorAll("input, select, textarea, button")) each.disabled = true;
  }

  #showRows(list) {
    const found = read(this.#value, pathOf(list));
    const rows = list.querySelector(":scope > [data-rows]");
    const row = list.querySelector(":scope > template").content.firstElementChild;
    rows.replaceChildren();
    for (let index = 0; Array.isArray(found) && index < found.length; index += 1) {
      rows.append(this.#named(row.cloneNode(true), index));
      this.#showWithin(rows.lastElementChild);
      if ("card" in rows.lastElementChild.dataset) this.#showCard(rows.lastElementChild, found[index]);
    }
  }

  /** Ids are of a document, and each card has the same. */
  #named(row, index) {
    row.dataset.at = index;
    this.#rows += 1;
    for (const name of ["id", "for", "aria-describedby", "aria-labelledby"]) {
      for (const each of [row, ...row.querySelectorAll(`[${name}]`)]) if (each.hasAttribute(name)) each.setAttribute(name, `${each.getAttribute(name)}-${this.#rows}`);
    }
    return row;
  }

  #showCard(card, step) {
    this.#furnish(card);
    const details = card.querySelector("details");
    if (!isHolder(step)) return;
    details.open = this.#opened.has(step);
    details.addEventListener("toggle", () => (details.open ? this.#opened.add(step) : this.#opened.delete(step)));
  }

  #furnish(card) {
    const path = card && pathOf(card);
    if (card) furnish(card, read(this.#value, path), path.at(-1));
  }
}

/** The element of a path, or of what it is a part of. */
function placeOf(path, places) {
  for (let length = path.length; length > 0; length -= 1) {
    const found = places.get(path.slice(0, length).join("."));
    if (found) return found;
  }
  return null;
}
