import { isAfter } from "../../../core/room/position.js";
import type { Blobs } from "../../../ports/blobs.js";
import type { ChatTarget } from "../../../ports/chat.js";
import { ChatError, type ChatErrorCode } from "../../../ports/chat-error.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import * as attempts from "./attempts.js";
import { withBytes } from "./carried-files.js";
import { assertHeld, behind } from "./lease.js";
import type { LiveOutbound } from "./live-outbound.js";
import { createLookUp } from "./look-up.js";
import type { OutboundState } from "./outbound-state.js";
import { asChatError, shownPost, simplerFormsOf } from "./post-forms.js";
import type { PostToMake, RecordPost, Step } from "./post-to-make.js";
import type { Suspension } from "./suspension.js";

/** Makes each post exactly once: stores the intent before and the receipt after, and looks up posts of unknown outcome. */
export interface Poster {
  post(outbound: LiveOutbound, wanted: PostToMake): Promise<Step>;
  /** Handles an error that does not concern one post: backs off or suspends the thread. */
  failed(outbound: LiveOutbound, error: unknown): Promise<Step>;
  /** Like `failed`, for an edit. `progress`: there is nothing left to edit. */
  editFailed(outbound: LiveOutbound, target: ChatTarget, error: unknown): Promise<Step>;
}

export interface PosterOptions {
  clock: Clock;
  logger: Logger;
  suspension: Suspension;
  /** Look up posts of unknown outcome. False only in the test that proves the look-up is needed. */
  lookUp: boolean;
  /** Files that posts carry. */
  blobs: Pick<Blobs, "open">;
  /** Called when the platform rejects a post in every form and it is dropped. */
  onGivenUp: () => void;
}

const suspendingCodes: ReadonlySet<ChatErrorCode> = new Set([
  "unauthorized",
  "missing_permission",
  "channel_gone",
  "thread_gone",
]);

