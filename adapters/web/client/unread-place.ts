import type { EventPlace } from "../../../src/core/room/position.js";

/** Keeps how far a person has read a room, for the next time they open it in this browser. */
export interface KeptPlace {
  read(): EventPlace | undefined;
  keep(place: EventPlace): void;
}

/** The part of a browser's storage that is used here. */
interface BrowserStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const browserStorage = (): BrowserStorage => (globalThis as unknown as { localStorage: BrowserStorage }).localStorage;

/** The place in the room `roomId` as `me`. Storage that is switched off keeps nothing. */
export function keptPlace({ roomId, me }: { roomId: string; me: string }, storage = browserStorage): KeptPlace {
  const key = `parley.seen.${roomId}.${me}`;
  return {
    read() {
      try {
        const [, version, index] = /^(\d{1,15})\.(\d{1,6})$/.exec(storage().getItem(key) ?? "") ?? [];
        return version === undefined ? undefined : { version: Number(version), index: Number(index) };
      } catch {
        return undefined;
      }
    },
    keep({ version, index }) {
      try {
        storage().setItem(key, `${version}.${index}`);
      } catch {
        // The next visit starts without a mark.
      }
    },
  };
}
