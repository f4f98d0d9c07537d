// The element's attributes, and the properties that reflect them.

const DEFAULT_SMOOTHING = 0.12;
/** Decoded frames, in mebibytes. */
const DEFAULT_MEMORY = 64;

/** Attributes that are numbers, the least and the largest. */
const RANGES = {
  grid: [2, 60],
  width: [1, 16383],
  height: [1, 16383],
  smoothing: [0.001, 1],
  memory: [1, 4096],
  'max-fps': [1, 240],
  // As React writes it on a server.
  maxfps: [1, 240],
} as const;

/** What `caption` shows where the page gives no words of its own: what of the picture a machine has made. */
const DEFAULT_CAPTION = 'AI-generated motion';

/** Spellings of `hide-controls`: on a server React writes the property's name, which HTML makes lower case. */
const HIDE_CONTROLS = ['hide-controls', 'hidecontrols'];

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
    'loading',
    ...Object.keys(RANGES),
    'idle',
    'blink',
    'caption',
    ...HIDE_CONTROLS,
    'label',
    // The page's own, which go before what the element would say of itself.
    'role',
    'tabindex',
    'aria-label',
    'aria-hidden',
  ];

  /** A rig (`portrait.gaze`), a folder of gaze output, a pack, four comma-separated sheets, or one sheet. Can be set to
   * a file instead, or to what holds one; then there is no attribute. */
  get src(): string {
    return this.getAttribute('src') ?? '';
  }
  set src(value: string | FaceFile) {
    const isFile = typeof value === 'object' && value !== null;
    const file = isFile ? ('blob' in value ? value.blob : value) : undefined;
    const isSame = file === files.get(this) && (isFile || this.getAttribute('src') === value);
    files.delete(this);
    this.#reflect('src', isFile ? undefined : value);
    // Last: an attribute that comes or goes says that there is no file.
    if (file) files.set(this, file);
    this.sourceChangedCallback(isSame);
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

  /** `lazy`: nothing is fetched until the element comes near to what is seen of the page. Default: `lazy`. */
  get loading(): 'lazy' | 'eager' {
    return this.getAttribute('loading')?.toLowerCase() === 'eager' ? 'eager' : 'lazy';
  }
  set loading(value: 'lazy' | 'eager') {
    this.#reflect('loading', value);
  }

  /** Cells a side of sheets without metadata. Default: 30. */
  get grid(): number | undefined {
    return this.#number('grid');
  }
  set grid(value: number | undefined) {
    this.#reflect('grid', value);
  }

  /** Width of a frame in pixels; also the element's own where the page sets none. Default: the frames'. */
  get width(): number | undefined {
    return this.#number('width');
  }
  set width(value: number | undefined) {
    this.#reflect('width', value);
  }

  /** Height of a frame in pixels; also the element's own where the page sets none. Default: the frames'. */
  get height(): number | undefined {
    return this.#number('height');
  }
  set height(value: number | undefined) {
    this.#reflect('height', value);
  }

  /** Share of the remaining way covered in 1/60 s, above 0 and up to 1. Default: 0.12. */
  get smoothing(): number {
    return this.#number('smoothing') ?? DEFAULT_SMOOTHING;
  }
  set smoothing(value: number) {
    this.#reflect('smoothing', value);
  }

  /** Decoded frames may take this many mebibytes, shared by all elements in sight. Default: 64. */
  get memory(): number {
    return this.#number('memory') ?? DEFAULT_MEMORY;
  }
  set memory(value: number) {
    this.#reflect('memory', value);
  }

  /** Pictures a second at most, 1 to 240. Default: as many as the screen has. */
  get maxFps(): number | undefined {
    return this.#number('max-fps') ?? this.#number('maxfps');
  }
  set maxFps(value: number | undefined) {
    this.#reflect('maxfps', undefined);
    this.#reflect('max-fps', value);
  }

  /** Whether the face glances round by itself while no input comes. Default: false. */
  get idle(): boolean {
    return this.#flag('idle');
  }
  set idle(value: boolean) {
    this.#reflect('idle', isOn(value) ? '' : undefined);
  }

  /** Whether the face blinks now and then, where it can: a rig, or a pack that holds what that takes. Default: false. */
  get blink(): boolean {
    return this.#flag('blink');
  }
  set blink(value: boolean) {
    this.#reflect('blink', isOn(value) ? '' : undefined);
  }

  /** Words on the picture that everybody sees; none where there is no caption. Set to true, or as an attribute without words, it
   * says that the motion is made by AI. Default: none. */
  get caption(): string | undefined {
    const words = this.getAttribute('caption');
    if (words === null || !isOn(words)) return undefined;
    return /^(true|\s*)$/i.test(words) ? DEFAULT_CAPTION : words;
  }
  set caption(value: string | boolean | undefined) {
    this.#reflect('caption', value === true ? '' : value === false ? undefined : value);
  }

  /** Hides the fullscreen and gyroscope buttons. Default: false. */
  get hideControls(): boolean {
    return HIDE_CONTROLS.some((name) => this.#flag(name));
  }
  set hideControls(value: boolean) {
    for (const name of HIDE_CONTROLS) this.#reflect(name, isOn(value) && name === HIDE_CONTROLS[0] ? '' : undefined);
  }

  /** What the picture shows, for those who do not see it. Default: "Portrait that follows the pointer". */
  get label(): string {
    return this.getAttribute('label') ?? 'Portrait that follows the pointer';
  }
  set label(value: string) {
    this.#reflect('label', value);
  }

  /** @internal */
  attributeChangedCallback(name: string, _before: string | null, after: string | null): void {
    if (name === 'src') files.delete(this);
    if (!after?.trim() || !(name in RANGES) || this.#number(name as keyof typeof RANGES) !== undefined) return;
    const [least, most] = RANGES[name as keyof typeof RANGES];
    const advice = name === 'width' || name === 'height' ? ` of pixels; for all else use style="${name}: ${after}"` : '';
    console.warn(`<gaze-tracker>: ${name}="${after}" is left out: it must be a number from ${least} to ${most}${advice}`);
  }

  /** @internal `src` was set, perhaps to what it was. */
  sourceChangedCallback(_isSame: boolean): void {
    return undefined;
  }

  #number(name: keyof typeof RANGES): number | undefined {
    const text = this.getAttribute(name);
    const value = text?.trim() ? Number(text) : NaN;
    const [least, most] = RANGES[name];
    return value >= least && value <= most ? value : undefined;
  }

  #flag(name: string): boolean {
    return isOn(this.getAttribute(name) ?? false);
  }

  #reflect(name: string, value: string | number | undefined): void {
    if (value === undefined || value === null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  /** @internal */
  connectedCallback(): void {
    for (const name of ['src', 'portrait', 'mode', 'loading', 'grid', 'width', 'height', 'smoothing', 'memory', 'maxFps', 'idle', 'blink', 'caption', 'hideControls', 'label'] as const) {
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

/** Whether a flag is on: `"false"` is what templates write of one that is not. */
function isOn(value: unknown): boolean {
  return typeof value === 'string' ? value.toLowerCase() !== 'false' : Boolean(value);
}
