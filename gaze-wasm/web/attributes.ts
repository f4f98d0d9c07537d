// The element's attributes, and the properties that reflect them.

const DEFAULT_SMOOTHING = 0.12;
/** Decoded frames, in mebibytes. */
const DEFAULT_MEMORY = 64;

// On a server there are no elements: importing this module must still do no harm.
const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** A face that is no address: a file, or what holds one, such as a face that was made in the page. */
export type FaceFile = Blob | { readonly blob: Blob };

const files = new WeakMap<GazeAttributes, Blob>();

/** The file that `src` was set to, if it was. */
export function fileOf(element: GazeAttributes): Blob | undefined {
  return files.get(element);
}

/** What the page says about a face. */
export class GazeAttributes extends Base {
  static readonly observedAttributes = [
    'src',
    'portrait',
    'mode',
    'grid',
    'width',
    'height',
    'smoothing',
    'memory',
    'max-fps',
    'idle',
    'hide-controls',
    'label',
  ];

  /** A rig (`portrait.gaze`), a folder of gaze output, a pack, four comma-separated sheets, or one sheet. Can be set to
   * a file instead, or to what holds one; then there is no attribute. */
  get src(): string {
    return this.getAttribute('src') ?? '';
  }
  set src(value: string | FaceFile) {
    const isFile = typeof value === 'object' && value !== null;
    files.delete(this);
    this.#reflect('src', isFile ? undefined : value);
    // Last: an attribute that comes or goes says that there is no file.
    if (isFile) files.set(this, 'blob' in value ? value.blob : value);
    this.sourceChangedCallback();
  }

  /** The address of a photograph, of which the visitor's own browser makes a face where there is no `src`. */
  get portrait(): string {
    return this.getAttribute('portrait') ?? '';
  }
  set portrait(value: string) {
    this.#reflect('portrait', value);
  }

  /** How sheets are laid out. Default: what `src` or its metadata says. */
  get mode(): 'quadrants' | 'single' | undefined {
    const mode = this.getAttribute('mode');
    return mode === 'quadrants' || mode === 'single' ? mode : undefined;
  }
  set mode(value: 'quadrants' | 'single' | undefined) {
    this.#reflect('mode', value);
  }

  /** Cells a side of sheets without metadata. Default: 30. */
  get grid(): number | undefined {
    return this.#number('grid', 2, 60);
  }
  set grid(value: number | undefined) {
    this.#reflect('grid', value);
  }

  /** Width of a frame in pixels; also the element's own where the page sets none. Default: the frames'. */
  get width(): number | undefined {
    return this.#number('width', 1, 16383);
  }
  set width(value: number | undefined) {
    this.#reflect('width', value);
  }

  /** Height of a frame in pixels; also the element's own where the page sets none. Default: the frames'. */
  get height(): number | undefined {
    return this.#number('height', 1, 16383);
  }
  set height(value: number | undefined) {
    this.#reflect('height', value);
  }

  /** Share of the remaining way covered in 1/60 s, above 0 and up to 1. Default: 0.12. */
  get smoothing(): number {
    return this.#number('smoothing', 0.001, 1) ?? DEFAULT_SMOOTHING;
  }
  set smoothing(value: number) {
    this.#reflect('smoothing', value);
  }

  /** Decoded frames may take this many mebibytes, shared by all elements in sight. Default: 64. */
  get memory(): number {
    return this.#number('memory', 1, 4096) ?? DEFAULT_MEMORY;
  }
  set memory(value: number) {
    this.#reflect('memory', value);
  }

  /** Pictures a second at most, 1 to 240. Default: as many as the screen has. */
  get maxFps(): number | undefined {
    return this.#number('max-fps', 1, 240);
  }
  set maxFps(value: number | undefined) {
    this.#reflect('max-fps', value);
  }

  /** Whether the face glances round by itself while no input comes. Default: false. */
  get idle(): boolean {
    return this.hasAttribute('idle');
  }
  set idle(value: boolean) {
    this.toggleAttribute('idle', value);
  }

  /** Hides the fullscreen and gyroscope buttons. Default: false. */
  get hideControls(): boolean {
    return this.hasAttribute('hide-controls');
  }
  set hideControls(value: boolean) {
    this.toggleAttribute('hide-controls', value);
  }

  /** What the picture shows, for those who do not see it. Default: "Portrait that follows the pointer". */
  get label(): string {
    return this.getAttribute('label') ?? 'Portrait that follows the pointer';
  }
  set label(value: string) {
    this.#reflect('label', value);
  }

  /** @internal */
  attributeChangedCallback(name: string, _before: string | null, _after: string | null): void {
    if (name === 'src') files.delete(this);
  }

  /** @internal `src` was set, to whatever it was. */
  sourceChangedCallback(): void {
    return undefined;
  }

  #number(name: string, least: number, most: number): number | undefined {
    const text = this.getAttribute(name);
    const value = text?.trim() ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  }

  #reflect(name: string, value: string | number | undefined): void {
    if (value === undefined || value === null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  /** @internal */
  connectedCallback(): void {
    for (const name of ['src', 'portrait', 'mode', 'grid', 'width', 'height', 'smoothing', 'memory', 'maxFps', 'idle', 'hideControls', 'label'] as const) {
      this.#takeOver(name);
    }
  }

  /** A property that was set before the element was defined hides the accessor: pass it on. */
  #takeOver(name: keyof this & string): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }
}
