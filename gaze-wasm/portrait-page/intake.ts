// Ways for photos to come in: dropped, pasted, chosen, taken.
import { find } from './find.js';

export interface Intake {
  /** Files came, one at least. */
  onFiles(files: File[]): void;
  /** Something came that holds no file. */
  onNoFile(): void;
  /** A file hangs over the page, or does no longer. */
  onDragging(isOver: boolean): void;
  /** It hangs at this place of the window. */
  onDragged(x: number, y: number): void;
}

/** Listens on the whole page. */
export function listen(intake: Intake): void {
  // Elements are entered before those that they lie in are left.
  let depth = 0;
  const holds = (event: DragEvent) => !!event.dataTransfer?.types.some((type) => type === 'Files' || type === 'text/uri-list' || type === 'text/html');
  const end = () => {
    if (depth) intake.onDragging(false);
    depth = 0;
  };
  addEventListener('dragenter', (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    depth += 1;
    if (depth === 1) intake.onDragging(true);
  });
  addEventListener('dragover', (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    intake.onDragged(event.clientX, event.clientY);
  });
  addEventListener('dragleave', (event) => {
    if (!holds(event)) return;
    depth -= 1;
    if (depth > 0) return;
    depth = 1;
    end();
  });
  addEventListener('drop', (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    end();
    take(event.dataTransfer, intake);
  });
  addEventListener('paste', (event) => {
    if (event.clipboardData?.types.some((type) => type === 'Files' || type === 'text/html' || type === 'text/uri-list')) take(event.clipboardData, intake);
  });
  for (const input of document.querySelectorAll<HTMLInputElement>('[data-input]')) {
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      // The same file can be chosen again.
      if (files.length) intake.onFiles(files);
      input.value = '';
    });
  }
}

/** Opens the browser's dialog. */
export function choose(from: 'file' | 'camera'): void {
  find<HTMLInputElement>(`[data-input=${from}]`).click();
}

/** The pictures among files, or else all of them: what a file is called may be wrong. */
export function picturesIn(files: readonly File[]): File[] {
  const pictures = files.filter(({ type }) => type.startsWith('image/'));
  return pictures.length ? pictures : [...files];
}

function take(data: DataTransfer | null, intake: Intake): void {
  const files = [...(data?.files ?? [])];
  if (files.length) intake.onFiles(files);
  else intake.onNoFile();
}
