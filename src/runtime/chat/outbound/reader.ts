import { isAfter } from "../../../core/room/position.js";
import { outboundReader } from "../../../core/room/react.js";
import type { Room } from "../../../core/room/room.js";
import type { Logger } from "../../../ports/logger.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import { createCopyRemover } from "./late-copies.js";
import { behind, isOnlineIn } from "./lease.js";
import { rootCard } from "./live-cards.js";
import { createLiveLines, type LiveLines, type LiveLinesOptions, workingKey } from "./live-lines.js";
import { channelOf, type LiveOutbound, threadOf } from "./live-outbound.js";
import type { PostToMake, Step } from "./post-to-make.js";
import { type EventInRoom, type PlannedPost, postsOf, type RenderFor } from "./render.js";
import { createCardSettler } from "./settle-cards.js";
import { createMessageStriker } from "./strike-messages.js";

/** Parts that the reader of a thread needs. */
export interface ReaderOptions extends LiveLinesOptions {
  wakeups: Wakeups;
  logger: Logger;
  approversOf: (platform: string) => readonly string[];
  picturesOrigin: () => string | undefined;
}

/** One thing to do for a thread. */
type Task = (outbound: LiveOutbound) => Promise<Step>;

/** Time slice: a longer run yields and reschedules itself. */
const sliceMs = 4_000;

/** Shows one room in one thread, in this order: decided cards, late copies, the pending post, new events, status lines. */
export function createOutboundReader(options: ReaderOptions): (outbound: LiveOutbound) => Promise<void> {
  const { rooms, clock, wakeups } = options;
  const lines = createLiveLines(options);
  const events = [createCardSettler(options), createCopyRemover(options), createShowNext(options, lines)];
  const tasks = [...events, lines.refreshRoot, lines.refreshWorking];

  return async function run(outbound) {
    const { roomId, mirrorId } = outbound.registered;
    outbound.lastRunAtMs = clock.monotonicMs();
    const isBound = await rooms.peek(roomId, (room) => room.mirrors.has(mirrorId), { fresh: true });
    if (!isBound) return;
    const untilMs = clock.monotonicMs() + sliceMs;
    let step = await runStep(outbound, tasks);
    while (step === "progress" && clock.monotonicMs() < untilMs) step = await runStep(outbound, tasks);
    const waitMs = step === "progress" ? 0 : Math.max(1, step);
    outbound.nextRunAtMs = clock.monotonicMs() + waitMs;
    if (Number.isFinite(waitMs)) wakeups.wake(outboundReader(outbound.registered), { delayMs: waitMs });
  };
}

/** Does the first thing there is to do; else gives the time until something is due. */
async function runStep(outbound: LiveOutbound, tasks: readonly Task[]): Promise<Step> {
  let waitMs = Number.POSITIVE_INFINITY;
  for (const task of tasks) {
    const step = await task(outbound);
    if (step === "progress") return step;
    waitMs = Math.min(waitMs, step);
  }
  return waitMs;
}

/** Posts the pending post, the thread's root or the next event. */
function createShowNext(options: ReaderOptions, lines: LiveLines): Task {
  const { poster } = options;
  const showRoot = createShowRoot(options, lines);
  const plan = createPlan(options);
  const strike = createMessageStriker(options);

  async function showEvent(outbound: LiveOutbound, at: EventInRoom, planned: readonly PlannedPost[]): Promise<Step> {
    const { pending, bookmark: shown } = outbound.outbox.state;
    if (!isAfter(at, shown)) throw behind();
    const wanted = planned.find(({ key }) => key === pending?.key) ?? planned[0];
    if (pending && wanted?.key !== pending.key) return dropPending(outbound, pending.key);
    const thread = threadOf(outbound);
    if (!wanted || !thread) return "progress";
    const { key, slot, post, to } = wanted;
    const struck = !pending && wanted.strikes ? await strike(outbound, wanted.strikes) : undefined;
    if (struck !== undefined) return struck;
    const target = to === "thread" ? thread : { kind: "person" as const, userId: to.userId };
    const place = { version: at.version, index: at.index };
    const more = { place, last: planned.length === 1, ...contentsOf(wanted) };
    const step = await poster.post(outbound, { key, slot, post, target, ...more });
    const { bookmark } = outbound.outbox.state;
    if (bookmark.version === place.version && bookmark.index === place.index) {
      outbound.position = place;
      outbound.source.advance(at);
    }
    return step;
  }

  return async (outbound) => {
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
  };
}

/** The message a post shows and the file that comes with it, where it has them. */
function contentsOf({ messageId, attachment }: PlannedPost): Pick<PlannedPost, "messageId" | "attachment"> {
  return { ...(messageId !== undefined && { messageId }), ...(attachment && { attachment }) };
}

/** Posts of an event that are not shown yet. */
function createPlan({ rooms, urlOf, picturesOrigin, approversOf }: ReaderOptions) {
  return async (outbound: LiveOutbound, at: EventInRoom): Promise<PlannedPost[]> => {
    const { registered, chat, outbox } = outbound;
    const { mirrorId, roomId, platform } = registered;
    const renderFor: RenderFor = {
      mirrorId,
      platform,
      supports: chat.supports,
      approvers: approversOf(platform),
      url: urlOf(roomId),
      picturesOrigin: picturesOrigin(),
    };
    const renderPosts = (room: Room) => (room.version < at.version ? undefined : postsOf(room, at, renderFor));
    // The log may be ahead of the room in memory, which then lacks the event's participants and policy.
    const posts = (await rooms.peek(roomId, renderPosts)) ?? (await rooms.peek(roomId, renderPosts, { fresh: true }));
    if (!posts) throw behind();
    return posts.filter(({ key }) => !outbox.state.done.includes(key));
  };
}

function createShowRoot(options: ReaderOptions, lines: LiveLines): Task {
  const { rooms, poster } = options;
  return async (outbound) => {
    const { registered } = outbound;
    const { roomId } = registered;
    const card = await rooms.peek(roomId, (room) =>
      rootCard(room, options.urlOf(roomId), isOnlineIn(room, options.fleet)),
    );
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
    return "progress";
  };
}

/** Drops a pending post that is no longer wanted. */
async function dropPending(outbound: LiveOutbound, key: string): Promise<Step> {
  const target = threadOf(outbound) ?? channelOf(outbound);
  await outbound.outbox.append(() => [{ type: "post.recorded", key, ids: [], slot: "plain", target }]);
  return "progress";
}

function rootKey({ registered }: LiveOutbound): string {
  return `${registered.roomId}/root/${registered.mirrorId}`;
}
