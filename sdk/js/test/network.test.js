/** Calls over real connections: what arrives, in time or not at all, and what ends a call. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";

import { ConnectorExecuteError, ConnectorNetworkError, ConnectorTimeoutError, WidgetServiceSDK } from "../src/index.js";
import { closedPort, serve } from "./support/server.js";

const CALL = /** @type {const} */ ({ permalink: "weather-api", method: "GET" });
const TWO = /** @type {const} */ ([
  { permalink: "a", method: "GET" },
  { permalink: "b", method: "GET" },
]);

/** @param {string} baseUrl @param {number} [timeout] */
const connectorsOf = (baseUrl, timeout = 10_000) => new WidgetServiceSDK({ baseUrl, timeout }).connectors;

/** @param {number} index @param {unknown} body */
const line = (index, body) => `${JSON.stringify({ index, status: 200, headers: {}, body })}\n`;

test("a call arrives as it was meant, and its answer comes back", async (t) => {
  const { url, requests } = await serve(t, (request, response, body) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ url: request.url, body: JSON.parse(body), city: rawHeader(request, "X-City") }));
  });
  const value = await connectorsOf(url).execute({
    permalink: "create-plant",
    method: "POST",
    payload: { name: "Żółw" },
    queryParams: { tags: ["a", "b"] },
    pathParams: { shelf: 7 },
    headers: { "X-City": "Łódź" },
  });
  assert.deepEqual(value, {
    url: "/widget-service/connectors/create-plant/execute?tags=a%2Cb",
    body: { name: "Żółw" },
    city: "Łódź",
  });
  assert.equal(requests[0]?.headers["x-path-params"], "shelf=7");
});

/** @param {import("node:http").IncomingMessage} request @param {string} name */
function rawHeader({ rawHeaders }, name) {
  return Buffer.from(rawHeaders[rawHeaders.indexOf(name) + 1] ?? "", "latin1").toString();
}

test("a redirect is not followed", async (t) => {
  const { url, requests } = await serve(t, (_, response) => response.writeHead(302, { Location: "/elsewhere" }).end());
  await assert.rejects(connectorsOf(url).execute(CALL), (error) => {
    assert.ok(error instanceof ConnectorExecuteError);
    assert.equal(error.code, "INVALID_RESPONSE");
    return true;
  });
  assert.equal(requests.length, 1);
});

describe("nothing comes back", () => {
  test("where nobody listens", async () => {
    const url = await closedPort();
    await assert.rejects(connectorsOf(url).execute(CALL), (error) => {
      assert.ok(error instanceof ConnectorNetworkError);
      assert.match(error.message, /weather-api.*http:\/\/127\.0\.0\.1:\d+ cannot be reached; is it running there\? check baseUrl/);
      assert.ok(error.cause instanceof TypeError);
      return true;
    });
  });

  test("when the connection breaks in the middle of the answer", async (t) => {
    const { url } = await serve(t, (request, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("{", () => request.socket.destroy());
    });
    await assert.rejects(connectorsOf(url).execute(CALL), {
      name: "ConnectorNetworkError",
      message: `connector "weather-api" failed: the answer from ${url} broke off; call again if that is safe`,
    });
  });

  test("of a batch that nobody takes: each execution says so", async () => {
    const results = await connectorsOf(await closedPort()).executeAll(TWO);
    assert.deepEqual(
      results.map((result) => !result.ok && [result.error.name, result.error.permalink]),
      [
        ["ConnectorNetworkError", "a"],
        ["ConnectorNetworkError", "b"],
      ],
    );
  });
});

