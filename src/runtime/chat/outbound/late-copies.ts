import { ChatError } from "../../../ports/chat-error.js";
import type { ChatPost } from "../../../ports/chat-post.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import type { RoomService } from "../../rooms/service.js";
import * as attempts from "./attempts.js";
import { gateCard } from "./gate-card.js";
import { assertHeld } from "./lease.js";
import { type LiveOutbound, threadOf } from "./live-outbound.js";
import type { DoubtfulPost } from "./outbound-state.js";
import type { Step } from "./post-to-make.js";
import type { Poster } from "./poster.js";

/** When a copy is looked for, ms after its post was made again. A request is given up after 15 s; networks deliver later. */
export const seekAfterMs: readonly number[] = [10_000, 30_000, 120_000];

/**
 * Removes copies of cards and working lines. A post that was not found and therefore made again may still arrive, sent by a process that
 * was frozen or killed: its buttons would stay for ever, because nobody knows its id. One look a step.
 */
export function createCopyRemover(options: {
  rooms: RoomService;
  clock: Clock;
  logger: Logger;
  poster: Poster;
  urlOf: (roomId: string) => string | undefined;
}): (outbound: LiveOutbound) => Promise<Step> {
  const { rooms, clock, logger, poster, urlOf } = options;

  async function postOf({ registered, chat }: LiveOutbound, { slot }: DoubtfulPost): Promise<ChatPost | undefined> {
    if (slot === "working") return { kind: "working", text: "…" };
    const { roomId } = registered;
    const { version, index } = slot;
    const opened = (await rooms.eventsAt(roomId, version))[index];
    if (opened?.type !== "gate.opened") return undefined;
    const card = gateCard({ roomId, opened, version, index, supports: chat.supports, url: urlOf(roomId) });
    // Without its file: a look-up would share a file that is missing.
    const { file: _, ...gate } = card;
    return { kind: "gate", gate };
  }

  async function find(outbound: LiveOutbound, doubtful: DoubtfulPost): Promise<string[] | undefined> {
    const { key, ids, firstAtMs: firstSentAtMs } = doubtful;
    const post = await postOf(outbound, doubtful);
    const recordedIds = new Set([...outbound.outbox.state.recordedIds, ...ids]);
    return post && outbound.chat.find(targetOf(outbound, doubtful), { key, post, firstSentAtMs, recordedIds });
  }

  async function remove(outbound: LiveOutbound, doubtful: DoubtfulPost, copy: readonly string[]): Promise<Step> {
    const { key } = doubtful;
    const target = targetOf(outbound, doubtful);
    const waitMs = await outbound.pacing.edit(target, "decision");
    if (waitMs > 0) return waitMs;
    assertHeld(outbound);
    try {
      await outbound.chat.edit(target, copy, "removed");
    } catch (error) {
      return poster.editFailed(outbound, target, error);
    }
    logger.info({ mirrorId: outbound.registered.mirrorId, key }, "a copy of a post arrived late; it was removed");
    return "progress";
  }

  async function seek(outbound: LiveOutbound, doubtful: DoubtfulPost): Promise<Step> {
    const { key, looks } = doubtful;
    try {
      const copy = await find(outbound, doubtful);
      const step = copy ? await remove(outbound, doubtful, copy) : "progress";
      if (step !== "progress") return step;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const target = targetOf(outbound, doubtful);
      if (error.code === "rate_limited") return outbound.pacing.limited("find", target, error);
      const step = await poster.editFailed(outbound, target, error);
      if (step !== "progress") return step;
    }
    await outbound.outbox.append(() => [{ type: "copy.sought", key, last: looks + 1 >= seekAfterMs.length }]);
    return "progress";
  }

  return async (outbound) => {
    const { doubtful = [] } = outbound.outbox.state;
    const dueAtMs = ({ madeAtMs, looks }: DoubtfulPost) => madeAtMs + (seekAfterMs[looks] ?? 0);
    const [next] = doubtful.toSorted((one, other) => dueAtMs(one) - dueAtMs(other));
    if (!next) return Number.POSITIVE_INFINITY;
    const notYetMs = attempts.waitMsOf(outbound.attempts, clock.monotonicMs());
    const waitMs = Math.max(dueAtMs(next) - clock.nowMs(), notYetMs, outbound.pacing.find(next.target));
    return waitMs > 0 ? waitMs : seek(outbound, next);
  };
}

/** The thread's channel may have another id than when the post was made. */
const targetOf = (outbound: LiveOutbound, { target }: DoubtfulPost): DoubtfulPost["target"] =>
  target.kind === "thread" ? (threadOf(outbound) ?? target) : target;
