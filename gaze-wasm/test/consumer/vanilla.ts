// How a page without a framework uses the package: compiled, never run.
import { GazeError, GazeTracker, setWasmSource, type GazeChangeDetail } from 'gaze-tracker';
import 'gaze-tracker/define';

setWasmSource(new URL('https://example.com/gaze_tracker_bg.wasm'));
setWasmSource('/a.wasm', '/b.wasm');

const made = document.createElement('gaze-tracker');
const queried = document.querySelector('gaze-tracker');
const sure: GazeTracker = queried ?? made;

made.src = '/face/';
made.src = new Blob([]);
made.src = { blob: new Blob([]) };
const address: string = made.src;
made.mode = 'single';
made.grid = undefined;
made.idle = true;
made.blink = true;
made.caption = true;
made.blinkOnce();
made.addEventListener('ready', (event) => {
  const grid: number = event.detail.grid;
  const source: 'rig' | 'pack' | 'sheets' = event.detail.source;
  console.log(address, grid, source, event.detail.width, event.detail.height);
});
made.addEventListener('progress', ({ detail }) => console.log(detail.loaded / detail.total, detail.frames / detail.totalFrames));
made.addEventListener('gazechange', function ({ detail }) {
  const { row, col }: GazeChangeDetail = detail;
  console.log(this.ready, detail.x, detail.y, row, col);
}, { once: true });
made.addEventListener('error', ({ error, message }) => {
  const isOurs: boolean = error instanceof GazeError;
  console.log(isOurs, error.code === 'missing', error.fatal, message.length);
});
made.addEventListener('click', (event) => console.log(event.type));
made.lookAt(0.5, -0.5);
made.lookAtElement(document.body);
made.follow();
void made.enableGyro().then((granted: boolean) => granted);
made.pause();
made.resume();
sure.remove();

// @ts-expect-error it has no such mode
made.mode = 'triple';
// @ts-expect-error the first frame decides
made.ready = true;
// @ts-expect-error two numbers
made.lookAt(1);
// @ts-expect-error no such detail
made.addEventListener('ready', (event) => event.detail.frames);

export class Framed extends GazeTracker {}
