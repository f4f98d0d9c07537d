// The maker's page as `gaze maker` writes it.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, PACKAGE } from './site.js';

/** A portrait of one woman, 512 x 512. */
export const ASTRONAUT = join(PACKAGE, '..', 'examples', 'astronaut.png');
/** A cat, 451 x 300, with its eyes at (172, 115) and (318, 135). */
export const CAT = join(PACKAGE, '..', 'examples', 'cat.png');
const MODELS = join(PACKAGE, '..', 'gaze-face', 'models');
const MODEL_NAMES = ['face_detection_short_range.onnx', 'face_landmark.onnx', 'iris_landmark.onnx', 'selfie_segmentation.onnx'];

/** A folder on the disk with the page, for what is saved from it too. */
export class MakerFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'gaze-maker-'));

  /** Writes the page; returns its address. */
  write(withModels = true): string {
    const player = readFileSync(join(DIST, 'gaze-tracker.js'), 'utf8');
    const blocks = MODEL_NAMES.map((name) => `<script type="application/octet-stream" data-name="${name}">${readFileSync(join(MODELS, name)).toString('base64')}</script>\n`);
    const page = readFileSync(join(DIST, 'maker.html'), 'utf8')
      .replace('{{player-digest}}', createHash('sha256').update(player).digest('base64'))
      .replace('<!--models-->', withModels ? blocks.join('') : '')
      .replace('{{carried-player}}', () => player);
    return this.save(withModels ? 'maker.html' : 'incomplete.html', page);
  }

  /** Writes a file; returns its address. */
  save(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.path, name), content);
    return pathToFileURL(join(this.path, name)).href;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
