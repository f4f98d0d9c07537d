// Takes the place of everything that plays frames, or makes faces, in the player that draws rigs alone.
import { GazeError } from './failure.js';

function refuse(): never {
  throw new GazeError('format', 'this player draws rigs alone: use a portrait.gaze, or the whole player');
}

const refuseFeed = () => () => Promise.resolve().then(refuse);

export { refuseFeed as folderFeed, refuseFeed as sheetsFeed };
export const planOfHints = refuse;
export const portraitSource = () => Promise.resolve().then(refuse);

export class FrameScaler {
  constructor() {
    refuse();
  }
}

export class FramePicture extends FrameScaler {}
