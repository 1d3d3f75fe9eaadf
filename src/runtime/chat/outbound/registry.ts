import type { Clock } from "../../../ports/clock.js";
import type { EventLog } from "../../../ports/event-log.js";
import type { Ids } from "../../../ports/ids.js";
import type { Snapshots } from "../../../ports/snapshots.js";
import { createStateStream } from "../outbox.js";

/** A thread that shows a room, as stored in the list of rooms. */
export interface RegisteredOutbound {
  mirrorId: string;
  roomId: string;
  platform: string;
  channel: string;
  /** Absent until the root is posted. */
  thread?: string;
  /** Room version after which events are shown. */
  after: number;
  /** When it was registered, Unix ms. */
  atMs: number;
  /** Platform id of the requesting user. */
  byUser?: string;
  /** When its thread was registered, Unix ms. What was written in it before was in no registered thread. Absent: it has none. */
  threadAtMs?: number;
  /** Ids that its channel had before. Messages keep their ids of that time. */
  formerChannels?: readonly string[];
}

/** All outbound threads ever registered, by id, thread or channel. Stored in the stream `rooms`. */
export interface OutboundRegistry {
  load(): Promise<void>;
  /** Durable when it resolves. Call it BEFORE binding the room, and again with `thread` once the thread exists. */
  register(outbound: NewOutbound): Promise<void>;
  /** Finds a thread by its id; reads what other processes wrote if the id is unknown. */
  find(mirrorId: string): Promise<RegisteredOutbound | undefined>;
  /** What a thread of the platform shows; reads what other processes wrote if it is unknown. */
  inThread(platform: string, channel: string, thread: string): Promise<RegisteredOutbound | undefined>;
  inChannel(platform: string, channel: string): RegisteredOutbound[];
  onPlatform(platform: string): RegisteredOutbound[];
  all(): RegisteredOutbound[];
}

type NewOutbound = Omit<RegisteredOutbound, "atMs" | "threadAtMs" | "formerChannels">;
type RegistryEvent = { type: "mirror.registered" } & NewOutbound;

interface RegistryState {
  byId: Map<string, RegisteredOutbound>;
  byThread: Map<string, string>;
}

/** The registry on the stream `rooms`. */
export function createOutboundRegistry(options: {
  eventLog: EventLog;
  snapshots: Snapshots;
  clock: Clock;
  ids: Ids;
}): OutboundRegistry {
  const stream = createStateStream<RegistryState, RegistryEvent>({
    ...options,
    stream: "rooms",
    empty: () => ({ byId: new Map(), byThread: new Map() }),
    apply: ({ byId, byThread }, event, at) => {
      if (event.type !== "mirror.registered") return;
      const { type: _type, ...outbound } = event;
      const known = byId.get(outbound.mirrorId);
      const former = new Set([...(known?.formerChannels ?? []), ...(known ? [known.channel] : [])]);
      former.delete(outbound.channel);
      const formerChannels = former.size > 0 ? { formerChannels: [...former] } : {};
      const threadAtMs = known?.threadAtMs ?? (outbound.thread === undefined ? undefined : at);
      const times = { atMs: known?.atMs ?? at, ...(threadAtMs !== undefined && { threadAtMs }) };
      byId.set(outbound.mirrorId, { ...outbound, ...times, ...formerChannels });
      if (outbound.thread !== undefined) byThread.set(threadKey(outbound), outbound.mirrorId);
    },
  });
  /** The list as far as it was read. It is read again where the last write failed. */
  const stored = async () => (stream.isStale ? stream.load() : stream.state);
  const all = () => [...stream.state.byId.values()];

  return {
    load: async () => void (await stream.load()),
    async register(outbound) {
      await stream.load();
      await stream.append(({ byId }) => {
        const known = byId.get(outbound.mirrorId);
        const isThere = known?.channel === outbound.channel;
        const isKnown = isThere && (outbound.thread === undefined || known.thread === outbound.thread);
        return isKnown ? [] : [{ type: "mirror.registered", ...outbound }];
      });
    },
    async find(mirrorId) {
      return (await stored()).byId.get(mirrorId) ?? (await stream.load()).byId.get(mirrorId);
    },
    async inThread(platform, channel, thread) {
      const key = threadKey({ platform, channel, thread });
      const known = await stored();
      const { byId, byThread } = known.byThread.has(key) ? known : await stream.load();
      return byId.get(byThread.get(key) ?? "");
    },
    inChannel: (platform, channel) =>
      all().filter((outbound) => outbound.platform === platform && outbound.channel === channel),
    onPlatform: (platform) => all().filter((outbound) => outbound.platform === platform),
    all,
  };
}

function threadKey({ platform, channel, thread }: { platform: string; channel: string; thread?: string }): string {
  return JSON.stringify([platform, channel, thread]);
}
