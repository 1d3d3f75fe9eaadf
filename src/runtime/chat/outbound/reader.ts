import type { EventOf } from "../../../core/room/event.js";
import { answerText } from "../../../core/room/gate-choices.js";
import { isAfter } from "../../../core/room/position.js";
import { outboundReader } from "../../../core/room/react.js";
import type { Room } from "../../../core/room/room.js";
import type { GateCard } from "../../../ports/chat-post.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import { gateCard } from "./gate-card.js";
import { assertHeld, behind, isOnlineIn } from "./lease.js";
import { rootCard } from "./live-cards.js";
import { createLiveLines, type LiveLinesOptions, workingKey } from "./live-lines.js";
import { channelOf, type LiveOutbound, threadOf } from "./live-outbound.js";
import type { ShownCard } from "./outbound-state.js";
import type { PostToMake, Step } from "./poster.js";
import { type EventInRoom, type PlannedPost, postsOf, type RenderFor } from "./render.js";

/** Parts that the reader of a thread needs. */
export interface ReaderOptions extends LiveLinesOptions {
  wakeups: Wakeups;
  approversOf: (platform: string) => readonly string[];
  /** Called when the thread exists; people may already have written in it. */
  onThread: (outbound: LiveOutbound, sinceMs: number) => void;
}

/** Time slice: a longer run yields and reschedules itself. */
const sliceMs = 4_000;

