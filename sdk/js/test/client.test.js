/** What JavaScript has of its own: warnings, errors that two copies share, functions that need no `this`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, test } from "node:test";

import * as sources from "../src/index.js";
import { PACKAGE, SHIPPED } from "./support/files.js";
import { replaceGlobals } from "./support/globals.js";
import { casesOf } from "./support/vectors.js";

const shipped = await import(new URL("index.js", SHIPPED).href);
const { ConnectorBoundaryError, ConnectorError, ConnectorExecuteError, ConnectorNotFoundError, WidgetServiceSDK } =
  sources;

/** @type {string[]} */
let warnings;
/** @type {any[]} */
let sent;
let answer = () => new Response("{}");
let restore = () => {};

beforeEach(() => {
  warnings = [];
  sent = [];
  answer = () => new Response("{}");
  restore = replaceGlobals({
    console: { ...console, warn: (/** @type {string} */ text) => warnings.push(text) },
    fetch: async (/** @type {string} */ url, /** @type {any} */ init) => {
      sent.push({ url, ...init });
      return answer();
    },
  });
});
afterEach(() => restore());

/** @param {object} [config] @returns {any} Without types: what is wrong is called here. */
const connectorsOf = (config) => new WidgetServiceSDK({ baseUrl: "https://widgets.example", ...config }).connectors;

describe("warnings", () => {
  for (const [wrong, right] of Object.entries({
    body: "payload",
    request_body: "payload",
    requestBody: "payload",
    data: "payload",
    json: "payload",
    path: "pathParams",
    path_params: "pathParams",
    pathParameters: "pathParams",
    query: "queryParams",
    params: "queryParams",
    queryparams: "queryParams",
    somethingElse: "permalink, payload, queryParams, pathParams, headers, method, timeout, signal",
  })) {
    test(`the option ${wrong} is ignored, and the warning names ${right}`, async () => {
      await connectorsOf().execute({ permalink: "weather-api", method: "POST", [wrong]: { a: 1 } });
      assert.deepEqual(warnings, [`Widget Service SDK: connector "weather-api": "${wrong}" is ignored; use ${right}`]);
      assert.equal(sent[0].body, undefined);
    });
  }

  /** @type {[string, (connectors: any) => unknown, RegExp][]} */
  const others = [
    ["a method in lower case", (c) => c.execute({ permalink: "a", method: "get" }), /"a": method get is sent as GET$/],
    [
      "NaN in a payload",
      (c) => c.execute({ permalink: "a", method: "POST", payload: { n: NaN, m: [NaN] } }),
      /"a": NaN is sent as null$/,
    ],
    [
      "NaN in the query",
      (c) => c.execute({ permalink: "a", method: "GET", queryParams: { n: NaN } }),
      /"a": NaN is sent as null$/,
    ],
    [
      "a composite's method",
      (c) => c.composite.execute({ permalink: "a", method: "GET" }),
      /"method" is ignored; use permalink/,
    ],
    [
      "a batch's execution",
      (c) => c.executeAll([{ permalink: "a", method: "GET", body: 1 }]),
      /executions\[0\]: connector "a": "body" is ignored; use payload$/,
    ],
    [
      "an execution's own timeout",
      (c) => c.executeAll([{ permalink: "a", method: "GET", timeout: 1 }]),
      /"timeout" is ignored/,
    ],
    ["an option of a batch", (c) => c.executeAll([], { retries: 1 }), /"retries" is ignored; use timeout, signal$/],
    [
      "a setting",
      (c) => c.configure({ url: "x" }),
      /"url" is ignored; use csrfToken, headers, timeout, baseUrl, token$/,
    ],
  ];
  for (const [what, call, text] of others) {
    test(`${what}: one warning, however often`, async () => {
      const connectors = connectorsOf();
      await call(connectors);
      await call(connectors);
      assert.equal(warnings.length, 1, warnings.join());
      assert.match(warnings[0] ?? "", text);
      await call(connectorsOf());
      assert.equal(warnings.length, 2, "each client warns for itself");
    });
  }

  test("a right call warns of nothing", async () => {
    const { signal } = new AbortController();
    await connectorsOf().execute({
      permalink: "a",
      method: "POST",
      payload: {},
      queryParams: {},
      pathParams: {},
      headers: {},
      timeout: 1000,
      signal,
    });
    await connectorsOf().executeAll([{ permalink: "a", method: "GET", composite: false }], { timeout: 1000, signal });
    assert.deepEqual(warnings, []);
  });
});

