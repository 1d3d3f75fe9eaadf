import type { ChatTarget } from "../../../ports/chat.js";
import { ChatError, type ChatErrorCode } from "../../../ports/chat-error.js";
import type { ChatPost } from "../../../ports/chat-post.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import { assertHeld, behind } from "./lease.js";
import type { LiveMirror } from "./live-mirror.js";
import { isAfter, type PostSlot } from "./mirror-state.js";
import type { Parking } from "./suspension.js";

/** A post with everything that is needed to make it once. */
export interface PostToMake {
  key: string;
  target: ChatTarget;
  slot: PostSlot;
  post: ChatPost;
  /** The event it belongs to, and whether nothing more belongs to it. */
  place?: { version: number; index: number };
  last?: boolean;
}

/** Milliseconds until there is something to do again (Infinity: nothing by itself), or that something was done. */
export type Step = "progress" | number;

/** Makes posts once: intent before, receipt after, and a look at the platform where the outcome is not known. */
export interface Poster {
  post(mirror: LiveMirror, wanted: PostToMake): Promise<Step>;
  /** What became of an error that is not about the one post: a wait, or the mirror is parked. */
  failed(mirror: LiveMirror, error: unknown): Promise<Step>;
  /** As `failed`, of an edit. `progress`: there is nothing to edit any more, or never will be. */
  editFailed(mirror: LiveMirror, target: ChatTarget, error: unknown): Promise<Step>;
}

/** An unknown outcome is looked up this long after it failed, and once more. */
const lookUpAfterMs = [2_000, 5_000];
const firstBackoffMs = 500;
const maxBackoffMs = 30_000;

const parkingCodes: ReadonlySet<ChatErrorCode> = new Set([
  "unauthorized",
  "missing_permission",
  "channel_gone",
  "thread_gone",
]);

