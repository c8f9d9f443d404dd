/** The definition as JSON, in CodeMirror: the schema completes it, templates in strings are seen, problems underlined. */

import {
  autocompletion,
  basicSetup,
  Decoration,
  EditorState,
  EditorView,
  HighlightStyle,
  indentWithTab,
  json,
  jsonParseLinter,
  keymap,
  lintGutter,
  MatchDecorator,
  setDiagnostics,
  syntaxHighlighting,
  syntaxTree,
  tags,
  ViewPlugin,
} from "./vendor/codemirror.js";
import { segments } from "./fields.js";

const FIELDS = ["url", "headers", "query_parameters", "authentication", "request_body", "response_body"];

const theme = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "var(--raised)", color: "var(--text)" },
  "&.cm-focused": { outline: "2px solid var(--accent)" },
  ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--text)", minHeight: "24rem" },
  ".cm-scroller": { lineHeight: "1.55" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--sunken) 60%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)" },
  ".cm-template": { backgroundColor: "var(--warn-ground)", borderRadius: "3px", color: "var(--warn)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", color: "var(--text)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--text)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "none", color: "var(--soft)" },
  ".cm-template *": { color: "inherit" },
});
const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--bad)" },
]);
const templates = new MatchDecorator({ regexp: /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/g, decoration: Decoration.mark({ class: "cm-template" }) });
const markTemplates = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.decorations = templates.createDeco(view);
    }
    update(update) {
      this.decorations = templates.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

export class CodeMode {
  #view;
  #schema;
  #names;
  #isQuiet = false;

  constructor(parent, schema, { text, isReadOnly, isComposite, names, onChange, onField }) {
    this.#schema = { root: schema.$defs[isComposite ? "CompositeDefinition" : "ConnectorDefinition"], defs: schema.$defs };
    this.#names = names;
    // In a shadow root CodeMirror brings its styles as constructed sheets, which the Content-Security-Policy admits.
    const root = parent.attachShadow({ mode: "open" });
    parent.className = "code";
    const told = EditorView.updateListener.of((update) => {
      if (update.docChanged && !this.#isQuiet) onChange(update.state.doc.toString());
      if (update.selectionSet || update.focusChanged) this.#tellField(onField);
    });
    this.#view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          basicSetup,
          json(),
          lintGutter(),
          autocompletion({ override: [(context) => this.#complete(context)] }),
          syntaxHighlighting(colours),
          markTemplates,
          theme,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "Definition, as JSON" }),
          EditorState.readOnly.of(isReadOnly),
          keymap.of([{ key: "Escape", run: leave }, indentWithTab]),
          told,
        ],
      }),
    });
  }

  focus() {
    this.#view.focus();
  }

  /** Show another text, without telling that it has changed. */
  setText(text) {
    if (text === this.#view.state.doc.toString()) return;
    this.#isQuiet = true;
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
    this.#isQuiet = false;
  }

  /** Underline the value of each problem; of what is no JSON, the place where that is seen. */
  showProblems(problems) {
    const { state } = this.#view;
    const syntax = jsonParseLinter()(this.#view);
    const found = syntax.length
      ? syntax
      : problems.map((problem) => ({
          ...place(state, segments(problem.path)),
          severity: problem.severity,
          message: [problem.message, problem.expected && `expected: ${problem.expected}`].filter(Boolean).join("; "),
        }));
    this.#view.dispatch(setDiagnostics(state, found));
  }

  #tellField(onField) {
    const { state } = this.#view;
    const { path, isValue } = pathAt(state, state.selection.main.head);
    const field = isValue ? path.find((part) => FIELDS.includes(part)) : undefined;
    onField(field ?? null, (text) => {
      this.#view.dispatch(state.replaceSelection(JSON.stringify(text).slice(1, -1)));
      this.#view.focus();
    });
  }

  #complete(context) {
    const { path, isName, isValue, node } = pathAt(context.state, context.pos);
    if (isName || (node?.name === "Object" && context.explicit)) return this.#members(context, isName ? path.slice(0, -1) : path, node);
    if (!isValue) return null;
    return this.#inTemplate(context, path) ?? this.#choices(context, path, node);
  }

  #members(context, path, node) {
    const described = this.#at(path);
    const from = node.name === "Object" ? context.pos : node.from;
    const options = Object.entries(described?.properties ?? {}).map(([name, one]) => ({
      label: `"${name}"`,
      detail: one.type ? [one.type].flat().join(" or ") : "",
      info: one.description,
      apply: `"${name}"`,
      type: "property",
    }));
    return { from, to: node.name === "Object" ? context.pos : node.to, options };
  }

  #choices(context, path, node) {
    const described = this.#at(path);
    const values = (described?.enum ?? []).filter((each) => each !== null);
    if (!values.length) return null;
    return { from: node.from, to: node.to, options: values.map((each) => ({ label: JSON.stringify(each), type: "enum" })) };
  }

  #inTemplate(context, path) {
    const before = context.state.doc.lineAt(context.pos).text.slice(0, context.pos - context.state.doc.lineAt(context.pos).from);
    const opened = before.lastIndexOf("{{");
    if (opened < 0 || before.indexOf("}}", opened) >= 0) return null;
    const field = path.find((part) => FIELDS.includes(part));
    const written = /[\w.|'()[\] ]*$/.exec(before.slice(opened + 2))[0].trimStart();
    const options = (this.#names[field] ?? []).map(({ insert, help }) => {
      const text = insert.replace(/^\{\{ | \}\}$/g, "");
      return { label: text, info: help, type: text.startsWith("|") ? "function" : "variable" };
    });
    return { from: context.pos - written.length, options };
  }

  /** The schema of what stands at a path. */
  #at(path) {
    let found = this.#schema.root;
    let parent = null;
    for (const part of path) {
      parent = found;
      found = this.#resolved(typeof part === "number" ? found?.items : found?.properties?.[part]);
      if (part === "config" && parent?.allOf) found = this.#configOf();
    }
    return found;
  }

  #configOf() {
    const type = /"type"\s*:\s*"(\w+)"/.exec(this.#view.state.doc.toString().split('"authentication"')[1] ?? "")?.[1];
    const rule = this.#schema.defs.Authentication.allOf.find((each) => each.if.properties.type.const === type);
    return rule && this.#resolved(rule.then.properties.config);
  }

  #resolved(schema) {
    const one = schema?.anyOf?.find((each) => each.$ref) ?? schema;
    return one?.$ref ? this.#schema.defs[one.$ref.split("/").pop()] : one;
  }
}

