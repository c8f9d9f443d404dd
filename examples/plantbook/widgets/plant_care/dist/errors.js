/** What a reader can do about an error of the SDK. */

const ADVICE = {
  ConnectorNetworkError: "The page cannot reach its service. Check your connection, then try again.",
  ConnectorTimeoutError: "The answer takes too long. Try again in a moment.",
  ConnectorAuthenticationError: "The shop refuses this page’s key. Whoever runs the page has to renew it.",
  ConnectorNotFoundError: "The connector “plant” is missing. Whoever runs the page has to add it.",
  ConnectorUpstreamError: "The plant shop does not answer as it should. Try again in a minute.",
};

/**
 * An error is known by the name of its class: it may come from another copy of the SDK than the one on the page.
 *
 * @param {Error} error
 * @returns {string} Sentences that say what is wrong and what to do.
 */
export function advice(error) {
  if (error.name === "ConnectorUpstreamError" && error.status === 404) {
    return `${error.body?.message ?? "There is no such plant."} Choose another one in the widget’s configuration.`;
  }
  return ADVICE[error.name] ?? `Try again. If it stays so, tell whoever runs the page: ${error.message}`;
}
