/** The steps of a composite: their cards, and the drawing of which runs when. */

import { isHolder } from "./json.js";
import { read } from "./fields.js";

const OF_REQUESTS = ["url", "method", "authentication", "response_body", "response_content_type"];

/** Say in a card which step it is of, and leave out the fields that its kind of step does not have. */
export function furnish(card, step, index) {
  const name = read(step, ["name"]);
  card.querySelector("[data-title]").textContent = typeof name === "string" && name ? `Step ${index + 1}: ${name}` : `Step ${index + 1}`;
  const runs = Boolean(read(step, ["connector"]));
  hide(card, ".of-request", runs && !OF_REQUESTS.some((each) => has(step, each)));
  hide(card, ".of-connector", !runs && !has(step, "path_parameters"));
}

/** Draw which steps run at the same time: `turns` are `{"name", "turn", "told"}`, null where the steps have a mistake. */
export function draw(place, turns) {
  if (!place || !turns) return;
  const columns = Math.max(1, ...turns.map((each) => each.turn + 1));
  place.replaceChildren(...turns.map((each) => line(each, columns)));
}

function line({ name, turn, told }, columns) {
  const [item, title, track, bar, note] = ["li", "span", "span", "span", "span"].map((tag) => document.createElement(tag));
  title.textContent = name;
  title.className = "mono";
  track.className = "track";
  track.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  bar.className = "bar-of-turn";
  bar.style.gridColumn = String(turn + 1);
  note.className = "soft";
  note.textContent = told || "at once";
  track.append(bar);
  item.append(title, track, note);
  return item;
}

function has(step, name) {
  const value = read(step, [name]);
  return value !== undefined && value !== null && value !== "" && !(isHolder(value) && !Object.keys(value).length);
}

function hide(card, wanted, isHidden) {
  for (const each of card.querySelectorAll(wanted)) each.hidden = isHidden;
}