function leave(view) {
  if (view.state.readOnly) return false;
  view.contentDOM.blur();
  return true;
}

/** Where a position is: the path of its value, and whether it is in a member's name or in a string. */
function pathAt(state, position) {
  const node = syntaxTree(state).resolveInner(position, -1);
  const path = [];
  for (let each = node; each; each = each.parent) {
    if (each.name === "Property") path.unshift(nameOf(state, each));
    else if (each.parent?.name === "Array" && !["[", "]", ","].includes(each.name)) path.unshift(indexOf(each));
  }
  return { path, node, isName: node.name === "PropertyName", isValue: node.name === "String" };
}

function nameOf(state, property) {
  const name = property.getChild("PropertyName");
  try {
    return JSON.parse(state.sliceDoc(name.from, name.to));
  } catch {
    return "";
  }
}

function indexOf(node) {
  let index = 0;
  for (let each = node.prevSibling; each; each = each.prevSibling) if (!["[", ",", "]"].includes(each.name)) index += 1;
  return index;
}

/** The range of the value at a path, or of what it is a part of. */
function place(state, path) {
  let node = syntaxTree(state).topNode.firstChild;
  for (const part of path) {
    const inner = typeof part === "number" ? items(node)[part] : node?.getChildren("Property").find((each) => nameOf(state, each) === part)?.lastChild;
    if (!inner) break;
    node = inner;
  }
  if (!node) return { from: 0, to: 0 };
  const whole = node.name === "Object" && !node.parent?.parent;
  return { from: node.from, to: whole ? Math.min(node.from + 1, node.to) : node.to };
}

function items(node) {
  const found = [];
  for (let each = node?.firstChild; each; each = each.nextSibling) if (!["[", ",", "]"].includes(each.name)) found.push(each);
  return found;
}
