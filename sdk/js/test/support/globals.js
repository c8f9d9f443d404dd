/** Stands in for what surrounds the SDK. */

/**
 * @param {Record<string, unknown>} replacements
 * @returns {() => void} Puts everything back.
 */
export function replaceGlobals(replacements) {
  const before = Object.keys(replacements).map(
    (name) => /** @type {const} */ ([name, Object.getOwnPropertyDescriptor(globalThis, name)]),
  );
  for (const [name, value] of Object.entries(replacements)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
  };
}
