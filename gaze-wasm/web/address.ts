// What `src` names.

export type Address =
  /** A folder of gaze output, its address with a slash at the end. */
  | { kind: 'folder'; base: string }
  /** One file: a pack, or a single sheet. Its first bytes tell. `blob` is what a blob address stands for: a worker
   * may not look it up. */
  | { kind: 'file'; url: string; blob?: Blob }
  /** Four quadrant sheets. */
  | { kind: 'quadrants'; urls: string[] };

const fileNumbers = new WeakMap<Blob, number>();
let fileCount = 0;

/** A file that the page has. The same one has the same address each time. */
export function fileAddress(blob: Blob): Address {
  const number = fileNumbers.get(blob) ?? ++fileCount;
  fileNumbers.set(blob, number);
  return { kind: 'file', url: `blob:${number}`, blob };
}

/** Reads `src`; none where it is empty or names neither one nor four addresses. */
export function parseAddress(src: string, base: string): Address | undefined {
  const absolute = (url: string) => new URL(url, base).href;
  try {
    // Data and blob addresses may hold commas of their own.
    if (/^(data|blob):/i.test(src)) return { kind: 'file', url: src };
    const parts = src.split(',').map((part) => part.trim());
    if (parts.length === 4 && parts.every(Boolean)) return { kind: 'quadrants', urls: parts.map(absolute) };
    const only = parts[0];
    if (parts.length !== 1 || !only) return undefined;
    const url = absolute(only);
    const path = new URL(url).pathname;
    if (path.endsWith('/')) return { kind: 'folder', base: url };
    // A name without an extension is a folder that lacks its slash.
    if (!/\.[^/.]+$/.test(path)) return { kind: 'folder', base: withSlash(url) };
    return { kind: 'file', url };
  } catch {
    return undefined;
  }
}

function withSlash(url: string): string {
  const parsed = new URL(url);
  parsed.pathname += '/';
  return parsed.href;
}

/** Whether the file of that address holds a rig, as far as its name tells. */
export function isRigName(url: string): boolean {
  return fileName(url).endsWith('portrait.gaze');
}

/** Where the portrait may be, best guess first. A rig is there sooner. */
export function portraitAddresses(address: Address): string[] {
  const first = address.kind === 'folder' ? address.base : address.kind === 'file' ? address.url : address.urls[0];
  if (!first || /^(data|blob):/i.test(first) || isRigName(first)) return [];
  return ['input.jpg', '../input.jpg'].map((name) => new URL(name, first).href);
}

/** Last part of an address, for messages. */
export function fileName(url: string): string {
  if (/^(data|blob):/i.test(url)) return 'the given data';
  try {
    return decodeURIComponent(new URL(url).pathname.split('/').pop() || url);
  } catch {
    return url;
  }
}
