import type { RoomCommit } from "../../core/room/commit.js";
import type { RoomCache } from "./cache.js";
import {
  type CommandResult,
  type DecideHere,
  type HolderAnswer,
  type HolderCall,
  isHolderCall,
} from "./holder-call.js";
import type { RoomHolders } from "./room-holders.js";

/** Most commits in an answer. A process that lacks more reads the log. */
const maxCommits = 64;

/** Answers the processes that hand commands over to this one. */
export function createGuestAnswers(options: {
  decideHere: DecideHere;
  holders: RoomHolders;
  cache: Pick<RoomCache, "get">;
  parley: string;
}): (from: string, request: unknown) => Promise<HolderAnswer> {
  const { decideHere, holders, cache, parley } = options;
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
    const begun: { ended: Promise<CommandResult> }[] = [];
    for (const at of request.commands.keys()) begun.push(await begin(request, at));
    const results = await Promise.all(begun.map(({ ended }) => ended));
    const { roomId, afterVersion, canHold, commands } = request;
    holders.hadGuest(roomId, { node: from, count: commands.length, canHold });
    const commits = commitsAfter(cache.get(roomId)?.recent ?? [], afterVersion);
    return { kind: "decided", results, ...(commits && { commits }) };
  };
}

/** Undefined if some of them are no longer in memory, or if there are too many. */
function commitsAfter(recent: readonly RoomCommit[], afterVersion: number): readonly RoomCommit[] | undefined {
  const [first] = recent;
  if (!first || first.version > afterVersion + 1) return undefined;
  const after = recent.slice(afterVersion + 1 - first.version);
  return after.length <= maxCommits ? after : undefined;
}
