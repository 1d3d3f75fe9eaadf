import type { ChannelChange } from "../../ports/chat-inbound.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import type { Outbound } from "./outbound/outbound.js";
import type { OutboundRegistry, RegisteredOutbound } from "./outbound/registry.js";
import { noticeAbout } from "./outbound/render.js";

/** Follows what happens to the channels in which rooms are shown, or says it in the room and in health. */
export type FollowChannel = (platform: string, change: ChannelChange) => Promise<void>;

const closedBecause: Readonly<Record<Extract<ChannelChange, { kind: "closed" }>["why"], string>> = {
  archived: "The channel is archived. Unarchive it, or attach the room elsewhere with /room attach.",
  left: "Parley is not in the channel any more. Invite it again, or attach the room elsewhere with /room attach.",
  deleted: "The channel was deleted. Attach the room elsewhere with /room attach.",
};

/** Makes the handler of channel changes. It resolves when all threads of the channel know. */
export function createFollowChannel(options: {
  rooms: RoomService;
  registry: OutboundRegistry;
  outbound: Pick<Outbound, "suspend" | "reload" | "retry">;
  logger: Logger;
}): FollowChannel {
  const { rooms, registry, outbound, logger } = options;

  async function move(shown: RegisteredOutbound, to: string): Promise<void> {
    const { mirrorId, roomId, platform, after, thread, byUser } = shown;
    const known = { mirrorId, roomId, platform, channel: to, after };
    await registry.register({
      ...known,
      ...(thread !== undefined && { thread }),
      ...(byUser !== undefined && { byUser }),
    });
    const place = { mirrorId, platform, channel: to, ...(thread !== undefined && { thread }) };
    await rooms.execute(roomId, { type: "mirror.bind", by: { kind: "system" }, ...place });
    await outbound.reload(mirrorId);
  }

  /** In the room, but not in the thread that it is about. */
  async function tell({ roomId, mirrorId }: RegisteredOutbound, text: string): Promise<void> {
    await rooms.execute(roomId, { type: "notice.post", text, severity: "info", about: noticeAbout(mirrorId) });
  }

  function follow(shown: RegisteredOutbound, change: ChannelChange): Promise<void> {
    const { platform, mirrorId } = shown;
    switch (change.kind) {
      case "moved":
        return move(shown, change.to);
      case "renamed":
        return tell(shown, `The channel on ${platform} in which this room is shown is called #${change.name} now.`);
      case "private":
        return tell(shown, `The channel on ${platform} in which this room is shown is private now.`);
      case "closed":
        return outbound.suspend(mirrorId, closedBecause[change.why]);
      case "open":
        return Promise.resolve();
    }
  }

  async function isShown({ roomId, mirrorId }: RegisteredOutbound): Promise<boolean> {
    return rooms.peek(roomId, (room) => room.status !== "closed" && room.mirrors.has(mirrorId), { fresh: true });
  }

  return async (platform, change) => {
    const all = registry.inChannel(platform, change.channel);
    logger.info({ platform, change: change.kind, threads: all.length }, "a channel with rooms has changed");
    for (const shown of all) if (await isShown(shown)) await follow(shown, change);
    if (change.kind === "open") outbound.retry(platform);
  };
}