describe("the time is over", () => {
  /** @type {[string, (response: import("node:http").ServerResponse) => unknown][]} */
  const late = [
    ["before the answer begins", () => {}],
    ["in the middle of the answer", (response) => response.writeHead(200).write("{")],
  ];
  for (const [when, answer] of late) {
    test(`${when}: the call ends and its connection closes`, async (t) => {
      const { url, gone } = await serve(t, (_, response) => answer(response));
      await assert.rejects(connectorsOf(url).execute({ ...CALL, timeout: 100 }), (error) => {
        assert.ok(error instanceof ConnectorTimeoutError);
        assert.equal(error.timeout, 100);
        assert.equal(error.permalink, "weather-api");
        assert.match(error.message, /from http\S+ within 100 ms \(timeout\); raise timeout, or see X-Connector-Timing for what is slow$/);
        return true;
      });
      await gone[0];
    });
  }

  test("for a batch: what has arrived is kept", async (t) => {
    const { url, gone } = await serve(t, (_, response) => response.writeHead(200).write(line(1, "here")));
    const results = await connectorsOf(url).executeAll(TWO, { timeout: 1000 });
    assert.deepEqual(results[1], { ok: true, value: "here" });
    assert.ok(results[0]?.ok === false && results[0].error instanceof ConnectorTimeoutError);
    await gone[0];
  });

  test("the client's own time counts where the call names none", async (t) => {
    const { url } = await serve(t, () => {});
    await assert.rejects(connectorsOf(url, 50).execute(CALL), { name: "ConnectorTimeoutError", timeout: 50 });
  });

  test("a time that timers do not know is no time that is over", async (t) => {
    const { url } = await serve(t, (_, response) => response.end("1"));
    assert.equal(await connectorsOf(url).execute({ ...CALL, timeout: 1e12 }), 1);
  });
});

describe("the caller aborts", () => {
  test("before the call: nothing is sent", async (t) => {
    const { url, requests } = await serve(t, (_, response) => response.end("1"));
    const signal = AbortSignal.abort();
    await assert.rejects(connectorsOf(url).execute({ ...CALL, signal }), { name: "AbortError" });
    await assert.rejects(connectorsOf(url).executeAll(TWO, { signal }), { name: "AbortError" });
    assert.equal(requests.length, 0);
  });

  test("while the answer is awaited: the call rejects with the reason", async (t) => {
    const controller = new AbortController();
    const reason = new Error("the user left");
    const { url, gone } = await serve(t, () => controller.abort(reason));
    await assert.rejects(connectorsOf(url).execute({ ...CALL, signal: controller.signal }), reason);
    await gone[0];
  });

  test("in the middle of the answer", async (t) => {
    const controller = new AbortController();
    const reason = new Error("the user left");
    const { url } = await serve(t, (_, response) => response.writeHead(200).write("{"));
    const raw = await connectorsOf(url).executeRaw({ ...CALL, signal: controller.signal });
    const text = raw.text();
    controller.abort(reason);
    await assert.rejects(text, reason);
  });

  test("a batch: it rejects as a whole", async (t) => {
    const controller = new AbortController();
    const reason = new Error("the user left");
    const { url } = await serve(t, (_, response) => {
      response.writeHead(200).write(line(0, 1));
      controller.abort(reason);
    });
    await assert.rejects(connectorsOf(url).executeAll(TWO, { signal: controller.signal }), reason);
  });

  test("a signal that outlives its calls does not remember them", async (t) => {
    const { url } = await serve(t, ({ url: path = "" }, response) => {
      if (path.endsWith("/batch")) response.end(line(0, 1) + line(1, 2));
      else response.writeHead(path.includes("none") ? 204 : 200).end(path.includes("none") ? "" : "1");
    });
    const { signal } = new AbortController();
    const listening = listenersOf(signal);
    const connectors = connectorsOf(url);
    await connectors.execute({ ...CALL, signal });
    await connectors.execute({ ...CALL, permalink: "none", signal });
    await connectors.executeAll(TWO, { signal });
    const raw = await connectors.executeRaw({ ...CALL, signal });
    await raw.bytes();
    await connectors.executeRaw({ ...CALL, permalink: "none", signal });
    await assert.rejects(connectorsOf(await closedPort()).execute({ ...CALL, signal }), ConnectorNetworkError);
    assert.equal(listening.added, 6);
    assert.equal(listening.now.size, 0);
  });

  /** @param {AbortSignal} signal */
  function listenersOf(signal) {
    const listening = { added: 0, now: new Set() };
    Object.assign(signal, {
      addEventListener: (/** @type {string} */ _, /** @type {unknown} */ listener) => {
        listening.added += 1;
        listening.now.add(listener);
      },
      removeEventListener: (/** @type {string} */ _, /** @type {unknown} */ listener) => listening.now.delete(listener),
    });
    return listening;
  }
});

