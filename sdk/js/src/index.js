/** The public names of the package. */

export {
  ConnectorAuthenticationError,
  ConnectorBoundaryError,
  ConnectorError,
  ConnectorExecuteError,
  ConnectorNetworkError,
  ConnectorNotFoundError,
  ConnectorTimeoutError,
  ConnectorUpstreamError,
} from "./errors.js";
export { WidgetServiceSDK } from "./sdk.js";
