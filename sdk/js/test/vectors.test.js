/** The SDK passes the vectors that all its implementations share: its sources, and the module that the service ships. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as sources from "../src/index.js";
import { SHIPPED } from "./support/files.js";
import { casesOf, checkError, checkRequest, lowered, run } from "./support/vectors.js";

const shipped = await import(new URL("index.js", SHIPPED).href);

for (const [name, { WidgetServiceSDK: SDK }] of Object.entries({ sources, shipped })) {
  describe(name, () => {
    table("requests.json", async (testCase) => {
      const { error, requests } = await run(SDK, testCase);
      assert.ifError(error);
      assert.equal(requests.length, 1);
      checkRequest(testCase.expect, requests[0]);
    });

    table("query.json", async (testCase) => {
      const { requests } = await run(SDK, testCase);
      assert.equal(requests[0].url.split("/execute")[1], testCase.expect.query && `?${testCase.expect.query}`);
    });

    table("path_params.json", async ({ expect, ...testCase }) => {
      const { requests } = await run(SDK, testCase);
      const header = lowered(requests[0].headers)["x-path-params"];
      if ("length" in expect) assert.equal(header.length, expect.length);
      else assert.equal(header ?? null, expect.header);
    });

    table("refused.json", async (testCase) => {
      const { error, requests } = await run(SDK, testCase);
      checkError(testCase.expect, error);
      assert.deepEqual(requests, []);
    });

    table("client.json", async ({ expect, ...testCase }) => {
      const { value, error } = await run(SDK, testCase, afterSteps);
      if ("error" in expect) return checkError(expect, error);
      assert.ifError(error);
      const expected = "headers" in expect ? { ...expect, headers: lowered(expect.headers) } : expect;
      assert.deepEqual({ .../** @type {object} */ (value), ...expected }, value);
    });

    table("answers.json", async (testCase) => {
      const { value, error } = await run(SDK, testCase);
      assert.ifError(error);
      assert.deepEqual(value, testCase.expect.value);
    });

    table("errors.json", async (testCase) => {
      const { error } = await run(SDK, testCase);
      checkError(testCase.expect, error);
      checkPermalink(error, testCase.options?.permalink ?? "weather-api");
    });

    table("raw.json", async (testCase) => {
      const { value, error } = await run(SDK, testCase, readRaw);
      if ("error" in testCase.expect) return checkError(testCase.expect, error);
      assert.ifError(error);
      const { headers = {}, ...expected } = testCase.expect;
      for (const [header, text] of Object.entries(headers)) assert.equal(value.headers.get(header), text);
      assert.deepEqual({ ...value, ...expected }, value);
    });

    table("batch.json", async (testCase) => {
      const { value, error, requests } = await run(SDK, testCase);
      assert.ifError(error);
      assert.equal(value.length, testCase.expect.results.length);
      testCase.expect.results.forEach((/** @type {any} */ expected, /** @type {number} */ index) => {
        const result = value[index];
        if (!("error" in expected)) return assert.deepEqual(result, { ok: true, value: expected.value });
        assert.equal(result.ok, false);
        checkError(expected, result.error);
        checkPermalink(result.error, testCase.options[index].permalink);
      });
      if (testCase.expect.request) checkRequest(testCase.expect.request, requests[0]);
    });
  });
}

/**
 * @param {string} file
 * @param {(testCase: any) => unknown} check
 */
function table(file, check) {
  for (const testCase of casesOf(file)) test(`${file}: ${testCase.name}`, () => check(testCase));
}

/** @param {any} error @param {unknown} permalink */
function checkPermalink(error, permalink) {
  assert.equal(error.permalink, String(permalink));
  assert.ok(error.message.includes(String(permalink)));
}

/** @param {any} sdk @param {any} testCase */
function afterSteps({ connectors }, { steps = [] }) {
  for (const [name, argument] of steps) connectors[name](argument);
  return {
    headers: lowered(connectors.getHeaders()),
    timeout: connectors.getDefaultTimeout(),
    baseUrl: connectors.getBaseUrl(),
  };
}

/** @param {any} sdk @param {any} testCase */
async function readRaw({ connectors }, { options = { permalink: "weather-api", method: "GET" }, expect }) {
  const raw = await connectors.executeRaw(options);
  const bytes = await raw.bytes();
  const json = "json" in expect ? await raw.json() : undefined;
  return {
    status: raw.status,
    headers: raw.headers,
    base64: Buffer.from(bytes).toString("base64"),
    text: await raw.text(),
    json,
  };
}
