import type { ChatTarget } from "../../../ports/chat.js";

/** What a mirror knows of itself: a fold of its stream `mirror/<id>`. Plain JSON. */
export interface OutboundState {
  /** Everything of the room up to here is shown or needs no showing. */
  bookmark: { version: number; index: number };
  /** Keys of parts of the event behind the bookmark that are shown already. */
  done: string[];
  /** The one post whose outcome is open. */
  pending?: PendingPost;
  root?: string[];
  working?: string[];
  /** Numbers the working lines, so that each has a key of its own. */
  workingCount: number;
  /** Cards of gates that were open when last looked at. */
  cards: ShownCard[];
  /** Ids of the latest posts, for platforms where a post is found by what it is not. */
  recordedIds: string[];
  parked?: { code: string; detail: string; atMs: number };
}

export interface PendingPost {
  key: string;
  /** When it was first tried, and last. */
  firstAtMs: number;
  atMs: number;
  /** The platform said that it did not happen. */
  refused: boolean;
}

export interface ShownCard {
  gateId: string;
  /** Where the gate stands in the room. */
  version: number;
  index: number;
  target: ChatTarget;
  ids: string[];
}

/** What a post is to its mirror, besides being shown. */
export type PostSlot = "root" | "working" | "plain" | { gateId: string; version: number; index: number };

export type OutboundEvent =
  | { type: "post.intended"; key: string }
  /** Not done, as the platform said. */
  | { type: "post.refused"; key: string }
  /** Shown (or, without ids, given up). `place`: the event it belongs to; `last`: nothing more belongs to it. */
  | {
      type: "post.recorded";
      key: string;
      ids: string[];
      slot: PostSlot;
      target: ChatTarget;
      place?: { version: number; index: number };
      last?: boolean;
    }
  | { type: "bookmark.moved"; version: number; index: number }
  | { type: "working.removed" }
  | { type: "card.settled"; gateId: string; ids: string[] }
  | { type: "mirror.parked"; code: string; detail: string }
  | { type: "mirror.resumed" };

export const outboundSchema = "mirror-1";
const rememberedIds = 400;

export function emptyOutbound(after: number): OutboundState {
  return {
    bookmark: { version: after, index: Number.MAX_SAFE_INTEGER },
    done: [],
    workingCount: 0,
    cards: [],
    recordedIds: [],
  };
}

export function applyOutboundEvent(state: OutboundState, event: OutboundEvent, at: number): void {
  switch (event.type) {
    case "post.intended": {
      const firstAtMs = state.pending?.key === event.key ? state.pending.firstAtMs : at;
      state.pending = { key: event.key, firstAtMs, atMs: at, refused: false };
      return;
    }
    case "post.refused":
      if (state.pending?.key === event.key) state.pending.refused = true;
      return;
    case "post.recorded":
      recorded(state, event);
      return;
    case "bookmark.moved":
      moveTo(state, event);
      return;
    case "working.removed":
      delete state.working;
      return;
    case "card.settled":
      state.cards = state.cards.filter(({ gateId, ids }) => gateId !== event.gateId || ids[0] !== event.ids[0]);
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

function recorded(state: OutboundState, event: Extract<OutboundEvent, { type: "post.recorded" }>): void {
  const { key, ids, slot, place } = event;
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
  if (typeof slot === "object" && ids.length > 0) state.cards.push({ ...slot, target: event.target, ids });
}

/** An event of the room. */
type Place = OutboundState["bookmark"];

export function isAfter(place: Place, bookmark: Place): boolean {
  return place.version > bookmark.version || (place.version === bookmark.version && place.index > bookmark.index);
}

/** Forward only: a record of what another process has recorded too must not bring back what is shown. */
function moveTo(state: OutboundState, { version, index }: Place): void {
  if (!isAfter({ version, index }, state.bookmark)) return;
  state.bookmark = { version, index };
  state.done = [];
}