describe("a body as it arrives", () => {
  test("piece by piece, beyond the timeout", async (t) => {
    /** @type {(piece: string) => void} */
    let send = () => {};
    const { url } = await serve(t, (_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
      send = (piece) => (piece ? response.write(piece) : response.end());
    });
    const raw = await connectorsOf(url).executeRaw({ ...CALL, timeout: 1000 });
    assert.equal(raw.headers.get("content-type"), "text/event-stream");
    const reader = raw.stream().getReader();
    const beyond = once(AbortSignal.timeout(1200), "abort");
    send("data: 1\n\n");
    assert.equal(textOf(await reader.read()), "data: 1\n\n");
    await beyond;
    send("data: 2\n\n");
    assert.equal(textOf(await reader.read()), "data: 2\n\n");
    send("");
    assert.equal((await reader.read()).done, true);
  });

  test("a reader that has enough closes the connection", async (t) => {
    const { url, gone } = await serve(t, (_, response) => response.writeHead(200).write("one"));
    const raw = await connectorsOf(url).executeRaw(CALL);
    const reader = raw.stream().getReader();
    assert.equal(textOf(await reader.read()), "one");
    await reader.cancel();
    await gone[0];
  });

  test("the signal ends it", async (t) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { url, gone } = await serve(t, (_, response) => response.writeHead(200).write("one"));
    const raw = await connectorsOf(url).executeRaw({ ...CALL, signal: controller.signal });
    const reader = raw.stream().getReader();
    await reader.read();
    controller.abort(reason);
    await assert.rejects(reader.read(), reason);
    await gone[0];
  });

  test("one that breaks off is a network error", async (t) => {
    const { url } = await serve(t, (request, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("one", () => request.socket.destroy());
    });
    const raw = await connectorsOf(url).executeRaw(CALL);
    await assert.rejects(new Response(raw.stream()).text(), ConnectorNetworkError);
  });

  test("without one the stream is empty", async (t) => {
    const { url } = await serve(t, (_, response) => response.writeHead(204).end());
    const raw = await connectorsOf(url).executeRaw(CALL);
    assert.equal((await raw.stream().getReader().read()).done, true);
  });

  test("a held body can be read in every form", async (t) => {
    const { url } = await serve(t, (_, response) => response.end('{"a":"ł"}'));
    const raw = await connectorsOf(url).executeRaw(CALL);
    assert.deepEqual(await raw.json(), { a: "ł" });
    assert.equal(await raw.text(), '{"a":"ł"}');
    assert.equal((await raw.bytes()).length, 10);
  });

  test("what is not JSON says so by json()", async (t) => {
    const { url } = await serve(t, (_, response) => response.writeHead(200, { "Content-Type": "text/csv" }).end("a;b"));
    const raw = await connectorsOf(url).executeRaw(CALL);
    await assert.rejects(raw.json(), { code: "INVALID_RESPONSE", message: /the answer is not valid JSON \(text\/csv\)/ });
  });

  /** @param {{ value?: Uint8Array | undefined }} piece */
  const textOf = ({ value }) => new TextDecoder().decode(value);
});

test("a batch is read wherever it is cut, also inside a character", async (t) => {
  const bytes = Buffer.from(line(1, "Łódź 🐢") + line(0, "Żółw"));
  const { url } = await serve(t, async (_, response) => {
    response.writeHead(200);
    for (const byte of bytes) await new Promise((sent) => response.write(Buffer.of(byte), sent));
    response.end();
  });
  assert.deepEqual(await connectorsOf(url).executeAll(TWO), [
    { ok: true, value: "Żółw" },
    { ok: true, value: "Łódź 🐢" },
  ]);
});

test("a batch that breaks off keeps what has arrived", async (t) => {
  const { url } = await serve(t, (request, response) => {
    response.writeHead(200, { "Content-Length": "1000" });
    response.write(line(1, 2), () => request.socket.destroy());
  });
  const [first, second] = await connectorsOf(url).executeAll(TWO);
  assert.ok(first?.ok === false && first.error instanceof ConnectorNetworkError);
  assert.deepEqual(second, { ok: true, value: 2 });
});
