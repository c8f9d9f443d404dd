/** The editor of a definition: one JSON text, shown as a form or as code, checked while it is written. */

import { Form } from "./form.js";
import { CodeMode } from "./code_mode.js";
import { Palette } from "./palette.js";
import { isHolder, parse } from "./json.js";
import { draw } from "./steps.js";

const CHECK_AFTER_MS = 400;

const editor = document.getElementById("editor");
const source = document.getElementById("definition");
const isReadOnly = "readOnly" in editor.dataset;
const isComposite = editor.dataset.kind === "composite";
const saved = source.value;
const schema = await (await fetch(editor.dataset.schema)).json();
const names = JSON.parse(document.getElementById("palette-data").textContent);

const palette = new Palette(names);
const form = new Form(document.getElementById("form-view"), schema, { isReadOnly, onChange: fromForm });
const code = new CodeMode(document.getElementById("code-mode"), schema, {
  text: source.value,
  isReadOnly,
  isComposite,
  names,
  onChange: fromCode,
  onField: (field, insert) => palette.show(field, insert),
});
source.hidden = true;
document.getElementById("definition-label").addEventListener("click", () => code.focus());
form.onField = (field, insert) => palette.show(field, insert);

let checking;
let isLeaving = false;
let view = "code";

function fromForm(value) {
  changed(`${JSON.stringify(value, null, 2)}`);
}

function fromCode(text) {
  changed(text);
}

function changed(text) {
  source.value = text;
  document.getElementById("state").className = isDirty() ? "unsaved" : "";
  clearTimeout(checking);
  checking = setTimeout(check, CHECK_AFTER_MS);
}

/** Whether there is something that leaving the page would lose. */
function isDirty() {
  return source.value !== saved || "dirty" in editor.dataset;
}

async function check() {
  const text = source.value;
  const body = new URLSearchParams({ definition: text, csrf_token: editor.elements.csrf_token.value });
  try {
    const response = await fetch(editor.dataset.check, { method: "POST", body });
    if (!response.ok || text !== source.value) return;
    const { problems, turns } = await response.json();
    show(problems);
    draw(document.getElementById("turns"), turns);
  } catch {
    // Saving checks it again, and says so where the service is away.
  }
}

function show(problems) {
  form.showProblems(problems);
  code.showProblems(problems);
}

function switchTo(wanted) {
  if (wanted === "form") {
    const value = parsed();
    if (value === undefined) {
      code.focus();
      return say("The JSON has a mistake; mend it here first. Nothing was changed.");
    }
    form.fill(value);
  } else if (view === "form") {
    code.setText(source.value);
  }
  say("");
  view = wanted;
  for (const name of ["form", "code"]) {
    document.getElementById(`${name}-view`).hidden = name !== wanted;
    document.getElementById(`to-${name}`).setAttribute("aria-pressed", String(name === wanted));
  }
  palette.show(null);
  try {
    localStorage.setItem("editor-view", wanted);
  } catch {
    // A browser that keeps nothing shows the form next time.
  }
}

function parsed() {
  try {
    const value = parse(source.value);
    return isHolder(value) && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function say(text) {
  const place = document.getElementById("view-note") ?? document.createElement("p");
  place.id = "view-note";
  place.className = "problem";
  place.setAttribute("role", "alert");
  place.textContent = text;
  document.getElementById("code-view").prepend(place);
}

document.getElementById("to-form").addEventListener("click", () => switchTo("form"));
document.getElementById("to-code").addEventListener("click", () => switchTo("code"));
editor.addEventListener("submit", () => (isLeaving = true));
document.getElementById("take-theirs")?.addEventListener("click", () => (isLeaving = true));
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s" && !isReadOnly) {
    event.preventDefault();
    editor.requestSubmit();
  }
});
addEventListener("beforeunload", (event) => {
  if (!isLeaving && isDirty()) event.preventDefault();
});

if (kept() !== "code" && parsed() !== undefined) switchTo("form");
changed(source.value);
show(JSON.parse(document.getElementById("problem-data").textContent));
document.documentElement.dataset.editor = "ready";

function kept() {
  try {
    return localStorage.getItem("editor-view");
  } catch {
    return null;
  }
}
