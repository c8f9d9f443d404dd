// @ts-check
/** The line of a widget's own file at which it failed. */

const FRAME = /(https?:\/\/[^\s()]*\/widgets\/[^/\s]+\/[^/\s]+\/([^\s():?]+)(?:\?[^\s():]*)?):(\d+):(\d+)/;
const INLINE = /^inline-module-\d+\.js$/;
const AROUND = 2;

/**
 * Shows the lines around the first place of `stack` that is a file of a widget; nothing where none is.
 *
 * @param {HTMLElement} place With a `code` for the file and a `pre` for its lines.
 * @param {string} stack
 */
export async function showSource(place, stack) {
  place.hidden = true;
  const found = FRAME.exec(stack);
  if (!found) return;
  const [, url = "", name = "", line = "1", column = "1"] = found;
  const answer = await fetch(url).catch(() => undefined);
  if (!answer?.ok) return;
  const lines = (await answer.text()).split("\n");
  const at = Number(line) - 1;
  const first = Math.max(at - AROUND, 0);
  const shown = lines.slice(first, at + AROUND + 1).map((text, index) => {
    const mark = first + index === at ? "›" : " ";
    return `${mark} ${String(first + index + 1).padStart(4)}  ${text.slice(0, 200)}`;
  });
  // A script that stands in the entry has a URL of its own, and the lines of the entry.
  const entry = place.closest("[data-entry]")?.getAttribute("data-entry");
  const file = entry && INLINE.test(name) ? entry : decodeURIComponent(name);
  place.querySelector("code")?.replaceChildren(`${file}:${line}:${column}`);
  place.querySelector("pre")?.replaceChildren(shown.join("\n"));
  place.hidden = false;
}