/** A poster that writes down each intent and each receipt in the thread’s stream. */
export function createPoster(options: PosterOptions): Poster {
  const { clock, logger, suspension } = options;
  const record = createRecord(suspension, logger);
  const giveUp = createGiveUp(options, { record, failed });
  const lookUpPost = createLookUp({ ...options, record, failed: findFailed });

  async function post(outbound: LiveOutbound, wanted: PostToMake): Promise<Step> {
    const { pending } = outbound.outbox.state;
    const isOpen = pending?.key === wanted.key && !pending.refused;
    const made = await withBytes(wanted, options.blobs).catch((error: unknown) => asChatError(error));
    if (made instanceof ChatError) return failed(outbound, made);
    return isOpen && options.lookUp ? lookUpPost(outbound, made) : send(outbound, made);
  }

  async function send(outbound: LiveOutbound, wanted: PostToMake): Promise<Step> {
    const notYetMs = attempts.waitMsOf(outbound.attempts, clock.monotonicMs());
    const waitMs = Math.max(notYetMs, await outbound.pacing.post(wanted.target));
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

  async function sendFailed(outbound: LiveOutbound, wanted: PostToMake, error: ChatError): Promise<Step> {
    if (error.code === "outcome_unknown" && options.lookUp) {
      outbound.attempts = attempts.leftUnknown(outbound.attempts, clock.monotonicMs());
      return attempts.lookUpAfterMs[0] ?? 0;
    }
    const { key, target } = wanted;
    outbound.attempts = attempts.notMade(outbound.attempts);
    await outbound.outbox.append(() => [{ type: "post.refused", key }]);
    if (error.code === "rate_limited") return outbound.pacing.limited("post", target, error);
    if (target.kind === "person" && error.code !== "unavailable" && error.code !== "outcome_unknown")
      return giveUp(outbound, wanted, error);
    if (!isDefinite(error)) return failed(outbound, error);
    const simpler = attempts.simplify(outbound.attempts, key, simplerFormsOf(wanted.post));
    if (simpler === undefined) return giveUp(outbound, wanted, error);
    outbound.attempts = simpler;
    return "progress";
  }

  async function findFailed(outbound: LiveOutbound, wanted: PostToMake, error: ChatError): Promise<Step> {
    const { target } = wanted;
    if (error.code === "rate_limited") return outbound.pacing.limited("find", target, error);
    if (target.kind === "person" && suspendingCodes.has(error.code)) return record(outbound, wanted, []);
    // A root post without its thread: only a person can resolve the refusal.
    if (isDefinite(error) && wanted.slot === "root") return giveUp(outbound, wanted, error);
    return failed(outbound, error);
  }

  async function failed(outbound: LiveOutbound, error: unknown): Promise<Step> {
    const known = asChatError(error);
    if (suspendingCodes.has(known.code)) return suspension.suspend(outbound, known);
    outbound.attempts = attempts.backOff(outbound.attempts, clock.monotonicMs());
    return attempts.waitMsOf(outbound.attempts, clock.monotonicMs());
  }

  async function editFailed(outbound: LiveOutbound, target: ChatTarget, error: unknown): Promise<Step> {
    const known = asChatError(error);
    if (isDefinite(known)) return "progress";
    if (known.code === "rate_limited") return outbound.pacing.limited("edit", target, known);
    const comesBack = known.code === "unavailable" || known.code === "outcome_unknown";
    return target.kind === "person" && !comesBack ? "progress" : failed(outbound, error);
  }

  return { post, failed, editFailed };
}

function createRecord(suspension: Suspension, logger: Logger): RecordPost {
  return async (outbound, wanted, ids) => {
    const { key, slot, target, place, last, messageId } = wanted;
    let isCopy = false;
    await outbound.outbox.append((state) => {
      isCopy = isLateCopy(state, wanted, ids);
      if (isCopy) return [];
      const at = place && { place: { version: place.version, index: place.index } };
      const more = { ...at, ...(last !== undefined && { last }), ...(messageId !== undefined && { messageId }) };
      return [{ type: "post.recorded", key, ids, slot, target, ...more }];
    });
    outbound.attempts = attempts.succeeded(outbound.attempts);
    if (isCopy) return takeBack(outbound, { target, ids, key }, logger);
    if (ids.length > 0) await suspension.resume(outbound);
    return "progress";
  };
}

/** Another process has made this post of Parley's own, or dropped it, while this process was frozen in it. */
function isLateCopy({ pending, recordedIds }: OutboundState, { key, post }: PostToMake, ids: string[]): boolean {
  const [id] = ids;
  const isOwn = post.kind !== "message" && post.kind !== "root";
  return isOwn && pending?.key !== key && id !== undefined && !recordedIds.includes(id);
}

/** Needs no lease: only this process knows these ids. Where it fails, the holder looks for the copy. */
async function takeBack(
  { chat, registered: { mirrorId } }: LiveOutbound,
  { target, ids, key }: { target: ChatTarget; ids: string[]; key: string },
  logger: Logger,
): Promise<Step> {
  try {
    await chat.edit(target, ids, "removed");
    logger.info({ mirrorId, key }, "a post came after another process had made it; it was removed");
  } catch (error) {
    logger.warn({ mirrorId, key, error }, "a post came after another process had made it, and could not be removed");
  }
  return "progress";
}

function createGiveUp(
  { logger, onGivenUp }: PosterOptions,
  { record, failed }: { record: RecordPost; failed: Poster["failed"] },
) {
  return async (outbound: LiveOutbound, wanted: PostToMake, error: ChatError): Promise<Step> => {
    const { key } = wanted;
    const { mirrorId, roomId } = outbound.registered;
    logger.error({ mirrorId, roomId, key, code: error.code }, "a post is not taken by the platform; it is left out");
    onGivenUp();
    if (wanted.slot === "root") return failed(outbound, new ChatError(error.message, { code: "channel_gone" }));
    return record(outbound, wanted, []);
  };
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

/** True where the same call will never be taken. */
const isDefinite = ({ code }: ChatError): boolean => code === "refused" || code === "post_gone";
