// The caption: the words of each state, where the focus goes, and what is told to those who do not see it.
import { find } from './find.js';

export type State = 'empty' | 'dragging' | 'working' | 'faces' | 'alive' | 'embed' | 'no-face' | 'unreadable' | 'failed' | 'unable';

const label = find('.label');
const status = find('[role=status]');
const frame = find<SVGElement>('.frame');

/** Puts up the caption of a state. `isAsked`: the visitor did that, so the focus goes to its title, or to what led away
 * before, where that is named; else it stays where it was, and the news is told. */
export function showCaption(state: State, isAsked: boolean, returnTo?: string): void {
  const template = find<HTMLTemplateElement>(`template#${state}`);
  const held = label.contains(document.activeElement) ? actionOf(document.activeElement) : undefined;
  const isFirst = !label.childElementCount;
  label.replaceChildren(template.content.cloneNode(true));
  label.className = `label ${template.dataset.kind ?? ''}`;
  document.body.dataset.state = state;
  const title = find('h1', label);
  if (isFirst) return;
  // Begins anew.
  void label.offsetWidth;
  label.classList.add('settles');
  const words = [...title.childNodes].filter((node) => !(node instanceof HTMLElement) || getComputedStyle(node).display !== 'none');
  document.title = state === 'empty' ? 'gaze: drop a portrait, it looks back' : `${words.map(({ textContent }) => textContent).join('').replace(/\.$/, '')} · gaze`;
  if (isAsked) {
    (action(returnTo) ?? title).focus({ preventScroll: true });
    return;
  }
  // Nobody loses their place.
  if (held !== undefined) (action(held) ?? title).focus({ preventScroll: true });
  tell(template.dataset.news ?? '');
}

/** Tells those who do not see it. */
export function tell(news: string): void {
  status.textContent = news;
}

/** A part of the caption that is filled in; none where this state has no such part. */
export function part(name: string): HTMLElement | undefined {
  return label.querySelector<HTMLElement>(`[data-fill="${name}"]`) ?? undefined;
}

/** Fills parts of the caption in. */
export function fill(values: Record<string, string>): void {
  for (const [name, text] of Object.entries(values)) {
    const element = part(name);
    if (element) element.textContent = text;
  }
}

/** Draws the frame's line, in a hundred; none: there is nothing to wait for. */
export function drawFrame(done: number | undefined): void {
  const picture = find('.picture');
  picture.toggleAttribute('data-p', done !== undefined);
  if (done === undefined) {
    for (const name of ['role', 'aria-label', 'aria-valuenow']) frame.removeAttribute(name);
    frame.setAttribute('aria-hidden', 'true');
    picture.style.removeProperty('--p');
    return;
  }
  picture.style.setProperty('--p', String(done));
  frame.removeAttribute('aria-hidden');
  frame.setAttribute('role', 'progressbar');
  frame.setAttribute('aria-label', 'Making the portrait');
  frame.setAttribute('aria-valuenow', String(Math.round(done)));
}

/** Says it on a button for a moment. */
export function sayOn(button: HTMLElement, words: string): void {
  const part = button.querySelector<HTMLElement>('span') ?? button;
  const before = [...part.childNodes];
  tell(words);
  part.replaceChildren(words);
  setTimeout(() => part.replaceChildren(...before), 1800);
}

function actionOf(element: Element | null): string | undefined {
  if (element instanceof HTMLInputElement) return `${element.name}=${element.value}`;
  return element instanceof HTMLElement ? (element.dataset.do ?? '') : undefined;
}

/** What does that in the caption. */
function action(name: string | undefined): HTMLElement | undefined {
  if (!name) return undefined;
  const [group, value] = name.split('=');
  const selector = value === undefined ? `[data-do="${name}"]` : `input[name="${group}"][value="${value}"]`;
  return label.querySelector<HTMLElement>(selector) ?? undefined;
}
