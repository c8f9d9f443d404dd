/** What a reader can do about an error of the SDK, or which fields of the form to mend. */

const NOT_SENT = "Nothing was ordered.";
const UNKNOWN = "Nobody here can tell whether the shop has your order. Ask it before you order again.";
const ADVICE = {
  ConnectorNetworkError: "The page cannot reach its service. Check your connection, then order again.",
  ConnectorTimeoutError: `The answer takes too long. ${UNKNOWN}`,
  ConnectorAuthenticationError: `${NOT_SENT} The shop refuses this page’s key. Whoever runs the page has to renew it.`,
  ConnectorNotFoundError: `${NOT_SENT} The connector “plant-orders” is missing. Whoever runs the page has to add it.`,
  ConnectorUpstreamError: `The plant shop does not answer as it should. ${UNKNOWN}`,
};

/**
 * An error is known by the name of its class: it may come from another copy of the SDK than the one on the page.
 *
 * @param {Error} error
 * @returns {string} Sentences that say what is wrong and what to do.
 */
export function advice(error) {
  if (error.code === "UPSTREAM_UNREACHABLE") return `The plant shop cannot be reached. ${NOT_SENT} Try again in a minute.`;
  if (error.status < 500 && error.body?.message) return `${NOT_SENT} The shop says: ${error.body.message}`;
  return ADVICE[error.name] ?? `The order failed. If it stays so, tell whoever runs the page: ${error.message}`;
}

/**
 * The shop refuses an order with `{errors: [{field, message}]}`: 422.
 *
 * @param {Error} error
 * @returns {{ name?: string, size?: string, other?: string } | undefined} The problems by field, if they are told.
 */
export function fieldProblems(error) {
  const told = error.name === "ConnectorUpstreamError" && error.status === 422 ? error.body?.errors : undefined;
  if (!Array.isArray(told) || !told.length) return undefined;
  const ofField = (isIt) => told.filter(({ field }) => isIt(field)).map(({ message }) => message).join(" ");
  return {
    name: ofField((field) => field === "name"),
    size: ofField((field) => field === "size"),
    other: ofField((field) => field !== "name" && field !== "size"),
  };
}
