globalThis.polyfilled = (globalThis.polyfilled ?? 0) + 1;
