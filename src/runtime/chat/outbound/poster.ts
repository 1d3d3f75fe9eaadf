import { isAfter } from "../../../core/room/position.js";
import type { ChatTarget } from "../../../ports/chat.js";
import { ChatError, type ChatErrorCode } from "../../../ports/chat-error.js";
import type { ChatPost } from "../../../ports/chat-post.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import { assertHeld, behind } from "./lease.js";
import type { LiveOutbound } from "./live-outbound.js";
import type { PostSlot } from "./outbound-state.js";
import type { Suspension } from "./suspension.js";

/** A post and what is needed to make it exactly once. */
export interface PostToMake {
  key: string;
  target: ChatTarget;
  slot: PostSlot;
  post: ChatPost;
  /** Position of its event; `last`: it is the event's last post. */
  place?: { version: number; index: number };
  last?: boolean;
}

/** `progress` if something was done, otherwise milliseconds until the next attempt (Infinity: on the next wake-up). */
export type Step = "progress" | number;

/** Makes each post exactly once: stores the intent before and the receipt after, and looks up posts of unknown outcome. */
export interface Poster {
  post(outbound: LiveOutbound, wanted: PostToMake): Promise<Step>;
  /** Handles an error that does not concern one post: backs off or suspends the thread. */
  failed(outbound: LiveOutbound, error: unknown): Promise<Step>;
  /** Like `failed`, for an edit. `progress`: there is nothing left to edit. */
  editFailed(outbound: LiveOutbound, target: ChatTarget, error: unknown): Promise<Step>;
}

/** Delays of the two look-ups after an unknown outcome. */
const lookUpAfterMs = [2_000, 5_000];
const firstBackoffMs = 500;
const maxBackoffMs = 30_000;

const suspendingCodes: ReadonlySet<ChatErrorCode> = new Set([
  "unauthorized",
  "missing_permission",
  "channel_gone",
  "thread_gone",
]);

