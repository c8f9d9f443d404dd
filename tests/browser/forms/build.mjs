/**
 * Builds the widgets of this folder as their authors' tools do, into the layout of a widget repository.
 *
 *     node build.mjs OUT      // OUT/widgets/trees-FORM/dist/…
 */

import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { compileScript, parse } from "vue/compiler-sfc";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs OUT");

const dist = (form, ...names) => path.join(out, "widgets", `trees-${form}`, "dist", ...names);

/** Single-file components, with their templates inlined. */
const components = {
  name: "vue",
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path: file }) => {
      const { descriptor } = parse(await readFile(file, "utf8"), { filename: file });
      const { content } = compileScript(descriptor, { id: "trees", inlineTemplate: true });
      return { contents: content, loader: "js", resolveDir: path.dirname(file) };
    });
  },
};

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  plugins: [components],
  define: {
    "process.env.NODE_ENV": '"production"',
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
};

await mkdir(dist("html"), { recursive: true });
await copyFile(path.join(here, "html", "content.html"), dist("html", "content.html"));

for (const [form, entry] of [["vanilla", "main.js"], ["react", "main.jsx"], ["vue", "main.js"]]) {
  await build({ ...common, entryPoints: { index: `${form}/${entry}` }, outdir: dist(form, "assets") });
  await copyFile(path.join(here, form, "index.html"), dist(form, "index.html"));
}

await build({
  ...common,
  entryPoints: ["bundle/main.js", "bundle/polyfills.js", "bundle/styles.css"],
  outdir: dist("bundle"),
  splitting: true,
  chunkNames: "chunk-[hash]",
  assetNames: "media/[name]-[hash]",
  loader: { ".svg": "file" },
});
const chunk = (await readdir(dist("bundle"))).find((name) => name.startsWith("chunk-"));
const page = await readFile(path.join(here, "bundle", "index.html"), "utf8");
await writeFile(dist("bundle", "index.html"), page.replace("CHUNK", chunk ?? ""));
await writeFile(dist("bundle", "favicon.ico"), "");
