/** A server on loopback that answers as a test says. */

import { once } from "node:events";
import { createServer } from "node:http";

/** @typedef {import("node:http").IncomingMessage} IncomingMessage */
/** @typedef {import("node:http").ServerResponse} ServerResponse */

/**
 * @typedef {object} Server
 * @property {string} url
 * @property {IncomingMessage[]} requests What came in, oldest first.
 * @property {Promise<unknown>[]} gone For each request, when its connection is closed.
 */

/**
 * @param {import("node:test").TestContext} t Closes the server with the test.
 * @param {(request: IncomingMessage, response: ServerResponse, body: string) => unknown} answer
 * @returns {Promise<Server>}
 */
export async function serve(t, answer) {
  /** @type {IncomingMessage[]} */
  const requests = [];
  /** @type {Promise<unknown>[]} */
  const gone = [];
  const server = createServer(async (request, response) => {
    requests.push(request);
    gone.push(once(request.socket, "close"));
    let body = "";
    for await (const piece of request) body += piece;
    await answer(request, response, body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, requests, gone };
}

/** @returns {Promise<string>} The URL of a port that nothing listens on. */
export async function closedPort() {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  return `http://127.0.0.1:${port}`;
}
