// What `src` names.

export type Address =
  /** A folder of gaze output at `base`, which has a slash at its end; or a face that lies at `url` itself. Only trying
   * tells which: what the name rather looks like comes first. */
  | { kind: 'folder'; base: string; url: string; looksLikeFile: boolean }
  /** One file: a pack, or a single sheet. Its first bytes tell. `blob` is what a blob address stands for: a worker
   * may not look it up. */
  | { kind: 'file'; url: string; blob?: Blob }
  /** Four quadrant sheets. */
  | { kind: 'quadrants'; urls: string[] };

/** Addresses that a slash could not follow. */
const FILE = /\.(webp|png|jpe?g|avif|gif|gaze)$/i;
/** What may stand between addresses, which may hold commas themselves: a comma before a space, as in `srcset`; before what
 * begins an address, unless the content of a data address begins there; or after the ending of a sheet. */
const SEPARATOR = /\s*,(?:\s+|(?<!data:[^,]*,)(?=[a-z][a-z\d+.-]*:|\.{0,2}\/)|(?<=\.(?:webp|png|jpe?g|avif|gif)(?:\?[^,]*)?\s*,))/i;

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
  const given = src.trim();
  const sheets = given.split(SEPARATOR);
  try {
    if (sheets.length === 4) return { kind: 'quadrants', urls: sheets.map((sheet) => new URL(sheet, base).href) };
    // Too few or too many.
    if (!given || (sheets.length > 1 && sheets.every((sheet) => FILE.test(sheet)))) return undefined;
    // As it is: it may have megabytes.
    if (isInline(given)) return { kind: 'file', url: given };
    const parsed = new URL(given, base);
    const { href: url, pathname: path, search } = parsed;
    if (FILE.test(path)) return { kind: 'file', url };
    const hasSlash = path.endsWith('/');
    if (!hasSlash) parsed.pathname += '/';
    return { kind: 'folder', base: parsed.href, url, looksLikeFile: !hasSlash && (!!search || /\.[^/]+$/.test(path)) };
  } catch {
    return undefined;
  }
}

/** Whether the content lies in the address itself, or in the page. */
function isInline(url: string): boolean {
  return /^(data|blob):/i.test(url);
}

/** The address of a file beside another or in a folder, whose query it has: that may be a signature, or a version. */
export function fileBeside(name: string, base: string): string {
  return new URL(name + new URL(base).search, base).href;
}

/** Whether the file of that address holds a rig, as far as its name tells. */
export function isRigName(url: string): boolean {
  return fileName(url).endsWith('portrait.gaze');
}

/** Where the portrait of this name may be, best guess first. A rig is there sooner. */
export function portraitAddresses(address: Address, name: string): string[] {
  const first = address.kind === 'folder' ? address.base : address.kind === 'file' ? address.url : address.urls[0]!;
  if (isInline(first) || isRigName(first)) return [];
  return ['', '../'].map((folder) => fileBeside(folder + name, first));
}

/** Last part of an address, for messages. */
export function fileName(url: string): string {
  if (isInline(url)) return 'the given face';
  try {
    return decodeURIComponent(new URL(url).pathname.split('/').pop() || 'the folder');
  } catch {
    return 'the file';
  }
}

/** An attribute as the page has it, for messages: without what is secret, or long. */
export function quoted(attribute: string, value: string): string {
  return `${attribute}="${value.trim().replace(/(?<=^data:).*|(?<=\/\/)[^/]*@|(?<=\?)\S+/gis, '…')}"`;
}
