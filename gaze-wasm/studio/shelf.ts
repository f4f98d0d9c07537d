// What this browser remembers: the last twenty portraits, with the owner's keys of those that are on the server, and the
// rigs of those that are not. Storage may refuse or throw: then the page remembers until it is closed.
import { base64, bytesOf } from '../portrait-page/saving.js';
import type { Owned } from './server.js';
import { config } from './config.js';

/** So many are remembered. */
const MOST = 20;
const PLACE = `gaze-studio ${config.base}`;

/** A portrait as it is remembered. */
export interface Entry {
  key: string;
  /** When it was made, in milliseconds since 1970. */
  day: number;
  width: number;
  height: number;
  isCut: boolean;
  isIdle: boolean;
  /** Where it lies in a square. */
  position: string;
  /** Where its face is, as shares of the portrait's width and height. */
  face?: readonly [number, number];
  /** The same of both eyes: x and y of one, then of the other; where the visitor has shown them. */
  eyes?: readonly [number, number, number, number];
  session?: string;
  ownerKey?: string;
  /** The visitor has made a link. */
  isShared?: boolean;
  /** The finer one is there. */
  isFiner?: boolean;
  /** The finer one is being made, or waits for it. */
  isPending?: boolean;
  /** The rig in base64, while it is nowhere else. */
  rig?: string;
}

export class Shelf {
  #entries: Entry[] = this.#stored() ?? [];
  /** What is in memory is in storage as well. */
  #isStored = true;
  /** Rigs that are in memory, by key. */
  readonly #rigs = new Map<string, Blob>();

  constructor(onChanged: () => void) {
    addEventListener('storage', ({ key }) => {
      if (key !== PLACE) return;
      this.#entries = this.#stored() ?? this.#entries;
      onChanged();
    });
  }

  /** Newest first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The portrait of this key, or of this session. */
  find(name: string): Entry | undefined {
    return this.#entries.find(({ key, session }) => key === name || session === name);
  }

  async add(entry: Entry, rig: Blob | undefined): Promise<void> {
    if (rig) this.#rigs.set(entry.key, rig);
    const stored = rig && !entry.session ? { ...entry, rig: base64(new Uint8Array(await rig.arrayBuffer())) } : entry;
    this.#change((entries) => [stored, ...entries.filter(({ key }) => key !== entry.key)].slice(0, MOST));
  }

  update(key: string, news: Partial<Entry>): void {
    this.#change((entries) => entries.map((entry) => {
      if (entry.key !== key) return entry;
      const updated = { ...entry, ...news };
      // Where it is on the server to stay, that has the rig.
      return updated.isShared || updated.isFiner ? withoutRig(updated) : updated;
    }));
  }

  /** It is nowhere but in this browser, as it was. */
  async forgetSession(key: string): Promise<void> {
    const change = (more: Partial<Entry>) => this.#change((entries) => entries.map((entry) => (entry.key === key ? { ...withoutSession(entry), ...more } : entry)));
    change({});
    const rig = this.#rigs.get(key);
    if (rig && !this.find(key)?.rig) change({ rig: base64(new Uint8Array(await rig.arrayBuffer())) });
  }

  remove(key: string): void {
    this.#rigs.delete(key);
    this.#change((entries) => entries.filter((entry) => entry.key !== key));
  }

  /** The rig of a portrait, where this browser has it. */
  rigOf({ key, rig }: Entry): Blob | undefined {
    const known = this.#rigs.get(key);
    if (known || !rig) return known;
    try {
      const blob = new Blob([bytesOf(rig)], { type: 'application/octet-stream' });
      this.#rigs.set(key, blob);
      return blob;
    } catch {
      return undefined;
    }
  }

  /** Another page may have changed it meanwhile. */
  #change(change: (entries: Entry[]) => Entry[]): void {
    this.#entries = change((this.#isStored ? this.#stored() : undefined) ?? this.#entries);
    // Where there is no room for all, the oldest rigs go first.
    let stored = this.#entries;
    for (;;) {
      try {
        localStorage.setItem(PLACE, JSON.stringify(stored));
        this.#isStored = stored === this.#entries;
        return;
      } catch {
        this.#isStored = false;
        const last = stored.findLastIndex(({ rig }) => rig !== undefined);
        if (last < 0) return;
        stored = stored.map((entry, i) => (i === last ? withoutRig(entry) : entry));
      }
    }
  }

  #stored(): Entry[] | undefined {
    try {
      const entries = JSON.parse(localStorage.getItem(PLACE) ?? 'null') as unknown;
      return Array.isArray(entries) ? entries.filter(isEntry) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The same, as if it had never been on the server. */
export function withoutSession({ session: _, ownerKey: __, isShared: ___, isFiner: ____, isPending: _____, ...rest }: Entry): Entry {
  return rest;
}

function withoutRig({ rig: _, ...rest }: Entry): Entry {
  return rest;
}

function isEntry(value: unknown): value is Entry {
  const entry = value as Partial<Entry> | null;
  return typeof entry === 'object' && typeof entry?.key === 'string' && typeof entry.day === 'number' && Number(entry.width) > 0 && Number(entry.height) > 0;
}

/** What the server asks for before it changes a session; none where this browser is not its owner. */
export function ownedOf({ session, ownerKey }: Entry): Owned | undefined {
  return session && ownerKey ? { session, ownerKey } : undefined;
}

/** A key for a portrait of this browser. */
export function newKey(): string {
  return `local-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
}
