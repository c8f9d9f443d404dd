/** What a CommonJS loader gives to a script. */
declare const module: { exports: unknown } | undefined;
