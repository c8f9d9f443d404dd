/** A plant's picture, a price, and the facts of a receipt, as people read them. */

const LOOKS = ["habit", "leaf", "color", "accent", "pattern", "bloom", "bloom_color"];
const SIZES = { S: "Small", M: "Medium", L: "Large" };
const language = () => document.documentElement.lang || "en";

/** Lets a `<plantbook-illustration>` draw a plant. */
export function illustrate(element, plant) {
  element.setAttribute("seed", plant.id);
  for (const look of LOOKS) {
    const [name, value] = [look.replace("_", "-"), plant.illustration[look]];
    if (value) element.setAttribute(name, value);
    else element.removeAttribute(name);
  }
}

/** `{amount: 29.9, currency: "EUR"}` as `€29.90`. */
export function priceText({ amount, currency }) {
  return new Intl.NumberFormat(language(), { style: "currency", currency }).format(amount);
}

/** The terms and descriptions of a receipt. */
export function receiptFacts({ order_number, plant, size, price, delivery, confirmation_to }) {
  const facts = {
    Order: order_number,
    Plant: `${plant.name}, ${SIZES[size].toLowerCase()}`,
    Price: priceText(price),
    Delivery: `${dayText(delivery.from)} to ${dayText(delivery.to)}`,
    Confirmation: confirmation_to ? `Sent to ${confirmation_to}` : "None: you are not signed in. Please note the number.",
  };
  return Object.entries(facts).flatMap(([term, description]) => [element("dt", term), element("dd", description)]);
}

/** A date without a time is the same day in every time zone. */
function dayText(iso) {
  const parts = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" };
  return new Intl.DateTimeFormat(language(), parts).format(Date.parse(iso));
}

function element(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}