export function createPoster(options: {
  clock: Clock;
  logger: Logger;
  parking: Parking;
  /** False only in the test that shows that it is needed. */
  lookUp: boolean;
  /** The platform takes a post in no form; it was left out. */
  onGivenUp: () => void;
}): Poster {
  const { clock, logger, parking } = options;

  async function post(mirror: LiveMirror, wanted: PostToMake): Promise<Step> {
    const { pending } = mirror.ledger.state;
    const isOpen = pending?.key === wanted.key && !pending.refused;
    if (isOpen && options.lookUp) return settle(mirror, wanted);
    return send(mirror, wanted);
  }

  async function send(mirror: LiveMirror, wanted: PostToMake): Promise<Step> {
    const waitMs = Math.max(mirror.notBeforeMs - clock.monotonicMs(), await mirror.pacing.post(wanted.target));
    if (waitMs > 0) return waitMs;
    if ((await intend(mirror, wanted)) === "theirs") return "progress";
    assertHeld(mirror);
    try {
      const ids = await mirror.chat.post(wanted.target, shownPost(mirror, wanted), wanted.key);
      return await record(mirror, wanted, ids);
    } catch (error) {
      return sendFailed(mirror, wanted, asChatError(error));
    }
  }

  /**
   * The ledger is what decides, should two processes believe to hold the mirror: who finds that another means to make the post looks
   * for it first, and who finds it made is behind and begins anew.
   */
  async function intend({ ledger }: LiveMirror, { key, place }: PostToMake): Promise<"mine" | "theirs"> {
    const before = ledger.state.pending;
    let whose = "theirs" as "mine" | "theirs" | "made";
    await ledger.append(({ pending, bookmark, done }) => {
      const isPast = place !== undefined && !isAfter(place, bookmark);
      const isOpen = pending?.key === key && (pending.refused || pending.atMs === before?.atMs);
      whose = isPast || done.includes(key) ? "made" : pending === undefined || isOpen ? "mine" : "theirs";
      return whose === "mine" ? [{ type: "post.intended", key }] : [];
    });
    if (whose === "made") throw behind();
    return whose;
  }

  async function record(mirror: LiveMirror, wanted: PostToMake, ids: string[]): Promise<Step> {
    const { key, slot, target, place, last } = wanted;
    await mirror.ledger.append(() => [
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
    mirror.failedAtMs = undefined;
    mirror.lookUps = 0;
    mirror.failures = 0;
    mirror.fallbackKey = undefined;
    if (ids.length > 0) await parking.resume(mirror);
    return "progress";
  }

  async function sendFailed(mirror: LiveMirror, wanted: PostToMake, error: ChatError): Promise<Step> {
    mirror.lookUps = 0;
    if (error.code === "outcome_unknown" && options.lookUp) {
      mirror.failedAtMs = clock.monotonicMs();
      return lookUpAfterMs[0] ?? 0;
    }
    const { key, target } = wanted;
    await mirror.ledger.append(() => [{ type: "post.refused", key }]);
    if (error.code === "rate_limited") return mirror.pacing.limited("post", target, error);
    if (wanted.target.kind === "person" && error.code !== "unavailable" && error.code !== "outcome_unknown")
      return giveUp(mirror, wanted, error);
    if (error.code === "refused" || error.code === "post_gone") return sayLess(mirror, wanted, error);
    return failed(mirror, error);
  }

  /** The platform does not take it as it is: a line in its place says so. If that is not taken either, it is left out. */
  async function sayLess(mirror: LiveMirror, wanted: PostToMake, error: ChatError): Promise<Step> {
    if (mirror.fallbackKey === wanted.key || wanted.slot === "root") return giveUp(mirror, wanted, error);
    mirror.fallbackKey = wanted.key;
    return "progress";
  }

  async function giveUp(mirror: LiveMirror, wanted: PostToMake, error: ChatError): Promise<Step> {
    const { key } = wanted;
    const { mirrorId, roomId } = mirror.registered;
    logger.error({ mirrorId, roomId, key, code: error.code }, "a post is not taken by the platform; it is left out");
    options.onGivenUp();
    if (wanted.slot === "root") return failed(mirror, new ChatError(error.message, { code: "channel_gone" }));
    return record(mirror, wanted, []);
  }

  /** Looks whether the post is there: after 2 s and again after 5 s; only then it is sent again. */
  async function settle(mirror: LiveMirror, wanted: PostToMake): Promise<Step> {
    const { ledger, chat, registered } = mirror;
    const { pending } = ledger.state;
    if (!pending) return "progress";
    const dueMs = lookUpAfterMs[mirror.lookUps] ?? 0;
    const sinceMs =
      mirror.failedAtMs === undefined ? clock.nowMs() - pending.atMs : clock.monotonicMs() - mirror.failedAtMs;
    const notYetMs = Math.max(mirror.notBeforeMs - clock.monotonicMs(), mirror.pacing.find(wanted.target));
    const waitMs = Math.max(dueMs - Math.max(0, sinceMs), notYetMs);
    if (waitMs > 0) return Math.min(waitMs, maxBackoffMs);
    try {
      const sent = {
        key: wanted.key,
        post: shownPost(mirror, wanted),
        firstSentAtMs: pending.firstAtMs,
        recordedIds: new Set(ledger.state.recordedIds),
      };
      const ids = await chat.find(wanted.target, sent);
      if (ids) {
        logger.info({ mirrorId: registered.mirrorId, key: wanted.key }, "a post of unknown outcome was found");
        return await record(mirror, wanted, ids);
      }
    } catch (error) {
      return findFailed(mirror, wanted, asChatError(error));
    }
    mirror.failures = 0;
    mirror.lookUps += 1;
    if (mirror.lookUps < lookUpAfterMs.length) return "progress";
    mirror.lookUps = 0;
    mirror.failedAtMs = undefined;
    await ledger.append(() => [{ type: "post.refused", key: wanted.key }]);
    return "progress";
  }

  async function findFailed(mirror: LiveMirror, wanted: PostToMake, error: ChatError): Promise<Step> {
    const { target } = wanted;
    if (error.code === "rate_limited") return mirror.pacing.limited("find", target, error);
    if (target.kind === "person" && parkingCodes.has(error.code)) return record(mirror, wanted, []);
    return failed(mirror, error);
  }

  async function failed(mirror: LiveMirror, error: unknown): Promise<Step> {
    const known = asChatError(error);
    if (parkingCodes.has(known.code)) return parking.park(mirror, known);
    const waitMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(mirror.failures, 10));
    mirror.failures += 1;
    mirror.notBeforeMs = clock.monotonicMs() + waitMs;
    return waitMs;
  }

  async function editFailed(mirror: LiveMirror, target: ChatTarget, error: unknown): Promise<Step> {
    const known = asChatError(error);
    if (known.code === "post_gone" || known.code === "refused") return "progress";
    if (known.code === "rate_limited") return mirror.pacing.limited("edit", target, known);
    const comesBack = known.code === "unavailable" || known.code === "outcome_unknown";
    return target.kind === "person" && !comesBack ? "progress" : failed(mirror, error);
  }

  return { post, failed, editFailed };
}

/** What is not a `ChatError` says nothing of the outcome. */
function asChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  return new ChatError("The platform's adapter failed in a way it should not.", {
    code: "outcome_unknown",
    cause: error,
  });
}

function shownPost({ fallbackKey }: LiveMirror, { key, post }: PostToMake): ChatPost {
  if (fallbackKey !== key) return post;
  const what = post.kind === "message" ? `A message of ${post.message.from.name}` : "Something of this room";
  return { kind: "line", text: `${what} could not be shown here. It can be read in the browser.` };
}
