// Builds dist/ from src/; with --watch, again whenever a file is saved.
import { copyFile, mkdir } from "node:fs/promises";
import { context } from "esbuild";

await mkdir("dist", { recursive: true });
await copyFile("src/index.html", "dist/index.html");
const building = await context({
  entryPoints: { main: "src/main.jsx" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "info",
});
if (process.argv.includes("--watch")) {
  await building.watch();
} else {
  await building.rebuild();
  await building.dispose();
}
