/** What is published: an ES module, a script for pages, CommonJS and AMD, and types for both ways to import it. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import vm from "node:vm";

import { PACKAGE, SHIPPED } from "./support/files.js";

const run = promisify(execFile);
const NAMES = [
  "ConnectorAuthenticationError",
  "ConnectorBoundaryError",
  "ConnectorError",
  "ConnectorExecuteError",
  "ConnectorNetworkError",
  "ConnectorNotFoundError",
  "ConnectorTimeoutError",
  "ConnectorUpstreamError",
  "WidgetServiceSDK",
];

describe("the script", async () => {
  const script = await readFile(new URL("index.umd.js", SHIPPED), "utf8");

  test("in a page sets window.WidgetServiceSDK to the class, with the errors as its members", () => {
    /** @type {any} */
    const page = vm.createContext({});
    vm.runInContext(script, page);
    checkClass(page.WidgetServiceSDK);
    assert.deepEqual(Object.keys(page), ["WidgetServiceSDK"]);
  });

  test("for AMD is a module without dependencies, and the global too", () => {
    /** @type {unknown[]} */
    let defined = [];
    const define = Object.assign((/** @type {unknown[]} */ ...given) => (defined = given), { amd: {} });
    /** @type {any} */
    const page = vm.createContext({ define });
    vm.runInContext(script, page);
    assert.equal(JSON.stringify(defined[0]), "[]");
    assert.equal(/** @type {any} */ (defined[1])(), page.WidgetServiceSDK);
  });

  test("for CommonJS is the class, and no global", () => {
    const module = { exports: /** @type {any} */ ({}) };
    /** @type {any} */
    const page = vm.createContext({ module });
    vm.runInContext(script, page);
    checkClass(module.exports);
    assert.equal(page.WidgetServiceSDK, undefined);
  });
});

/** @param {any} SDK */
function checkClass(SDK) {
  assert.equal(typeof SDK, "function");
  for (const name of NAMES) assert.equal(typeof SDK[name], "function", name);
  assert.equal(SDK.WidgetServiceSDK, SDK);
  assert.equal(SDK.ConnectorError.prototype.name, "ConnectorError");
}

describe("the package, as npm installs it", () => {
  /** @type {string} A project whose node_modules hold the package. */
  let project;
  /** @type {string} */
  let installed;

  before(async () => {
    project = await mkdtemp(path.join(tmpdir(), "widget-service-sdk-"));
    installed = path.join(project, "node_modules", "widget-service-sdk");
    await mkdir(installed, { recursive: true });
    await run(process.execPath, [
      fileURLToPath(new URL("scripts/build.js", PACKAGE)),
      "--out",
      path.join(installed, "dist"),
      "--commonjs",
    ]);
    for (const name of ["package.json", "README.md"])
      await copyFile(new URL(name, PACKAGE), path.join(installed, name));
  });
  after(() => rm(project, { recursive: true }));

  test("can be imported", async () => {
    const { import: found } = JSON.parse(await readFile(path.join(installed, "package.json"), "utf8")).exports["."];
    const module = await import(pathToFileURL(path.join(installed, found.default)).href);
    assert.deepEqual(Object.keys(module), NAMES);
  });

  test("can be required, under each of its names", () => {
    const require = createRequire(path.join(project, "index.js"));
    checkClass(require("widget-service-sdk"));
    assert.equal(require("widget-service-sdk/package.json").name, "widget-service-sdk");
    assert.match(require.resolve("widget-service-sdk/umd"), /dist[/\\]index\.umd\.js$/);
  });

  test("has types for both", async () => {
    const use = `const sdk = new WidgetServiceSDK();
      export const value: Promise<{ temp: number }> = sdk.connectors.execute<{ temp: number }>({ permalink: "a", method: "GET" });
      export const reason = (error: unknown): string => (error instanceof ConnectorBoundaryError ? error.reason : "");`;
    await writeFile(
      path.join(project, "module.mts"),
      `import { ConnectorBoundaryError, WidgetServiceSDK } from "widget-service-sdk";\n${use}`,
    );
    await writeFile(
      path.join(project, "script.cts"),
      `import { ConnectorBoundaryError, WidgetServiceSDK } from "widget-service-sdk";\n${use}`,
    );
    await writeFile(
      path.join(project, "required.cts"),
      `import sdk = require("widget-service-sdk");\nexport const { WidgetServiceSDK } = sdk;`,
    );
    const tsc = path.join(
      path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
      "bin",
      "tsc",
    );
    const options = [
      "--strict",
      "--noEmit",
      "--skipLibCheck",
      "false",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom",
      "--types",
      "",
    ];
    const files = ["module.mts", "script.cts", "required.cts"];
    const { stdout } = await run(process.execPath, [tsc, ...options, ...files], { cwd: project }).catch(
      (failure) => failure,
    );
    assert.equal(stdout, "");
  });

  test("holds what it should, and nothing else", async () => {
    const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"], {
      cwd: installed,
      shell: process.platform === "win32",
    });
    const told = JSON.parse(stdout);
    const [{ files }] = Array.isArray(told) ? told : Object.values(told);
    assert.deepEqual(files.map((/** @type {{ path: string }} */ file) => file.path).sort(), [
      "README.md",
      "dist/index.cjs",
      "dist/index.d.cts",
      "dist/index.d.ts",
      "dist/index.js",
      "dist/index.umd.js",
      "package.json",
    ]);
  });
});
