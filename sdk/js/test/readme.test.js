/** The README tells the truth: its programs run, and its tables name every setting and every error. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as sources from "../src/index.js";
import { DEFAULT_SETTINGS } from "../src/settings.js";
import { PACKAGE } from "./support/files.js";
import { replaceGlobals } from "./support/globals.js";
import { serve } from "./support/server.js";

const README = readFileSync(new URL("README.md", PACKAGE), "utf8");
const PROGRAMS = [...README.matchAll(/```js\n(.*?)```/gs)].map(([, program = ""]) => program);
const SOURCE = new URL("src/index.js", PACKAGE).href;

/** @type {Record<string, [number, string]>} */
const ANSWERS = {
  "GET weather-api": [200, '{"temp":21}'],
  "POST create-plant": [201, '{"id":1}'],
  "POST morning-report": [200, '{"sun":true}'],
  "GET export": [200, "x".repeat(10_000)],
  "GET broken": [500, '{"error":"boom"}'],
};

PROGRAMS.forEach((program, number) => {
  test(`program ${number + 1} runs`, async (t) => {
    const { url } = await serve(t, answer);
    const warnings = [];
    const quiet = { log: () => {}, error: () => {}, warn: (/** @type {string} */ text) => warnings.push(text) };
    t.after(replaceGlobals({ location: { origin: url }, console: { ...console, ...quiet } }));
    const code = program
      .replaceAll("https://widgets.example", url)
      .replaceAll('"widget-service-sdk"', JSON.stringify(SOURCE));
    await import(`data:text/javascript,${encodeURIComponent(code)}`);
    assert.deepEqual(warnings, []);
  });
});

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {string} body
 */
function answer({ method, url = "" }, response, body) {
  const [, permalink] = /\/([^/]+)\/execute/.exec(url) ?? [];
  if (!permalink) return response.end(JSON.parse(body).executions.map(line).join(""));
  const [status, text] = ANSWERS[`${method} ${permalink}`] ?? [404, ""];
  if (status === 500) response.setHeader("X-Connector-Upstream-Status", status);
  return response.writeHead(status).end(text);
}

/** @param {{ method: string, permalink: string }} execution @param {number} index */
function line({ method, permalink }, index) {
  const [status, text] = ANSWERS[`${method} ${permalink}`] ?? [404, "null"];
  return `${JSON.stringify({ index, status, headers: {}, body: JSON.parse(text) })}\n`;
}

test("there are programs", () => assert.equal(PROGRAMS.length, 6));

test("every setting is in the table", () => {
  for (const name of Object.keys(DEFAULT_SETTINGS)) assert.ok(README.includes(`| \`${name}\` |`), name);
});

test("every error is in the table", () => {
  const errors = Object.keys(sources).filter((name) => name.endsWith("Error"));
  assert.equal(errors.length, 8);
  for (const name of errors) assert.ok(README.includes(`| \`${name}\` |`), name);
});
