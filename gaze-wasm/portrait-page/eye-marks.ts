// Placing the eyes of a face that is not found: two clicks on the photo, or arrow keys and Enter.

/** Middle of an eye, in pixels of the photo. */
export interface Eye {
  x: number;
  y: number;
}

/** How far an arrow key moves the mark, and with Shift, as a share of the photo. */
const STEP = 0.01;
const WIDE_STEP = 0.05;
/** Where the first mark waits for those without a pointer, as shares of the photo. */
const BEGINNING = { x: 0.4, y: 0.4 };

const NAMES = ['First eye', 'Second eye'] as const;

/** Lays a field to click on over a photo of this size. `onMarked` hears of each eye, with how many there are; with two it is
 * over. */
export function layMarks(over: HTMLElement, size: { width: number; height: number }, onMarked: (eyes: readonly Eye[]) => void): void {
  const marked: { x: number; y: number }[] = [];
  const field = document.createElement('div');
  field.className = 'eyes';
  const aim = document.createElement('button');
  aim.type = 'button';
  aim.className = 'aim';
  const at = { ...BEGINNING };
  const place = (mark: HTMLElement, { x, y }: { x: number; y: number }) => {
    mark.style.setProperty('--x', `${x * 100}%`);
    mark.style.setProperty('--y', `${y * 100}%`);
  };
  const move = (x: number, y: number) => {
    [at.x, at.y] = [clamp(x), clamp(y)];
    place(aim, at);
  };
  const name = () => {
    aim.ariaLabel = `${NAMES[marked.length] ?? ''}: the arrow keys move the mark, Enter sets it`;
  };
  const set = () => {
    if (marked.length === 2) return;
    marked.push({ ...at });
    const mark = document.createElement('span');
    mark.className = 'set';
    place(mark, at);
    field.append(mark);
    if (marked.length === 2) aim.remove();
    else {
      name();
      move(1 - at.x, at.y);
    }
    // Pixels are counted by their middles.
    onMarked(marked.map(({ x, y }) => ({ x: x * (size.width - 1), y: y * (size.height - 1) })));
  };
  const share = (from: number, length: number, place: number) => (length > 0 ? (place - from) / length : 0);
  field.addEventListener('click', ({ clientX, clientY, detail }) => {
    // Enter and Space click the mark, nowhere in particular.
    if (detail > 0) {
      const { left, top, width, height } = field.getBoundingClientRect();
      move(share(left, width, clientX), share(top, height, clientY));
    }
    set();
  });
  aim.addEventListener('keydown', (event) => {
    const [dx, dy] = DIRECTIONS[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    const step = event.shiftKey ? WIDE_STEP : STEP;
    move(at.x + dx * step, at.y + dy * step);
  });
  move(at.x, at.y);
  name();
  field.append(aim);
  over.replaceChildren(field);
}

const DIRECTIONS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
