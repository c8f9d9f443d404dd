// Builds dist/ from src/; with --watch, again whenever a file is saved.
import { copyFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { context } from "esbuild";
import { compileScript, parse } from "vue/compiler-sfc";

/** Components with <script setup>, their templates compiled: a page may not compile them, eval is forbidden there. */
const components = {
  name: "vue",
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path: file }) => {
      const { descriptor, errors } = parse(await readFile(file, "utf8"), { filename: file });
      if (errors.length > 0) return { errors: errors.map(({ message }) => ({ text: message })) };
      const { content } = compileScript(descriptor, { id: path.basename(file), inlineTemplate: true });
      return { contents: content, loader: "js", resolveDir: path.dirname(file) };
    });
  },
};

await mkdir("dist", { recursive: true });
await copyFile("src/index.html", "dist/index.html");
await copyFile("src/style.css", "dist/style.css");
const building = await context({
  entryPoints: { main: "src/main.js" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  plugins: [components],
  define: {
    "process.env.NODE_ENV": '"production"',
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  logLevel: "info",
});
if (process.argv.includes("--watch")) {
  await building.watch();
} else {
  await building.rebuild();
  await building.dispose();
}
