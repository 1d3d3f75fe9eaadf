import type { Inbound } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { EventLog } from "../../../ports/event-log.js";
import type { Ids } from "../../../ports/ids.js";
import type { Snapshots } from "../../../ports/snapshots.js";
import { createStateStream } from "../outbox.js";

/** A delivered action in storable form: an invite code is present only as its hash. */
export interface Received {
  inbound: Inbound;
  /** Room and hash of the invite code in the text. */
  code?: { roomId: string; hash: string };
}

/** Stores actions of a platform before they are acknowledged, and deduplicates redeliveries. Stream `inbox/<platform>`. */
export interface Inbox {
  load(): Promise<void>;
  /** Stores the action once. For a known action, also under one of its former ids, it returns its progress. */
  receive(received: Received, formerIds?: readonly string[]): Promise<"new" | "open" | "handled">;
  /** Marks the action as done. `messageId`: the message it became. */
  handled(id: string, messageId?: string): Promise<void>;
  /** Actions not yet handled in order of arrival, each with its time. */
  open(): readonly { received: Received; atMs: number }[];
  /** True if this message was received and posted. */
  wasPosted(id: string): boolean;
  /** Time up to which nothing was missed, Unix ms. */
  caughtUpMs(): number | undefined;
  caughtUp(atMs: number): Promise<void>;
  /** Active rate limits of the platform: what is limited, and until when (Unix ms). Survives restarts. */
  limits(): Readonly<Record<string, number>>;
  limited(what: string, untilMs: number): Promise<void>;
  keep(): Promise<void>;
}

type InboxEvent =
  | ({ type: "inbound.received" } & Received)
  | { type: "inbound.handled"; id: string; messageId?: string }
  | { type: "inbox.caught-up"; atMs: number }
  | { type: "calls.limited"; what: string; untilMs: number };

interface InboxState {
  open: { received: Received; atMs: number }[];
  /** Keyed by id, oldest first. */
  known: Record<string, { atMs: number; isHandled: boolean; wasPosted?: true }>;
  count: number;
  caughtUpMs?: number;
  limits: Record<string, number>;
}

/** Retention of ids for deduplication. It is extended while the platform has not been caught up. */
const rememberMs = 48 * 3_600_000;
const overlapMs = 10 * 60_000;
const maxKnown = 50_000;
const forgetEvery = 1_000;

export function createInbox(options: {
  platform: string;
  eventLog: EventLog;
  snapshots: Snapshots;
  clock: Clock;
  ids: Ids;
}): Inbox {
  const stream = createStateStream<InboxState, InboxEvent>({
    ...options,
    stream: `inbox/${options.platform}`,
    schema: "inbox-1",
    empty: () => ({ open: [], known: {}, count: 0, limits: {} }),
    apply,
  });
  const known = (id: string) => (Object.hasOwn(stream.state.known, id) ? stream.state.known[id] : undefined);

  return {
    load: async () => void (await stream.load()),
    async receive(received, formerIds = []) {
      const ids = [received.inbound.id, ...formerIds];
      let found: "new" | "open" | "handled" = "new";
      await stream.append(() => {
        const earlier = ids.map(known).find((one) => one !== undefined);
        found = earlier ? (earlier.isHandled ? "handled" : "open") : "new";
        return earlier ? [] : [{ type: "inbound.received", ...received }];
      });
      return found;
    },
    handled: (id, messageId) =>
      stream.append(() =>
        known(id)?.isHandled ? [] : [{ type: "inbound.handled", id, ...(messageId !== undefined && { messageId }) }],
      ),
    open: () => stream.state.open,
    wasPosted: (id) => known(id)?.wasPosted === true,
    caughtUpMs: () => stream.state.caughtUpMs,
    caughtUp: (atMs) => stream.append(() => [{ type: "inbox.caught-up", atMs }]),
    limits: () => stream.state.limits,
    limited: (what, untilMs) => stream.append(() => [{ type: "calls.limited", what, untilMs }]),
    keep: () => stream.keep(),
  };
}

function apply(state: InboxState, event: InboxEvent, at: number): void {
  if (event.type === "inbound.received") {
    const { type: _type, ...received } = event;
    state.open.push({ received, atMs: at });
    state.known[received.inbound.id] = { atMs: at, isHandled: false };
    state.count += 1;
    if (state.count % forgetEvery === 0) forget(state, at);
    return;
  }
  if (event.type === "inbound.handled") {
    state.open = state.open.filter(({ received }) => received.inbound.id !== event.id);
    const known = state.known[event.id];
    if (known) known.isHandled = true;
    if (known && event.messageId !== undefined) known.wasPosted = true;
    return;
  }
  if (event.type === "calls.limited") {
    for (const [what, untilMs] of Object.entries(state.limits)) if (untilMs <= at) delete state.limits[what];
    state.limits[event.what] = event.untilMs;
  }
  if (event.type === "inbox.caught-up") state.caughtUpMs = Math.max(event.atMs, state.caughtUpMs ?? 0);
}

function forget(state: InboxState, nowMs: number): void {
  const untilMs = Math.min(nowMs - rememberMs, (state.caughtUpMs ?? 0) - overlapMs);
  const ids = Object.keys(state.known);
  let left = ids.length;
  for (const id of ids) {
    const { atMs, isHandled } = state.known[id] ?? { atMs: 0, isHandled: true };
    if (!isHandled || (atMs > untilMs && left <= maxKnown)) continue;
    delete state.known[id];
    left -= 1;
  }
}
