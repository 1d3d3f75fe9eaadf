import { type EventPlace, isAfter } from "../../../core/room/position.js";
import type { ChatTarget } from "../../../ports/chat.js";

/** A mirror's state: a fold of its stream `mirror/<id>`. Plain JSON. */
export interface OutboundState {
  /** Everything in the room up to this position is shown, or does not need to be. */
  bookmark: EventPlace;
  /** Keys of parts of the event behind the bookmark that are shown already. */
  done: string[];
  /** The only post whose outcome is open. */
  pending?: PendingPost;
  root?: string[];
  working?: string[];
  /** Counter that gives each working line its own key. */
  workingCount: number;
  /** Cards of gates that were open at the last check. */
  cards: ShownCard[];
  /** Ids of the latest posts, for platforms that find a post by excluding the known ones. */
  recordedIds: string[];
  /** Posts that were made again because look-ups did not find them; absent or empty: none. */
  doubtful?: DoubtfulPost[];
  /** Posts of messages that people may take back, the oldest first; absent or empty: none. */
  messages?: MessagePosts[];
  parked?: { code: string; detail: string; atMs: number };
}

/** A post that was intended and whose outcome is open. */
export interface PendingPost {
  key: string;
  /** Time of the first attempt; `atMs` is the last. */
  firstAtMs: number;
  atMs: number;
  /** The platform confirmed that the post was not made. */
  refused: boolean;
  /** Look-ups did not find it: it may still arrive. */
  unseen?: true;
}

/** A card or working line that may arrive a second time. `ids`: the recorded one. */
export interface DoubtfulPost {
  key: string;
  slot: "working" | CardSlot;
  target: ChatTarget;
  ids: string[];
  firstAtMs: number;
  madeAtMs: number;
  /** Number of times its copy was looked for. */
  looks: number;
}

/** One post of a message. A long message has several. */
export interface MessagePosts {
  messageId: string;
  target: ChatTarget;
  ids: string[];
}

/** A card that stands in the thread with its buttons. */
export interface ShownCard {
  gateId: string;
  /** Position of the gate in the room's log. */
  version: number;
  index: number;
  target: ChatTarget;
  ids: string[];
}

type CardSlot = { gateId: string; version: number; index: number };

/** Role of a post in its thread. */
export type PostSlot = "root" | "working" | "plain" | CardSlot;

/** An event of an outbound thread’s stream. */
export type OutboundEvent =
  | { type: "post.intended"; key: string }
  /** The platform confirmed that the post was not made. `unseen`: it was only not found. */
  | { type: "post.refused"; key: string; unseen?: true }
  /** Posted, or given up if `ids` is empty. `place`: position of its event; `last`: it is the event's last post. */
  | {
      type: "post.recorded";
      key: string;
      ids: string[];
      slot: PostSlot;
      target: ChatTarget;
      place?: { version: number; index: number };
      last?: boolean;
      /** Of a person's message, which may be taken back later. */
      messageId?: string;
    }
  /** A post of a message that was taken back says so now, or cannot be changed. */
  | { type: "message.struck"; ids: string[] }
  | { type: "bookmark.moved"; version: number; index: number }
  | { type: "working.removed" }
  | { type: "card.settled"; gateId: string; ids: string[] }
  /** The copy of a doubtful post was looked for. `last`: it is not looked for again. */
  | { type: "copy.sought"; key: string; last: boolean }
  | { type: "mirror.parked"; code: string; detail: string }
  | { type: "mirror.resumed" };

/** Schema name of snapshots of this state. */
export const outboundSchema = "mirror-1";
const rememberedIds = 400;
const rememberedMessages = 100;

/** The state of a thread that shows nothing up to and including version `after`. */
export function emptyOutbound(after: number): OutboundState {
  return {
    bookmark: { version: after, index: Number.MAX_SAFE_INTEGER },
    done: [],
    workingCount: 0,
    cards: [],
    recordedIds: [],
  };
}

/** Applies an event in place; `at` is its time in Unix ms. */
export function applyOutboundEvent(state: OutboundState, event: OutboundEvent, at: number): void {
  switch (event.type) {
    case "post.intended": {
      const before = state.pending?.key === event.key ? state.pending : undefined;
      const firstAtMs = before?.firstAtMs ?? at;
      state.pending = {
        key: event.key,
        firstAtMs,
        atMs: at,
        refused: false,
        ...(before?.unseen && { unseen: true }),
      };
      return;
    }
    case "post.refused":
      if (state.pending?.key !== event.key) return;
      state.pending.refused = true;
      if (event.unseen) state.pending.unseen = true;
      return;
    case "post.recorded":
      noteDoubt(state, event, at);
      applyRecord(state, event);
      return;
    case "bookmark.moved":
      moveTo(state, event);
      return;
    case "working.removed":
      delete state.working;
      return;
    case "message.struck":
      state.messages = (state.messages ?? []).filter(({ ids }) => ids[0] !== event.ids[0]);
      return;
    case "card.settled":
      state.cards = state.cards.filter(({ gateId, ids }) => gateId !== event.gateId || ids[0] !== event.ids[0]);
      return;
    case "copy.sought":
      applySought(state, event);
      return;
    case "mirror.parked":
      state.parked = { code: event.code, detail: event.detail, atMs: at };
      return;
    case "mirror.resumed":
      delete state.parked;
      return;
    default:
      return;
  }
}

/** Copies are looked for where they do harm: buttons and working lines that nobody would take away. */
function noteDoubt(
  state: OutboundState,
  { key, ids, slot, target }: Extract<OutboundEvent, { type: "post.recorded" }>,
  at: number,
): void {
  const { pending } = state;
  if (pending?.key !== key || !pending.unseen || ids.length === 0 || slot === "root" || slot === "plain") return;
  const { firstAtMs } = pending;
  state.doubtful = [...(state.doubtful ?? []), { key, slot, target, ids, firstAtMs, madeAtMs: at, looks: 0 }];
}

function applySought(state: OutboundState, { key, last }: Extract<OutboundEvent, { type: "copy.sought" }>): void {
  const { doubtful = [] } = state;
  state.doubtful = last
    ? doubtful.filter((one) => one.key !== key)
    : doubtful.map((one) => (one.key === key ? { ...one, looks: one.looks + 1 } : one));
}

function applyRecord(state: OutboundState, event: Extract<OutboundEvent, { type: "post.recorded" }>): void {
  const { key, ids, slot, place, messageId, target } = event;
  if (state.pending?.key === key) delete state.pending;
  state.recordedIds.push(...ids);
  if (state.recordedIds.length > rememberedIds) state.recordedIds.splice(0, state.recordedIds.length - rememberedIds);
  if (place && event.last) moveTo(state, place);
  else if (place && !state.done.includes(key)) state.done.push(key);
  if (slot === "root") state.root = ids;
  if (slot === "working") {
    state.workingCount += 1;
    if (ids.length > 0) state.working = ids;
  }
  if (typeof slot === "object" && ids.length > 0) state.cards.push({ ...slot, target, ids });
  if (messageId !== undefined && ids.length > 0)
    state.messages = [...(state.messages ?? []), { messageId, target, ids }].slice(-rememberedMessages);
}

/** Forward only: a record of what another process has recorded too must not bring back what is shown. */
function moveTo(state: OutboundState, { version, index }: EventPlace): void {
  if (!isAfter({ version, index }, state.bookmark)) return;
  state.bookmark = { version, index };
  state.done = [];
}
