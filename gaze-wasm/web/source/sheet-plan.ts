// Which sheets hold which cells, and where they are.
import type { SheetSet, Wasm } from '../wasm.js';
import type { Size } from './shrink.js';

/** What the element says about sheets. */
export interface SheetHints {
  /** Of sheets without metadata. */
  grid: number | undefined;
  mode: 'quadrants' | 'single' | undefined;
  /** Size of a frame in pixels, of sheets without metadata. */
  width: number | undefined;
  height: number | undefined;
  /** Whether this is a phone, which takes the smaller sheets. */
  phone: boolean;
  /** Size at which frames are shown, in device pixels: sheets are kept no larger than needed. */
  shown: Size;
}

/** Address of a sheet and the cells on it. */
export interface Sheet {
  url: string;
  rows: number;
  cols: number;
  top: number;
  left: number;
}

/** The sheets of a sweep. */
export interface SheetPlan {
  grid: number;
  /** Frame size in pixels, 0 where only the sheets themselves tell. */
  width: number;
  height: number;
  /** Whether the frames are transparent; undefined where only the sheets tell. */
  hasAlpha: boolean | undefined;
  sheets: Sheet[];
}

/** Cells a side of sheets of which nothing is said. */
const DEFAULT_GRID = 30;

/** The plan of `set`, which is freed, with the address of each sheet. */
export function planOf(set: SheetSet, urlOf: (name: string, index: number) => string): SheetPlan {
  const sheets = Array.from({ length: set.count }, (_, i) => ({
    url: urlOf(set.name(i), i),
    rows: set.rows(i),
    cols: set.cols(i),
    top: set.top(i),
    left: set.left(i),
  }));
  const { grid, width, height } = set;
  const plan = { grid, width, height, hasAlpha: width ? set.hasAlpha : undefined, sheets };
  set.free();
  return plan;
}

/** The plan of sheets without metadata: the hints say what they hold. */
export function planOfHints(wasm: Wasm, hints: SheetHints, single: boolean, urlOf: (name: string, index: number) => string): SheetPlan {
  const plan = planOf(wasm.SheetSet.fromGrid(hints.grid ?? DEFAULT_GRID, single), urlOf);
  return { ...plan, width: hints.width ?? 0, height: hints.height ?? 0 };
}
