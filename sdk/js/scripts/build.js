/**
 * Makes the files that are published out of the sources: one ES module, one UMD script, one file of types.
 *
 *     node scripts/build.js --out DIRECTORY [--commonjs]
 *
 * The same sources give the same bytes. With `--commonjs` the names that Node's `require` needs are added: in a package
 * of type "module", a `.js` file is never CommonJS.
 */

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "esbuild";
import { minify } from "terser";

import { bundleTypes } from "./types.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { out: { type: "string" }, commonjs: { type: "boolean", default: false } } });
if (!values.out) throw new Error("usage: node scripts/build.js --out DIRECTORY [--commonjs]");
const out = path.resolve(values.out);

const { name, version, license } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
const banner = `/*! ${name} ${version} | ${license} */`;

await mkdir(out, { recursive: true });
await writeFile(path.join(out, "index.js"), await bundle("src/index.js", "esm"));
await writeFile(path.join(out, "index.umd.js"), await bundle("src/umd.js", "iife"));
await writeFile(path.join(out, "index.d.ts"), `${banner}\n\n${await bundleTypes(root)}`);

if (values.commonjs) {
  await copyFile(path.join(out, "index.umd.js"), path.join(out, "index.cjs"));
  await copyFile(path.join(out, "index.d.ts"), path.join(out, "index.d.cts"));
}

/**
 * esbuild joins the modules; terser makes the result a tenth smaller than esbuild's own minifier does.
 *
 * @param {string} entry
 * @param {import("esbuild").Format} format
 * @returns {Promise<string>}
 */
async function bundle(entry, format) {
  const joined = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format,
    target: "es2022",
    charset: "utf8",
    write: false,
    // The script for CommonJS, AMD and pages has to look for `module`.
    logOverride: { "commonjs-variable-in-esm": "silent" },
  });
  const { code } = await minify(joined.outputFiles[0].text, {
    module: format === "esm",
    toplevel: true,
    ecma: 2020,
    compress: { passes: 3, pure_getters: true, hoist_funs: true, unsafe_methods: true },
    format: { preamble: banner, comments: false },
  });
  return `${code}\n`;
}