/** Shows one room in one thread, in this order: decided cards, the pending post, new events, status lines. */
export function createOutboundReader(options: ReaderOptions): (outbound: LiveOutbound) => Promise<void> {
  const { rooms, clock, wakeups, poster } = options;
  const lines = createLiveLines(options);

  return async function run(outbound) {
    const { roomId, mirrorId } = outbound.registered;
    outbound.lastRunAtMs = clock.monotonicMs();
    const isBound = await rooms.peek(roomId, (room) => room.mirrors.has(mirrorId), { fresh: true });
    if (!isBound) return;
    const untilMs = clock.monotonicMs() + sliceMs;
    let step = await runStep(outbound);
    while (step === "progress" && clock.monotonicMs() < untilMs) step = await runStep(outbound);
    const waitMs = step === "progress" ? 0 : Math.max(1, step);
    outbound.nextRunAtMs = clock.monotonicMs() + waitMs;
    if (Number.isFinite(waitMs)) wakeups.wake(outboundReader(outbound.registered), { delayMs: waitMs });
  };

  async function runStep(outbound: LiveOutbound): Promise<Step> {
    let waitMs = Number.POSITIVE_INFINITY;
    for (const task of [settleCards, showNext, lines.refreshRoot, lines.refreshWorking]) {
      const step = await task(outbound);
      if (step === "progress") return step;
      waitMs = Math.min(waitMs, step);
    }
    return waitMs;
  }

  /** Updates the cards of decided gates before anything else is posted. */
  async function settleCards(outbound: LiveOutbound): Promise<Step> {
    const { cards } = outbound.outbox.state;
    if (cards.length === 0) return Number.POSITIVE_INFINITY;
    const decided = await rooms.peek(outbound.registered.roomId, (room) => {
      const card = decidedCard(room, cards);
      return card && { card, resolved: outcomeOf(room, card.gateId, clock.nowMs()) };
    });
    if (!decided) return Number.POSITIVE_INFINITY;
    const notYetMs = outbound.notBeforeMs - clock.monotonicMs();
    if (notYetMs > 0) return notYetMs;
    const { card, resolved } = decided;
    const waitMs = await outbound.pacing.edit(card.target, "decision");
    return waitMs > 0 ? waitMs : settleCard(outbound, card, await withText(outbound.registered.roomId, card, resolved));
  }

  /** Adds the answer or reason, which only the log holds. */
  async function withText(roomId: string, { gateId }: ShownCard, outcome: Outcome): Promise<Resolved> {
    const { version, ...resolved } = outcome;
    const events = version === undefined ? [] : await rooms.eventsAt(roomId, version);
    const event = events.find((one) => one?.type === "gate.resolved" && one.gateId === gateId);
    const text = event?.type === "gate.resolved" ? textOf(event) : undefined;
    return text === undefined ? resolved : { ...resolved, text };
  }

  async function settleCard(outbound: LiveOutbound, card: ShownCard, resolved: Resolved): Promise<Step> {
    const { roomId } = outbound.registered;
    const opened = (await rooms.eventsAt(roomId, card.version))[card.index];
    const isGate = opened?.type === "gate.opened";
    const { version, index } = card;
    const { supports } = outbound.chat;
    const shown =
      isGate && gateCard({ roomId, opened, version, index, supports, url: options.urlOf(roomId), resolved });
    if (shown) {
      assertHeld(outbound);
      try {
        await outbound.chat.edit(card.target, card.ids, { kind: "gate", gate: shown });
      } catch (error) {
        const step = await poster.editFailed(outbound, card.target, error);
        if (step !== "progress") return step;
      }
    }
    await outbound.outbox.append(() => [{ type: "card.settled", gateId: card.gateId, ids: card.ids }]);
    return "progress";
  }

  /** Posts the pending post, the thread's root or the next event. */
  async function showNext(outbound: LiveOutbound): Promise<Step> {
    const { pending, root } = outbound.outbox.state;
    if (!root || pending?.key === rootKey(outbound)) return showRoot(outbound);
    if (pending?.key === workingKey(outbound)) return poster.post(outbound, await lines.workingPost(outbound));
    for (;;) {
      const at = await outbound.source.peek();
      if (!at) return pending ? dropPending(outbound, pending.key) : Number.POSITIVE_INFINITY;
      const planned = await plan(outbound, at);
      if (planned.length > 0) return showEvent(outbound, at, planned);
      outbound.position = { version: at.version, index: at.index };
      outbound.source.advance(at);
    }
  }

  async function plan(outbound: LiveOutbound, at: EventInRoom): Promise<PlannedPost[]> {
    const { registered, chat, outbox } = outbound;
    const { mirrorId, roomId, platform } = registered;
    const renderFor: RenderFor = {
      mirrorId,
      platform,
      supports: chat.supports,
      approvers: options.approversOf(platform),
      url: options.urlOf(roomId),
    };
    const renderPosts = (room: Room) => (room.version < at.version ? undefined : postsOf(room, at, renderFor));
    // The log may be ahead of the room in memory, which then lacks the event's participants and policy.
    const posts = (await rooms.peek(roomId, renderPosts)) ?? (await rooms.peek(roomId, renderPosts, { fresh: true }));
    if (!posts) throw behind();
    return posts.filter(({ key }) => !outbox.state.done.includes(key));
  }

  async function showEvent(outbound: LiveOutbound, at: EventInRoom, planned: readonly PlannedPost[]): Promise<Step> {
    const { pending, bookmark: shown } = outbound.outbox.state;
    if (!isAfter(at, shown)) throw behind();
    const wanted = planned.find(({ key }) => key === pending?.key) ?? planned[0];
    if (pending && wanted?.key !== pending.key) return dropPending(outbound, pending.key);
    const thread = threadOf(outbound);
    if (!wanted || !thread) return "progress";
    const { key, slot, post, to } = wanted;
    const target = to === "thread" ? thread : { kind: "person" as const, userId: to.userId };
    const place = { version: at.version, index: at.index };
    const step = await poster.post(outbound, { key, slot, post, target, place, last: planned.length === 1 });
    const { bookmark } = outbound.outbox.state;
    if (bookmark.version === place.version && bookmark.index === place.index) {
      outbound.position = place;
      outbound.source.advance(at);
    }
    return step;
  }

  /** Drops a pending post that is no longer wanted. */
  async function dropPending(outbound: LiveOutbound, key: string): Promise<Step> {
    const target = threadOf(outbound) ?? channelOf(outbound);
    await outbound.outbox.append(() => [{ type: "post.recorded", key, ids: [], slot: "plain", target }]);
    return "progress";
  }

  async function showRoot(outbound: LiveOutbound): Promise<Step> {
    const { registered } = outbound;
    const { roomId } = registered;
    const card = await rooms.peek(roomId, (room) =>
      rootCard(room, options.urlOf(roomId), isOnlineIn(room, options.fleet)),
    );
    const startedAtMs = clock.nowMs();
    const wanted: PostToMake = {
      key: rootKey(outbound),
      target: channelOf(outbound),
      slot: "root",
      post: { kind: "root", card },
    };
    const step = await poster.post(outbound, wanted);
    const [thread] = outbound.outbox.state.root ?? [];
    if (thread === undefined) return step;
    outbound.rootShown = JSON.stringify(card);
    await lines.announce(outbound, thread);
    options.onThread(outbound, Math.min(startedAtMs, registered.atMs));
    return "progress";
  }
}

/** Finds a card whose gate is decided. A room in memory that has not reached the gate yet does not count. */
export function decidedCard(room: Pick<Room, "version" | "gates">, cards: readonly ShownCard[]): ShownCard | undefined {
  return cards.find(({ gateId, version }) => version <= room.version && !room.gates.has(gateId));
}

function rootKey({ registered }: LiveOutbound): string {
  return `${registered.roomId}/root/${registered.mirrorId}`;
}

type Resolved = NonNullable<GateCard["resolved"]>;
type Outcome = Omit<Resolved, "text"> & { version?: number };

function outcomeOf(room: Room, gateId: string, nowMs: number): Outcome {
  return room.resolvedGates.get(gateId) ?? { outcome: "decided", by: "parley", atMs: nowMs };
}

/** Text for the resolved card. An edited message is posted itself and is not repeated here. */
function textOf({ outcome, body, answers, reason }: EventOf<"gate.resolved">): string | undefined {
  if (outcome === "answered") return body ?? answerText({ ...(answers && { answers }) });
  return outcome === "allowed" ? body : reason;
}
