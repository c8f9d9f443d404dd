// @ts-check
/** Imported before other modules it keeps them from running: they are loaded and linked all the same. */

/** What it throws, which `name` tells apart from all that others throw. */
throw Object.assign(new Error("All modules could be loaded; none was run."), { name: "NothingRun" });