/** A poster that writes down each intent and each receipt in the thread’s stream. */
export function createPoster(options: {
  clock: Clock;
  logger: Logger;
  suspension: Suspension;
  /** Look up posts of unknown outcome. False only in the test that proves the look-up is needed. */
  lookUp: boolean;
  /** Called when the platform rejects a post in every form and it is dropped. */
  onGivenUp: () => void;
}): Poster {
  const { clock, logger, suspension } = options;

  async function post(outbound: LiveOutbound, wanted: PostToMake): Promise<Step> {
    const { pending } = outbound.outbox.state;
    const isOpen = pending?.key === wanted.key && !pending.refused;
    if (isOpen && options.lookUp) return lookUpPost(outbound, wanted);
    return send(outbound, wanted);
  }

  async function send(outbound: LiveOutbound, wanted: PostToMake): Promise<Step> {
    const waitMs = Math.max(outbound.notBeforeMs - clock.monotonicMs(), await outbound.pacing.post(wanted.target));
    if (waitMs > 0) return waitMs;
    if ((await storeIntent(outbound, wanted)) === "theirs") return "progress";
    assertHeld(outbound);
    try {
      const ids = await outbound.chat.post(wanted.target, shownPost(outbound, wanted), wanted.key);
      return await record(outbound, wanted, ids);
    } catch (error) {
      return sendFailed(outbound, wanted, asChatError(error));
    }
  }

  /**
   * Stores the intent to post. The outbox decides if two processes both believe they hold the thread: a process that finds another's intent
   * looks the post up first; one that finds the post made has stale memory and reloads.
   */
  async function storeIntent({ outbox }: LiveOutbound, { key, place }: PostToMake): Promise<"mine" | "theirs"> {
    const before = outbox.state.pending;
    let whose = "theirs" as "mine" | "theirs" | "made";
    await outbox.append(({ pending, bookmark, done }) => {
      const isPast = place !== undefined && !isAfter(place, bookmark);
      const isOpen = pending?.key === key && (pending.refused || pending.atMs === before?.atMs);
      whose = isPast || done.includes(key) ? "made" : pending === undefined || isOpen ? "mine" : "theirs";
      return whose === "mine" ? [{ type: "post.intended", key }] : [];
    });
    if (whose === "made") throw behind();
    return whose;
  }

  async function record(outbound: LiveOutbound, wanted: PostToMake, ids: string[]): Promise<Step> {
    const { key, slot, target, place, last } = wanted;
    await outbound.outbox.append(() => [
      {
        type: "post.recorded",
        key,
        ids,
        slot,
        target,
        ...(place && { place: { version: place.version, index: place.index } }),
        ...(last !== undefined && { last }),
      },
    ]);
    outbound.failedAtMs = undefined;
    outbound.lookUps = 0;
    outbound.failures = 0;
    outbound.fallbackKey = undefined;
    if (ids.length > 0) await suspension.resume(outbound);
    return "progress";
  }

  async function sendFailed(outbound: LiveOutbound, wanted: PostToMake, error: ChatError): Promise<Step> {
    outbound.lookUps = 0;
    if (error.code === "outcome_unknown" && options.lookUp) {
      outbound.failedAtMs = clock.monotonicMs();
      return lookUpAfterMs[0] ?? 0;
    }
    const { key, target } = wanted;
    await outbound.outbox.append(() => [{ type: "post.refused", key }]);
    if (error.code === "rate_limited") return outbound.pacing.limited("post", target, error);
    if (wanted.target.kind === "person" && error.code !== "unavailable" && error.code !== "outcome_unknown")
      return giveUp(outbound, wanted, error);
    if (error.code === "refused" || error.code === "post_gone") return postFallback(outbound, wanted, error);
    return failed(outbound, error);
  }

  /** Replaces a rejected post with a short line; gives up if that is rejected too. */
  async function postFallback(outbound: LiveOutbound, wanted: PostToMake, error: ChatError): Promise<Step> {
    if (outbound.fallbackKey === wanted.key || wanted.slot === "root") return giveUp(outbound, wanted, error);
    outbound.fallbackKey = wanted.key;
    return "progress";
  }

  async function giveUp(outbound: LiveOutbound, wanted: PostToMake, error: ChatError): Promise<Step> {
    const { key } = wanted;
    const { mirrorId, roomId } = outbound.registered;
    logger.error({ mirrorId, roomId, key, code: error.code }, "a post is not taken by the platform; it is left out");
    options.onGivenUp();
    if (wanted.slot === "root") return failed(outbound, new ChatError(error.message, { code: "channel_gone" }));
    return record(outbound, wanted, []);
  }

  /** Looks the post up after 2 s and again after 5 s before it is sent again. */
  async function lookUpPost(outbound: LiveOutbound, wanted: PostToMake): Promise<Step> {
    const { outbox, chat, registered } = outbound;
    const { pending } = outbox.state;
    if (!pending) return "progress";
    const dueMs = lookUpAfterMs[outbound.lookUps] ?? 0;
    const sinceMs =
      outbound.failedAtMs === undefined ? clock.nowMs() - pending.atMs : clock.monotonicMs() - outbound.failedAtMs;
    const notYetMs = Math.max(outbound.notBeforeMs - clock.monotonicMs(), outbound.pacing.find(wanted.target));
    const waitMs = Math.max(dueMs - Math.max(0, sinceMs), notYetMs);
    if (waitMs > 0) return Math.min(waitMs, maxBackoffMs);
    try {
      const sent = {
        key: wanted.key,
        post: shownPost(outbound, wanted),
        firstSentAtMs: pending.firstAtMs,
        recordedIds: new Set(outbox.state.recordedIds),
      };
      const ids = await chat.find(wanted.target, sent);
      if (ids) {
        logger.info({ mirrorId: registered.mirrorId, key: wanted.key }, "a post of unknown outcome was found");
        return await record(outbound, wanted, ids);
      }
    } catch (error) {
      return findFailed(outbound, wanted, asChatError(error));
    }
    outbound.failures = 0;
    outbound.lookUps += 1;
    if (outbound.lookUps < lookUpAfterMs.length) return "progress";
    outbound.lookUps = 0;
    outbound.failedAtMs = undefined;
    await outbox.append(() => [{ type: "post.refused", key: wanted.key }]);
    return "progress";
  }

  async function findFailed(outbound: LiveOutbound, wanted: PostToMake, error: ChatError): Promise<Step> {
    const { target } = wanted;
    if (error.code === "rate_limited") return outbound.pacing.limited("find", target, error);
    if (target.kind === "person" && suspendingCodes.has(error.code)) return record(outbound, wanted, []);
    return failed(outbound, error);
  }

  async function failed(outbound: LiveOutbound, error: unknown): Promise<Step> {
    const known = asChatError(error);
    if (suspendingCodes.has(known.code)) return suspension.suspend(outbound, known);
    const waitMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(outbound.failures, 10));
    outbound.failures += 1;
    outbound.notBeforeMs = clock.monotonicMs() + waitMs;
    return waitMs;
  }

  async function editFailed(outbound: LiveOutbound, target: ChatTarget, error: unknown): Promise<Step> {
    const known = asChatError(error);
    if (known.code === "post_gone" || known.code === "refused") return "progress";
    if (known.code === "rate_limited") return outbound.pacing.limited("edit", target, known);
    const comesBack = known.code === "unavailable" || known.code === "outcome_unknown";
    return target.kind === "person" && !comesBack ? "progress" : failed(outbound, error);
  }

  return { post, failed, editFailed };
}

/** Treats any error that is not a `ChatError` as an unknown outcome. */
function asChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  return new ChatError("The platform's adapter failed in a way it should not.", {
    code: "outcome_unknown",
    cause: error,
  });
}

function shownPost({ fallbackKey }: LiveOutbound, { key, post }: PostToMake): ChatPost {
  if (fallbackKey !== key) return post;
  const what = post.kind === "message" ? `A message of ${post.message.from.name}` : "Something of this room";
  return { kind: "line", text: `${what} could not be shown here. It can be read in the browser.` };
}
