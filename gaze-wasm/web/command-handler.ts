// The half that loads, decides, decodes and draws, for all elements of a page. It runs in a worker, or in the page
// where there is none; all it knows of the page comes by commands.
import type { Command, PlayerEvent } from './protocol.js';
import { Session } from './session.js';
import type { ModuleName } from './wasm-source.js';
import { setWasmOrigins } from './wasm.js';

/** A function that carries out commands, at once and in order. What results is reported by `send`. */
export function createCommandHandler(send: (event: PlayerEvent) => void): (command: Command) => void {
  const sessions = new Map<number, Session>();
  /** Who waits for the page's copy of a module: one each. */
  const waiting: { [name in ModuleName]?: (bytes: Uint8Array<ArrayBuffer> | undefined) => void } = {};
  return (command) => {
    if (command.type === 'wasm') {
      setWasmOrigins(command.origins, (module, why) => {
        send({ type: 'copy', module, why });
        return new Promise((resolve) => (waiting[module] = resolve));
      });
      return;
    }
    if (command.type === 'copy') {
      waiting[command.module]?.(command.bytes);
      return;
    }
    const { session: id } = command;
    if (command.type === 'open') {
      sessions.set(id, new Session(command, (event) => send({ ...event, session: id })));
      return;
    }
    const session = sessions.get(id);
    if (!session) return;
    switch (command.type) {
      case 'canvas':
        return session.setCanvas(command.canvas, command.shown);
      case 'resize':
        return session.playback?.resize(command.shown);
      case 'settings':
        return session.setSettings(command.settings);
      case 'aim':
        return session.playback?.aim(command.aim, command.cut);
      case 'blink':
        return session.playback?.blink();
      case 'wake':
        return session.playback?.wake();
      case 'sleep':
        return session.playback?.sleep();
      case 'snapshot':
        return void session.snapshot(command);
      case 'freeze':
        return session.freeze();
      case 'close':
        sessions.delete(id);
        session.close();
    }
  };
}
