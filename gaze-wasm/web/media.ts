// Media queries. A DOM that is no browser's, in which pages are tested, has none: nothing matches there.

export function mediaQuery(query: string): MediaQueryList {
  return globalThis.matchMedia?.(query) ?? (Object.assign(new EventTarget(), { matches: false }) as MediaQueryList);
}
