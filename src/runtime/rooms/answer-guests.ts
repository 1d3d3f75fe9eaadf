import type { RoomCache } from "./cache.js";
import {
  type CommandResult,
  type DecideHere,
  type HolderAnswer,
  type HolderCall,
  isHolderCall,
} from "./holder-call.js";
import type { RoomHolders } from "./room-holders.js";
import { recentAfter } from "./room-news.js";
import type { ToldVersions } from "./told-versions.js";

/** Answers the processes that hand commands over to this one. */
export function createGuestAnswers(options: {
  decideHere: DecideHere;
  holders: RoomHolders;
  cache: Pick<RoomCache, "get">;
  /** Hears which version of the room each asking process has. */
  told: Pick<ToldVersions, "note">;
  parley: string;
}): (from: string, request: unknown) => Promise<HolderAnswer> {
  const { decideHere, holders, cache, told, parley } = options;
  /** By commit id: a replayed call gets the same result. */
  const underWay = new Map<string, Promise<CommandResult>>();

  /** Resolves as soon as the command is decided, so that the next one follows it; `ended` resolves when it is durable. */
  async function begin(call: HolderCall, at: number): Promise<{ ended: Promise<CommandResult> }> {
    const { commitId, otherId, command, cause } = call.commands[at] as HolderCall["commands"][number];
    const known = underWay.get(commitId);
    if (known) return { ended: known };
    const once = { commitId, otherId, afterVersion: call.afterVersion };
    const submitted = decideHere(call.roomId, command, { once, ...(cause !== undefined && { cause }) });
    const ended = submitted
      .then(({ durable }) => durable)
      .then(
        (executed): CommandResult => ({ kind: "settled", executed }),
        (): CommandResult => ({ kind: "failed" }),
      )
      .finally(() => underWay.delete(commitId));
    underWay.set(commitId, ended);
    await submitted.catch(() => undefined);
    return { ended };
  }

  return async (from, request) => {
    if (!isHolderCall(request, parley) || !(await holders.isHere(request.roomId))) return { kind: "elsewhere" };
    told.note(from, request.roomId, request.afterVersion);
    const begun: { ended: Promise<CommandResult> }[] = [];
    for (const at of request.commands.keys()) begun.push(await begin(request, at));
    const results = await Promise.all(begun.map(({ ended }) => ended));
    const { roomId, afterVersion, canHold, commands } = request;
    holders.hadGuest(roomId, { node: from, count: commands.length, canHold });
    const commits = recentAfter(cache.get(roomId)?.recent ?? [], afterVersion);
    return { kind: "decided", results, ...(commits && { commits }) };
  };
}
