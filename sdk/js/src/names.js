/** Finds the right name for an option that does not exist. */

/** @type {readonly (readonly [RegExp, string])[]} What is common in the wild, and what is meant by it. */
const RIGHT_NAMES = [
  [/body|data|json/i, "payload"],
  [/path/i, "pathParams"],
  [/query|param/i, "queryParams"],
];

/**
 * @param {object} given
 * @param {readonly string[]} known
 * @returns {string[]} A sentence for each name that is not known.
 */
export function unknownNames(given, known) {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = RIGHT_NAMES.find(([pattern, right]) => known.includes(right) && pattern.test(name));
      return `"${name}" is ignored; use ${meant?.[1] ?? known.join(", ")}`;
    });
}
