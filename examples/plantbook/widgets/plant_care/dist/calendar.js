/** The watering calendar: a table of weeks from this Monday on, with the days on which the plant is thirsty. */

const DAY_MS = 86_400_000;
const MAX_WEEKS = 8;
const language = () => document.documentElement.lang || "en";

/** Today as `YYYY-MM-DD`, by the clock on the wall. */
export function today() {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())).toISOString().slice(0, 10);
}

/**
 * Fills a table.
 *
 * @param {HTMLTableElement} table
 * @param {{ lastWatered: string, every: number, weeks: unknown }} plan A date as `YYYY-MM-DD`, and days.
 * @returns {string} A sentence on what is next.
 */
export function drawCalendar(table, { lastWatered, every, weeks }) {
  const now = dayOf(today());
  const from = lastWatered ? Math.min(dayOf(lastWatered), now) : now;
  const monday = now - ((new Date(now * DAY_MS).getUTCDay() + 6) % 7);
  const isThirsty = (day) => day >= from && (day - from) % every === 0;
  const cellOf = (day) => cell(day, { isToday: day === now, isPast: day < now, isThirsty: isThirsty(day) });
  table.tHead.replaceChildren(row(range(7).map((i) => heading(monday + i))));
  table.tBodies[0].replaceChildren(...range(count(weeks)).map((week) => row(range(7).map((i) => cellOf(monday + 7 * week + i)))));
  return nextSentence(from + every * Math.max(1, Math.ceil((now - from) / every)), now);
}

const range = (length) => Array.from({ length }, (_, i) => i);
const dayOf = (iso) => Date.parse(iso) / DAY_MS;
const count = (weeks) => Math.min(MAX_WEEKS, Math.max(1, Math.trunc(Number(weeks)) || 4));

/** Days are counted in UTC, where each has 24 hours. */
const written = (day, parts) => new Intl.DateTimeFormat(language(), { ...parts, timeZone: "UTC" }).format(day * DAY_MS);

function nextSentence(day, now) {
  if (day === now) return "Next: today.";
  if (day === now + 1) return "Next: tomorrow.";
  return `Next: ${written(day, { weekday: "long", day: "numeric", month: "long" })}.`;
}

function row(cells) {
  const element = document.createElement("tr");
  element.append(...cells);
  return element;
}

function heading(day) {
  const element = document.createElement("th");
  element.scope = "col";
  element.abbr = written(day, { weekday: "long" });
  element.textContent = written(day, { weekday: "short" });
  return element;
}

function cell(day, { isToday, isPast, isThirsty }) {
  const element = document.createElement("td");
  const isFirst = new Date(day * DAY_MS).getUTCDate() === 1;
  element.textContent = written(day, { day: "numeric", ...(isFirst && { month: "short" }) });
  element.classList.toggle("thirsty", isThirsty);
  element.classList.toggle("past", isPast);
  if (isToday) element.ariaCurrent = "date";
  if (isThirsty) element.append(spoken(", water"));
  return element;
}

function spoken(text) {
  const element = document.createElement("span");
  element.className = "spoken";
  element.textContent = text;
  return element;
}