describe("calls", () => {
  test("functions need no `this`", async () => {
    const { execute, executeRaw, executeAll, composite, configure, getHeaders } = connectorsOf();
    await execute({ permalink: "a", method: "GET" });
    await (await executeRaw({ permalink: "a", method: "GET" })).bytes();
    await executeAll([{ permalink: "a", method: "GET" }]);
    await composite.execute.call(undefined, { permalink: "a" });
    configure({ headers: { "X-A": "1" } });
    assert.equal(getHeaders()["X-A"], "1");
    assert.equal(sent.length, 4);
  });

  test("what is wrong rejects, it does not throw", async () => {
    for (const call of ["execute", "executeRaw", "executeAll"]) {
      await assert.rejects(connectorsOf()[call]({ permalink: "?" }), ConnectorBoundaryError);
    }
  });

  test("a payload that JSON cannot write is refused", async () => {
    /** @type {Record<string, unknown>} */
    const circle = {};
    circle["self"] = circle;
    for (const payload of [circle, { n: 1n }]) {
      await assert.rejects(connectorsOf().execute({ permalink: "a", method: "POST", payload }), {
        name: "ConnectorBoundaryError",
        message: /"a" was not called: payload must be plain JSON/,
      });
    }
    assert.deepEqual(sent, []);
  });

  test("a call of nothing says what is missing, and a value its type", async () => {
    /** @type {[unknown, string][]} */
    const wrong = [
      [undefined, "connector was not called: permalink must be "],
      [{ permalink: null, method: "GET" }, "connector was not called: permalink must be "],
      [{ permalink: "a", method: "GET", timeout: "5" }, 'milliseconds, not "5"'],
      [{ permalink: "a", method: "GET", timeout: -5 }, "milliseconds, not -5"],
      [{ permalink: "a", method: "GET", timeout: [5] }, "milliseconds, not Array"],
    ];
    for (const [options, text] of wrong) {
      await assert.rejects(connectorsOf().execute(options), ({ message }) => {
        assert.ok(message.includes(text), message);
        assert.doesNotMatch(message, /undefined|"Null"/i);
        return true;
      });
    }
  });

  test("only the destination's own errors carry a body", async () => {
    for (const [status, carries] of /** @type {const} */ ([
      [401, false],
      [403, true],
    ])) {
      answer = () => new Response("{}", { status, headers: { "X-Connector-Upstream-Status": String(status) } });
      const error = await connectorsOf()
        .execute({ permalink: "a", method: "GET" })
        .catch((/** @type {unknown} */ reason) => reason);
      assert.equal("body" in error, carries, String(status));
    }
  });

  test("a setting that is wrong changes nothing", () => {
    const connectors = connectorsOf({ timeout: 100 });
    assert.throws(() => connectors.configure({ timeout: 200, headers: { "X-A": "b\n" } }), ConnectorBoundaryError);
    assert.equal(connectors.getDefaultTimeout(), 100);
  });

  test("what getHeaders gives is a copy", () => {
    const connectors = connectorsOf();
    connectors.getHeaders()["X-A"] = "b";
    assert.deepEqual(connectors.getHeaders(), { Accept: "application/json", "Content-Type": "application/json" });
  });

  test("the page's CSRF token is looked up at every call", async () => {
    const element = { getAttribute: () => null, value: undefined, textContent: "" };
    const putBack = replaceGlobals({
      location: { origin: "https://host.example" },
      document: { getElementById: () => element },
    });
    const { connectors } = new WidgetServiceSDK();
    await connectors.execute({ permalink: "a", method: "GET" });
    element.textContent = "late";
    await connectors.execute({ permalink: "a", method: "GET" });
    putBack();
    assert.deepEqual(
      sent.map(({ headers }) => headers["X-CSRF-Token"]),
      [undefined, "late"],
    );
  });

  test("outside of a page no credentials mode is asked for", async () => {
    await connectorsOf().execute({ permalink: "a", method: "GET" });
    assert.equal(sent[0].credentials, undefined);
  });
});

describe("errors", () => {
  test("a class knows the errors of another copy", async () => {
    answer = () => new Response(null, { status: 404 });
    const { connectors } = new shipped.WidgetServiceSDK({ baseUrl: "https://widgets.example" });
    const error = await connectors
      .execute({ permalink: "a", method: "GET" })
      .catch((/** @type {unknown} */ reason) => reason);
    for (const copy of [sources, shipped]) {
      assert.ok(error instanceof copy.ConnectorNotFoundError);
      assert.ok(error instanceof copy.ConnectorExecuteError);
      assert.ok(error instanceof copy.ConnectorError);
      assert.ok(!(error instanceof copy.ConnectorUpstreamError));
      assert.ok(!(error instanceof copy.ConnectorBoundaryError));
    }
    assert.ok(error instanceof Error);
  });

  test("a subclass of one's own is none of theirs", () => {
    class PlantError extends ConnectorExecuteError {
      constructor() {
        super("no plant", { status: 500 });
        this.name = "PlantError";
      }
    }
    const error = new PlantError();
    assert.equal(error.name, "PlantError");
    assert.ok(error instanceof PlantError && error instanceof ConnectorExecuteError && error instanceof ConnectorError);
    assert.ok(!(new ConnectorExecuteError("x", { status: 500 }) instanceof PlantError));
    assert.ok(!(new ConnectorNotFoundError("x", { status: 404 }) instanceof PlantError));
  });

  test("nothing but an error is one", () => {
    for (const value of [null, undefined, 0, "", {}, new Error("x")]) assert.ok(!(value instanceof ConnectorError));
  });

  test("every code of the protocol has its class in the vectors", () => {
    const { errors } = JSON.parse(readFileSync(new URL("../../protocol/errors.json", PACKAGE), "utf8"));
    const told = new Map(casesOf("errors.json").map(({ name, expect }) => [name, expect.error]));
    assert.ok(errors.length > 20);
    for (const { code, javascript } of errors) assert.equal(told.get(`code ${code}`), javascript, code);
  });
});
