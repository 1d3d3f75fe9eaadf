import type { EventOf } from "../../../core/room/event.js";
import { mirrorReader } from "../../../core/room/react.js";
import type { Room } from "../../../core/room/room.js";
import type { GateCard } from "../../../ports/chat-post.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import { gateCard } from "./gate-card.js";
import { assertHeld, behind, isOnlineIn } from "./lease.js";
import { rootCard } from "./live-cards.js";
import { createLiveLines, type LiveLinesOptions, workingKey } from "./live-lines.js";
import { channelOf, type LiveMirror, threadOf } from "./live-mirror.js";
import { isAfter, type ShownCard } from "./mirror-state.js";
import type { PostToMake, Step } from "./poster.js";
import { type EventInRoom, type PlannedPost, postsOf, type RenderFor } from "./render.js";

export interface ReaderOptions extends LiveLinesOptions {
  wakeups: Wakeups;
  approversOf: (platform: string) => readonly string[];
  /** The thread is there: people may have written in it already. */
  onThread: (mirror: LiveMirror, sinceMs: number) => void;
}

/** A run makes room for others after this long; it is woken again. */
const sliceMs = 4_000;

/** Shows one room in one thread: what was decided, then what is owed, then what is new, then how things are. */
export function createMirrorReader(options: ReaderOptions): (mirror: LiveMirror) => Promise<void> {
  const { rooms, clock, wakeups, poster } = options;
  const lines = createLiveLines(options);

  return async function run(mirror) {
    const { roomId, mirrorId } = mirror.registered;
    mirror.lastRunAtMs = clock.monotonicMs();
    const isBound = await rooms.peek(roomId, (room) => room.mirrors.has(mirrorId), { fresh: true });
    if (!isBound) return;
    const untilMs = clock.monotonicMs() + sliceMs;
    let step = await round(mirror);
    while (step === "progress" && clock.monotonicMs() < untilMs) step = await round(mirror);
    const waitMs = step === "progress" ? 0 : Math.max(1, step);
    mirror.nextRunAtMs = clock.monotonicMs() + waitMs;
    if (Number.isFinite(waitMs)) wakeups.wake(mirrorReader(mirror.registered), { delayMs: waitMs });
  };

  async function round(mirror: LiveMirror): Promise<Step> {
    let waitMs = Number.POSITIVE_INFINITY;
    for (const task of [settleCards, showNext, lines.refreshRoot, lines.refreshWorking]) {
      const step = await task(mirror);
      if (step === "progress") return step;
      waitMs = Math.min(waitMs, step);
    }
    return waitMs;
  }

  /** Cards of gates that are decided say so, before anything else is shown. */
  async function settleCards(mirror: LiveMirror): Promise<Step> {
    const { cards } = mirror.ledger.state;
    if (cards.length === 0) return Number.POSITIVE_INFINITY;
    const decided = await rooms.peek(mirror.registered.roomId, (room) => {
      const card = decidedCard(room, cards);
      return card && { card, resolved: outcomeOf(room, card.gateId, clock.nowMs()) };
    });
    if (!decided) return Number.POSITIVE_INFINITY;
    const notYetMs = mirror.notBeforeMs - clock.monotonicMs();
    if (notYetMs > 0) return notYetMs;
    const { card, resolved } = decided;
    const waitMs = await mirror.pacing.edit(card.target, "decision");
    return waitMs > 0 ? waitMs : settleCard(mirror, card, await withText(mirror.registered.roomId, card, resolved));
  }

  /** What was answered, or why: it stands in the log alone. */
  async function withText(roomId: string, { gateId }: ShownCard, outcome: Outcome): Promise<Resolved> {
    const { version, ...resolved } = outcome;
    const events = version === undefined ? [] : await rooms.eventsAt(roomId, version);
    const event = events.find((one) => one?.type === "gate.resolved" && one.gateId === gateId);
    const text = event?.type === "gate.resolved" ? textOf(event) : undefined;
    return text === undefined ? resolved : { ...resolved, text };
  }

  async function settleCard(mirror: LiveMirror, card: ShownCard, resolved: Resolved): Promise<Step> {
    const { roomId } = mirror.registered;
    const opened = (await rooms.eventsAt(roomId, card.version))[card.index];
    const isGate = opened?.type === "gate.opened";
    const { version, index } = card;
    const { supports } = mirror.chat;
    const shown =
      isGate && gateCard({ roomId, opened, version, index, supports, url: options.urlOf(roomId), resolved });
    if (shown) {
      assertHeld(mirror);
      try {
        await mirror.chat.edit(card.target, card.ids, { kind: "gate", gate: shown });
      } catch (error) {
        const step = await poster.editFailed(mirror, card.target, error);
        if (step !== "progress") return step;
      }
    }
    await mirror.ledger.append(() => [{ type: "card.settled", gateId: card.gateId, ids: card.ids }]);
    return "progress";
  }

  /** The post whose outcome is open, the thread's root, or the next event. */
  async function showNext(mirror: LiveMirror): Promise<Step> {
    const { pending, root } = mirror.ledger.state;
    if (!root || pending?.key === rootKey(mirror)) return showRoot(mirror);
    if (pending?.key === workingKey(mirror)) return poster.post(mirror, await lines.workingPost(mirror));
    for (;;) {
      const at = await mirror.source.peek();
      if (!at) return pending ? forget(mirror, pending.key) : Number.POSITIVE_INFINITY;
      const planned = await plan(mirror, at);
      if (planned.length > 0) return showEvent(mirror, at, planned);
      mirror.position = { version: at.version, index: at.index };
      mirror.source.advance(at);
    }
  }

  async function plan(mirror: LiveMirror, at: EventInRoom): Promise<PlannedPost[]> {
    const { registered, chat, ledger } = mirror;
    const { mirrorId, roomId, platform } = registered;
    const renderFor: RenderFor = {
      mirrorId,
      platform,
      supports: chat.supports,
      approvers: options.approversOf(platform),
      url: options.urlOf(roomId),
    };
    const look = (room: Room) => (room.version < at.version ? undefined : postsOf(room, at, renderFor));
    // The log is read ahead of the room in memory, in which an event's own people and policy may be missing.
    const posts = (await rooms.peek(roomId, look)) ?? (await rooms.peek(roomId, look, { fresh: true }));
    if (!posts) throw behind();
    return posts.filter(({ key }) => !ledger.state.done.includes(key));
  }

  async function showEvent(mirror: LiveMirror, at: EventInRoom, planned: readonly PlannedPost[]): Promise<Step> {
    const { pending, bookmark: shown } = mirror.ledger.state;
    if (!isAfter(at, shown)) throw behind();
    const wanted = planned.find(({ key }) => key === pending?.key) ?? planned[0];
    if (pending && wanted?.key !== pending.key) return forget(mirror, pending.key);
    const thread = threadOf(mirror);
    if (!wanted || !thread) return "progress";
    const { key, slot, post, to } = wanted;
    const target = to === "thread" ? thread : { kind: "person" as const, userId: to.userId };
    const place = { version: at.version, index: at.index };
    const step = await poster.post(mirror, { key, slot, post, target, place, last: planned.length === 1 });
    const { bookmark } = mirror.ledger.state;
    if (bookmark.version === place.version && bookmark.index === place.index) {
      mirror.position = place;
      mirror.source.advance(at);
    }
    return step;
  }

  /** What was about to be posted is not wanted any more. */
  async function forget(mirror: LiveMirror, key: string): Promise<Step> {
    const target = threadOf(mirror) ?? channelOf(mirror);
    await mirror.ledger.append(() => [{ type: "post.recorded", key, ids: [], slot: "plain", target }]);
    return "progress";
  }

  async function showRoot(mirror: LiveMirror): Promise<Step> {
    const { registered } = mirror;
    const { roomId } = registered;
    const card = await rooms.peek(roomId, (room) =>
      rootCard(room, options.urlOf(roomId), isOnlineIn(room, options.fleet)),
    );
    const startedAtMs = clock.nowMs();
    const wanted: PostToMake = {
      key: rootKey(mirror),
      target: channelOf(mirror),
      slot: "root",
      post: { kind: "root", card },
    };
    const step = await poster.post(mirror, wanted);
    const [thread] = mirror.ledger.state.root ?? [];
    if (thread === undefined) return step;
    mirror.rootShown = JSON.stringify(card);
    await lines.announce(mirror, thread);
    options.onThread(mirror, Math.min(startedAtMs, registered.atMs));
    return "progress";
  }
}

/** A card of a gate that is decided: a room in memory that has not got to the gate yet does not have it either. */
export function decidedCard(room: Pick<Room, "version" | "gates">, cards: readonly ShownCard[]): ShownCard | undefined {
  return cards.find(({ gateId, version }) => version <= room.version && !room.gates.has(gateId));
}

function rootKey({ registered }: LiveMirror): string {
  return `${registered.roomId}/root/${registered.mirrorId}`;
}

type Resolved = NonNullable<GateCard["resolved"]>;
type Outcome = Omit<Resolved, "text"> & { version?: number };

function outcomeOf(room: Room, gateId: string, nowMs: number): Outcome {
  return room.resolvedGates.get(gateId) ?? { outcome: "decided", by: "parley", atMs: nowMs };
}

/** An edited message is said at once and needs no second place. */
function textOf({ outcome, body, answers, reason }: EventOf<"gate.resolved">): string | undefined {
  if (outcome === "answered") return body ?? Object.values(answers ?? {}).join(", ");
  return outcome === "allowed" ? body : reason;
}
