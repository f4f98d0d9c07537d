// What the visitor takes along: made in the browser of a portrait that is nowhere else, or else links to what the server
// makes. Every size that is shown was measured.
import { downloadZip } from 'client-zip';
import { fill, part, sayOn } from '../portrait-page/captions.js';
import { pageOf, save } from '../portrait-page/saving.js';
import { snippet } from '../portrait-page/snippet.js';
import { sizeOf } from '../portrait-page/words.js';
import { addressOf } from './config.js';
import type { Portrait } from './portrait.js';
import { downloadSizes } from './server.js';

type Kind = 'page' | 'zip' | 'rig';

const NAMES: Record<Kind, string> = { page: 'portrait.html', zip: 'portrait.zip', rig: 'portrait.gaze' };
const ROUTES: Record<Kind, (session: string) => string> = {
  page: (session) => `api/download/${session}/page`,
  zip: (session) => `api/download-widget/${session}`,
  rig: (session) => `api/download/${session}/rig`,
};
const README = `A portrait that looks around, made with gaze.

portrait.gaze    the portrait: the photo, and how it moves
gaze-tracker.js  what draws it, in any browser from 2023 on
index.html       an example: the portrait in a page

Put all three on a web server, or into the folder of your site. Browsers do not load such files
from a disk: to look at index.html here, run "python3 -m http.server" in this folder.
`;

let player: Promise<string> | undefined;

/** The player, as the server delivers it. */
function playerScript(): Promise<string> {
  player ??= fetch(addressOf('gaze-tracker.js')).then((response) => {
    if (!response.ok) throw new Error('the player is missing');
    return response.text();
  });
  player.catch(() => (player = undefined));
  return player;
}

export class TakeAway {
  #files: Partial<Record<Kind, Blob>> = {};
  #portrait: Portrait | undefined;
  /** All that there is to know is known. */
  #filled: Promise<void> = Promise.resolve();

  /** Fills the caption in: what there is, and what it weighs. */
  fillCaption(portrait: Portrait): void {
    this.#filled = this.#fill(portrait);
  }

  async #fill(portrait: Portrait): Promise<void> {
    this.#portrait = portrait;
    this.#files = {};
    const { session, isPending } = portrait.entry;
    const isRemote = !!session && !(isPending && portrait.rig);
    fill({ 'zip-about': portrait.isFinerShown && isRemote ? 'pictures, player and an example' : 'the portrait, player and an example' });
    for (const link of links()) {
      const kind = link.dataset.kind as Kind;
      if (isRemote) Object.assign(link, { href: addressOf(ROUTES[kind](session)), download: kind === 'rig' ? NAMES.rig : '' });
      // A link, so that it is listed as one; the file is made here.
      else Object.assign(link, { href: addressOf(''), download: NAMES[kind] });
    }
    try {
      const sizes = isRemote ? await downloadSizes(session) : await this.#make(portrait);
      if (this.#portrait !== portrait) return;
      fill({ 'page-size': sizeOf(sizes.page), 'zip-size': sizeOf(sizes.zip), 'rig-size': sizes.rig === null ? '' : sizeOf(sizes.rig) });
      const line = part('rig-line');
      if (line) line.hidden = sizes.rig === null;
    } catch {
      const trouble = part('trouble');
      if (!trouble || this.#portrait !== portrait) return;
      trouble.hidden = false;
      trouble.textContent = 'The server cannot be reached. Open this again in a moment.';
    }
  }

  /** Saves a file that was made here. Returns whether that was so: else the browser follows the link. */
  take(kind: Kind, link: HTMLElement): boolean {
    const { session, isPending } = this.#portrait?.entry ?? {};
    if (session && !(isPending && this.#portrait?.rig)) return false;
    // It may be made only now.
    void this.#filled.then(() => {
      const file = this.#files[kind];
      if (!file) return;
      save(file, NAMES[kind]);
      sayOn(link, 'Saved');
    });
    return true;
  }

  async #make({ rig, entry }: Portrait): Promise<{ page: number; zip: number; rig: number }> {
    if (!rig) throw new Error('there is no rig');
    const script = await playerScript();
    const idle = entry.isIdle ? ' idle' : '';
    const page = await pageOf(rig, entry, script, idle);
    const example = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Portrait</title>
${snippet('', { player: 'gaze-tracker.js', portrait: 'portrait.gaze', position: entry.position, size: entry, isIdle: entry.isIdle })}
</html>
`;
    const day = new Date(entry.day);
    const zip = await downloadZip([
      { name: 'portrait.gaze', input: rig, lastModified: day },
      { name: 'gaze-tracker.js', input: script, lastModified: day },
      { name: 'index.html', input: example, lastModified: day },
      { name: 'README.txt', input: README, lastModified: day },
    ]).blob();
    this.#files = { page, zip, rig };
    return { page: page.size, zip: zip.size, rig: rig.size };
  }
}

function links(): HTMLAnchorElement[] {
  return [...document.querySelectorAll<HTMLAnchorElement>('.label a[data-kind]')];
}
