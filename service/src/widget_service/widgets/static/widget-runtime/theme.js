// @ts-check
/** The tokens that the repository's theme file sets. This file says that there is none; the service serves what it says. */

/** @type {Record<string, string>} */
export const theme = {};
