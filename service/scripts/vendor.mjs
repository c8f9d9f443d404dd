/**
 * Renews what the admin pages load of others: htmx as it is published, CodeMirror joined into one module.
 *
 *     node service/scripts/vendor.mjs [--check]
 *
 * The locked versions give the same bytes; `--check` only compares. The licences lie beside the files.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(path.dirname(here));
const out = path.join(root, "service/src/widget_service/admin/pages/static/vendor");

const bundled = await build({
  entryPoints: [path.join(here, "codemirror.mjs")],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  metafile: true,
  write: false,
});
const packages = new Set(
  Object.keys(bundled.metafile.inputs)
    .map((input) => input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1])
    .filter(Boolean),
);

const files = {
  "htmx.min.js": await readFile(path.join(root, "node_modules/htmx.org/dist/htmx.min.js")),
  "htmx.LICENSE.txt": await licence("htmx.org"),
  "codemirror.js": Buffer.from(bundled.outputFiles[0].contents),
  "codemirror.LICENSE.txt": Buffer.concat(await Promise.all([...packages].sort().map(licence))),
};

await mkdir(out, { recursive: true });
for (const [name, content] of Object.entries(files)) {
  const file = path.join(out, name);
  if (!process.argv.includes("--check")) await writeFile(file, content);
  else if (!content.equals(await readFile(file))) throw new Error(`${file} is not what is locked: make build-js`);
}

/** The name, version and licence of a package. */
async function licence(name) {
  const folder = path.join(root, "node_modules", name);
  const { version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  return Buffer.from(`${name} ${version}\n\n${await readFile(path.join(folder, "LICENSE"), "utf8")}\n`);
}
