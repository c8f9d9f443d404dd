/** The names that templates may use in the field under the cursor; a click puts one there. */

const TITLES = {
  url: "the URL",
  headers: "a header",
  query_parameters: "a query parameter",
  authentication: "authentication",
  request_body: "the request body",
  response_body: "the response body",
};

export class Palette {
  #list = document.getElementById("palette");
  #hint = document.getElementById("palette-hint");
  #names;

  constructor(names) {
    this.#names = names;
  }

  /** Show what the field takes; `insert` puts a text where the cursor is. Null: no such field. */
  show(field, insert) {
    const entries = this.#names[field] ?? [];
    this.#hint.textContent = entries.length ? `In ${TITLES[field]}:` : "Put the cursor into a field that takes templates.";
    this.#list.replaceChildren(...entries.map((entry) => item(entry, insert)));
  }
}

function item({ insert: text, help }, insert) {
  const line = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.title = help;
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => insert(text));
  line.append(button);
  return line;
}
