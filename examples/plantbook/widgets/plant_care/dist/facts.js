/** What a plant needs, in words, and in the units of its reader. */

const LIGHT = { low: "Low, far from a window", medium: "Medium, no sun", bright: "Bright, a little sun", direct: "Direct sun" };
const HUMIDITY = { dry: "Dry air is fine", average: "As in any room", high: "High: mist it often" };
const LEVEL = { easy: "Easy", moderate: "Moderate", demanding: "Demanding" };
const TOXICITY = { none: "Safe for pets", pets: "Toxic to pets", pets_and_people: "Toxic to pets and people" };

/**
 * @param {object} plant As the connector tells it.
 * @param {string} units `metric` or `imperial`.
 * @returns {{ label: string, value: string, isWarning?: boolean }[]}
 */
export function careFacts(plant, units) {
  const isImperial = units === "imperial";
  return [
    { label: "Light", value: LIGHT[plant.light] },
    { label: "Water", value: `Every ${plant.water_interval_days} days` },
    { label: "Temperature", value: temperature(plant.temperature_c, isImperial) },
    { label: "Humidity", value: HUMIDITY[plant.humidity] },
    { label: "Height", value: `Up to ${height(plant.height_cm, isImperial)}` },
    { label: "Care", value: LEVEL[plant.care_level] },
    { label: "Toxicity", value: TOXICITY[plant.toxicity], isWarning: plant.toxicity !== "none" },
    { label: "Price", value: `From ${price(plant.prices.S)}` },
  ];
}

function temperature({ min, max }, isImperial) {
  const fahrenheit = (celsius) => Math.round((celsius * 9) / 5 + 32);
  return isImperial ? `${fahrenheit(min)} to ${fahrenheit(max)} °F` : `${min} to ${max} °C`;
}

const height = (centimetres, isImperial) => (isImperial ? `${Math.round(centimetres / 2.54)} in` : `${centimetres} cm`);

function price({ amount, currency }) {
  return new Intl.NumberFormat(document.documentElement.lang || "en", { style: "currency", currency }).format(amount);
}
