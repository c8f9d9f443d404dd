/** Makes one file of types: the compiler writes a file for each module, the public ones are joined here. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** In the order in which they are joined. */
const PUBLIC_MODULES = ["types", "error-types", "sdk"];

/**
 * @param {string} root The package's directory.
 * @returns {Promise<string>}
 */
export async function bundleTypes(root) {
  const directory = await mkdtemp(path.join(tmpdir(), "widget-service-sdk-"));
  try {
    await declarations(root, directory);
    const texts = await Promise.all(
      PUBLIC_MODULES.map((name) => readFile(path.join(directory, `${name}.d.ts`), "utf8")),
    );
    return [...texts.map(standingAlone), "export {};\n"].join("\n");
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * @param {string} root
 * @param {string} directory
 */
async function declarations(root, directory) {
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const options = [
    "--declaration",
    "--emitDeclarationOnly",
    "--noEmit",
    "false",
    "--stripInternal",
    "--rootDir",
    "src",
    "--outDir",
    directory,
  ];
  await promisify(execFile)(process.execPath, [tsc, "--project", "tsconfig.json", ...options], { cwd: root });
}

/** What has no place in the joined file, or says again in JSDoc what the declaration says. */
const LEFT_OUT = [
  /^\/\*\* .* \*\/\n(?=\/\*\*)/gm,
  /^import type .*;\n/gm,
  /^export \{\};\n/gm,
  /^\/\*\* @import .*\n/gm,
  /^ *\* @(?:param|type|override|readonly)\b.*\n/gm,
  /^ *\*\n(?= *\*\/)/gm,
  /^ *\/\*\*\n *\*\/\n/gm,
];

/**
 * @param {string} text The declarations of one module.
 * @returns {string}
 */
function standingAlone(text) {
  return LEFT_OUT.reduce((rest, pattern) => rest.replace(pattern, ""), text);
}
