import { assertHeld } from "./lease.js";
import { type LiveOutbound, threadOf } from "./live-outbound.js";
import type { MessagePosts } from "./outbound-state.js";
import type { Step } from "./post-to-make.js";
import type { Poster } from "./poster.js";
import type { StruckMessage } from "./render.js";

/**
 * Changes the posts of a message that was taken back: the first says so, further parts go. One post a call; undefined: none is left. A post
 * that the platform cannot change any more stays as it is. A process that dies between change and record changes the post again.
 */
export function createMessageStriker({
  poster,
}: {
  poster: Poster;
}): (outbound: LiveOutbound, struck: StruckMessage) => Promise<Step | undefined> {
  return async (outbound, { messageId, post }) => {
    const shown = (outbound.outbox.state.messages ?? []).filter((one) => one.messageId === messageId);
    // The last first: while parts are left, the first still names the sender.
    const last = shown.at(-1);
    if (!last) return undefined;
    const target = targetOf(outbound, last);
    const waitMs = await outbound.pacing.edit(target, "decision");
    if (waitMs > 0) return waitMs;
    assertHeld(outbound);
    try {
      await outbound.chat.edit(target, last.ids, shown.length === 1 ? post : "removed");
    } catch (error) {
      const step = await poster.editFailed(outbound, target, error);
      if (step !== "progress") return step;
    }
    await outbound.outbox.append(() => [{ type: "message.struck", ids: last.ids }]);
    return "progress";
  };
}

/** The thread's channel may have another id than when the post was made. */
const targetOf = (outbound: LiveOutbound, { target }: MessagePosts): MessagePosts["target"] =>
  target.kind === "thread" ? (threadOf(outbound) ?? target) : target;
