import type { Clock } from "../../../ports/clock.js";
import type { EventLog } from "../../../ports/event-log.js";
import type { Ids } from "../../../ports/ids.js";
import type { Snapshots } from "../../../ports/snapshots.js";
import { createLedger } from "../outbox.js";

/** A room's place on a platform, as the list of rooms has it. */
export interface RegisteredMirror {
  mirrorId: string;
  roomId: string;
  platform: string;
  channel: string;
  /** Absent until its root is posted. */
  thread?: string;
  /** What came before this version of the room is not shown. */
  after: number;
  /** When it was registered, Unix ms. */
  atMs: number;
  /** The platform's id of who asked for it. */
  byUser?: string;
}

/** Every mirror there ever was, found by its id, thread or channel. Kept in the stream `rooms`. */
export interface MirrorRegistry {
  load(): Promise<void>;
  /** Durable when it resolves: BEFORE the room is told. Again with a `thread`: it is there now. */
  register(mirror: Omit<RegisteredMirror, "atMs">): Promise<void>;
  /** Its id; catches up with other processes where nothing is known. */
  find(mirrorId: string): Promise<RegisteredMirror | undefined>;
  inThread(platform: string, channel: string, thread: string): RegisteredMirror | undefined;
  inChannel(platform: string, channel: string): RegisteredMirror[];
  onPlatform(platform: string): RegisteredMirror[];
  all(): RegisteredMirror[];
}

type RegistryEvent = { type: "mirror.registered" } & Omit<RegisteredMirror, "atMs">;

interface RegistryState {
  mirrors: Map<string, RegisteredMirror>;
  byThread: Map<string, string>;
}

export function createMirrorRegistry(options: {
  eventLog: EventLog;
  snapshots: Snapshots;
  clock: Clock;
  ids: Ids;
}): MirrorRegistry {
  const ledger = createLedger<RegistryState, RegistryEvent>({
    ...options,
    stream: "rooms",
    empty: () => ({ mirrors: new Map(), byThread: new Map() }),
    apply: ({ mirrors, byThread }, event, at) => {
      if (event.type !== "mirror.registered") return;
      const { type: _type, ...mirror } = event;
      const atMs = mirrors.get(mirror.mirrorId)?.atMs ?? at;
      mirrors.set(mirror.mirrorId, { ...mirror, atMs });
      if (mirror.thread !== undefined) byThread.set(threadKey(mirror), mirror.mirrorId);
    },
  });
  const all = () => [...ledger.state.mirrors.values()];

  return {
    load: async () => void (await ledger.load()),
    async register(mirror) {
      await ledger.load();
      await ledger.append(({ mirrors }) => {
        const known = mirrors.get(mirror.mirrorId);
        const isKnown = known && (mirror.thread === undefined || known.thread === mirror.thread);
        return isKnown ? [] : [{ type: "mirror.registered", ...mirror }];
      });
    },
    async find(mirrorId) {
      return ledger.state.mirrors.get(mirrorId) ?? (await ledger.load()).mirrors.get(mirrorId);
    },
    inThread(platform, channel, thread) {
      const mirrorId = ledger.state.byThread.get(threadKey({ platform, channel, thread }));
      return mirrorId === undefined ? undefined : ledger.state.mirrors.get(mirrorId);
    },
    inChannel: (platform, channel) =>
      all().filter((mirror) => mirror.platform === platform && mirror.channel === channel),
    onPlatform: (platform) => all().filter((mirror) => mirror.platform === platform),
    all,
  };
}

function threadKey({ platform, channel, thread }: { platform: string; channel: string; thread?: string }): string {
  return JSON.stringify([platform, channel, thread]);
}
