import type { ChatError } from "../../../ports/chat-error.js";
import type { SentPost } from "../../../ports/chat-post.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import * as attempts from "./attempts.js";
import type { LiveOutbound } from "./live-outbound.js";
import { asChatError, inForm, shownPost, simplerFormsOf } from "./post-forms.js";
import type { PostToMake, RecordPost, Step } from "./post-to-make.js";

const longestWaitMs = 30_000;

/**
 * Looks a post of unknown outcome up, 2 s after it and again after 5 s, because platforms may show a post late. What is found
 * is recorded; what is not found counts as not made, and as one that may still arrive.
 */
export function createLookUp(options: {
  clock: Clock;
  logger: Logger;
  record: RecordPost;
  failed: (outbound: LiveOutbound, wanted: PostToMake, error: ChatError) => Promise<Step>;
}): (outbound: LiveOutbound, wanted: PostToMake) => Promise<Step> {
  const { clock, logger, record } = options;

  function dueInMs(outbound: LiveOutbound, wanted: PostToMake, askedAtMs: number): number {
    const { lookUps, unknownSinceMs } = outbound.attempts;
    const sinceMs = unknownSinceMs === undefined ? clock.nowMs() - askedAtMs : clock.monotonicMs() - unknownSinceMs;
    const dueMs = (attempts.lookUpAfterMs[lookUps] ?? 0) - Math.max(0, sinceMs);
    const notYetMs = attempts.waitMsOf(outbound.attempts, clock.monotonicMs());
    return Math.min(longestWaitMs, Math.max(dueMs, notYetMs, outbound.pacing.find(wanted.target)));
  }

  return async (outbound, wanted) => {
    const { outbox, chat, registered } = outbound;
    const { pending } = outbox.state;
    if (!pending) return "progress";
    const waitMs = dueInMs(outbound, wanted, pending.atMs);
    if (waitMs > 0) return waitMs;
    try {
      const ids = await chat.find(wanted.target, sentPost(outbound, wanted, pending.firstAtMs));
      if (ids) {
        logger.info({ mirrorId: registered.mirrorId, key: wanted.key }, "a post of unknown outcome was found");
        return await record(outbound, wanted, ids);
      }
    } catch (error) {
      return options.failed(outbound, wanted, asChatError(error));
    }
    outbound.attempts = attempts.notFound(outbound.attempts);
    if (outbound.attempts.lookUps > 0) return "progress";
    await outbox.append(() => [{ type: "post.refused", key: wanted.key, unseen: true }]);
    return "progress";
  };
}

/** The form it was sent in is not written down: after a restart it may have been any. */
function sentPost(outbound: LiveOutbound, wanted: PostToMake, firstSentAtMs: number): SentPost {
  return {
    key: wanted.key,
    post: shownPost(outbound, wanted),
    otherForms: [undefined, ...simplerFormsOf(wanted.post)].map((form) => inForm(wanted.post, form)),
    firstSentAtMs,
    recordedIds: new Set(outbound.outbox.state.recordedIds),
  };
}
