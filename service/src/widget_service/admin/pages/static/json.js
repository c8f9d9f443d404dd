/** JSON whose numbers stay as they were written: 1.0 stays 1.0, and an account's number of 19 digits stays all of them. */

export function parse(text) {
  return JSON.parse(text, (_, value, context) => (isChanged(value, context?.source) ? JSON.rawJSON(context.source) : value));
}

/** The text of a number that is kept as it was written; undefined for all else. */
export function rawText(value) {
  return JSON.isRawJSON?.(value) ? value.rawJSON : undefined;
}

/** Whether members can be read of a value, and set. */
export function isHolder(value) {
  return value !== null && typeof value === "object" && rawText(value) === undefined;
}

/** Browsers that do not tell the source have no rawJSON either. */
function isChanged(value, source) {
  return typeof value === "number" && source !== undefined && JSON.rawJSON !== undefined && String(value) !== source;
}
