// The face on an element's canvas: loaded in a session, with the one before it kept on screen until it is there.
import { fileAddress, parseAddress, portraitAddresses, quoted, type Address } from './address.js';
import type { GazeChangeDetail, ProgressDetail, ReadyDetail } from './events.js';
import { GazeError } from './failure.js';
import { portraitSource } from './portrait.js';
import { PortraitImage } from './portrait-image.js';
import type { FramesShape, PlaybackSettings, PlayerEvent, SessionCommand } from './protocol.js';
import type { ShadowParts } from './shadow.js';
import type { SheetHints } from './source/sheet-plan.js';
import { SessionClient } from './worker-client.js';

/** What shall be shown, and how. */
export interface Wanted {
  /** Goes before `src`, and that before `portrait`. */
  readonly file: Blob | undefined;
  readonly src: string;
  readonly portrait: string;
  /** What relative addresses are relative to. */
  readonly base: string;
  readonly hints: SheetHints;
  readonly settings: PlaybackSettings;
}

export interface FaceListener {
  /** The shape of the frames is known: gives the size at which they are shown, in device pixels. */
  onOpen(): { width: number; height: number };
  /** What is shown before the first frame has this size. */
  onPortrait(width: number, height: number): void;
  onReady(detail: ReadyDetail): void;
  onProgress(detail: ProgressDetail): void;
  onGaze(detail: GazeChangeDetail): void;
  onError(error: GazeError): void;
  /** What played it has failed: open it again. */
  onLost(): void;
}

export class Face {
  readonly #parts: ShadowParts;
  readonly #listener: FaceListener;
  readonly #portrait: PortraitImage;
  /** What plays this load. */
  #session: SessionClient | undefined;
  /** What has drawn the picture that stays until the next one is there. */
  #former: SessionClient | undefined;
  /** What makes a face of `portrait` for this load. */
  #making: AbortController | undefined;
  #frames: FramesShape | undefined;
  #isReady = false;
  /** Pictures that were asked for, by number. */
  readonly #snapshots = new Map<number, { resolve(picture: Blob): void; reject(error: GazeError): void }>();
  #snapshotCount = 0;

  constructor(parts: ShadowParts, listener: FaceListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#portrait = new PortraitImage(parts.setPortrait, (width, height) => {
      if (!this.#frames) listener.onPortrait(width, height);
    });
  }

  /** None before the source is open. */
  get frames(): FramesShape | undefined {
    return this.#frames;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether anything is loaded, or being loaded. */
  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  send(command: SessionCommand): void {
    this.#session?.send(command);
  }

  /** The picture on the canvas. */
  snapshot(type: string, quality: number | undefined): Promise<Blob> {
    return new Promise((resolve, reject) => {
      const number = ++this.#snapshotCount;
      this.#snapshots.set(number, { resolve, reject });
      this.send({ type: 'snapshot', number, format: type, quality });
    });
  }

  /** Loads what is wanted. What was shown before stays until it is there. */
  open({ file, src, portrait, base, hints, settings }: Wanted): void {
    this.#keepFormer();
    const photo = file || src ? undefined : portrait;
    const address = file ? fileAddress(file) : parseAddress(src, base);
    if (!address && !photo) {
      this.#fail(new GazeError('format', `${quoted('src', src)} names no frames: use a folder, portrait.gaze, frames.gaze, four sheets separated by commas, or one sheet`));
      return;
    }
    const session = new SessionClient({
      // What is kept for its picture has nothing more to say.
      onEvent: (event) => session === this.#session && this.#onEvent(event, session),
      onLost: () => {
        // Its picture is lost as well.
        this.unload();
        this.#listener.onLost();
      },
    });
    this.#session = session;
    if (!this.#parts.slot.assignedElements().length) this.#portrait.load(address ? portraitAddresses(address, 'input.jpg') : [photo!], address && portraitAddresses(address, 'input.webp'));
    if (photo) this.#portrait.allow();
    const name = file ? '' : photo ? quoted('portrait', photo) : quoted('src', src);
    const open = (address: Address) => {
      if (session === this.#session) session.send({ type: 'open', address, name, hints, settings });
    };
    const fail = (error: GazeError) => {
      if (session === this.#session) this.#fail(error);
    };
    if (!address) {
      this.#making = new AbortController();
      portraitSource(photo!, this.#making.signal).then((blob) => open(fileAddress(blob)), fail);
    } else if (address.kind !== 'file' || address.blob || !/^blob:/i.test(address.url)) {
      open(address);
    } else {
      fetch(address.url).then((response) => response.blob()).then(
        (blob) => open({ ...address, blob }),
        () => fail(new GazeError('missing', 'nothing is at this blob address any more: set src before it is revoked')),
      );
    }
  }

  /** Stops what plays and forgets it. */
  unload(): void {
    this.#stop();
    this.#session?.close();
    this.#session = undefined;
    this.#parts.canvases.renew();
    this.#dropFormer();
  }

  #stop(): void {
    this.#making?.abort();
    this.#frames = undefined;
    this.#isReady = false;
    this.#portrait.drop();
    for (const { reject } of this.#snapshots.values()) reject(new GazeError('missing', 'the face has gone before its picture was taken'));
    this.#snapshots.clear();
  }

  /** Stops what plays; its picture stays. */
  #keepFormer(): void {
    if (!this.#isReady || !this.#session) {
      this.#session?.close();
    } else {
      this.#former?.close();
      this.#former = this.#session;
      this.#former.send({ type: 'freeze' });
      this.#parts.canvases.keep();
    }
    this.#session = undefined;
    this.#stop();
  }

  #dropFormer(): void {
    this.#former?.close();
    this.#former = undefined;
    this.#parts.canvases.drop();
    this.#parts.placeholder.hidden = this.#isReady;
  }

  #onEvent(event: PlayerEvent, session: SessionClient): void {
    const listener = this.#listener;
    switch (event.type) {
      case 'open':
        this.#frames = event.frames;
        session.sendCanvas(this.#parts.canvases.renew(), listener.onOpen());
        break;
      case 'ready': {
        void this.#parts.canvases.show().then(() => session === this.#session && this.#dropFormer());
        this.#parts.placeholder.hidden = true;
        this.#portrait.drop();
        this.#isReady = true;
        const { kind: source, grid, width, height } = this.#frames!;
        listener.onReady({ source, grid, width, height });
        break;
      }
      case 'progress':
        if (event.hasAlpha !== undefined) this.#portrait.allow(event.hasAlpha);
        listener.onProgress(event.detail);
        break;
      case 'gaze':
        listener.onGaze(event.detail);
        break;
      case 'snapshot': {
        const asked = this.#snapshots.get(event.number);
        this.#snapshots.delete(event.number);
        if (event.picture) asked?.resolve(event.picture);
        else asked?.reject(new GazeError('decode', 'this browser could not compress the picture: try another type'));
        break;
      }
      case 'error':
        if (event.fatal && this.#isReady) this.unload();
        this.#fail(new GazeError(event.code, event.message, event.fatal));
    }
  }

  #fail(error: GazeError): void {
    if (error.fatal) {
      // Of a face of which nothing is known it is all there is.
      this.#portrait.allow();
      this.#dropFormer();
    }
    this.#listener.onError(error);
  }
}
