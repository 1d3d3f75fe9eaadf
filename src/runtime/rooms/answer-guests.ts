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

/** An answer carries at most this many commits; a process that misses more reads the log. */
const maxCommits = 64;

/** Answers the processes that hand commands over to this one. */
export function createGuestAnswers(options: {
  decideHere: DecideHere;
  holders: RoomHolders;
  cache: Pick<RoomCache, "get">;
  parley: string;
}): (from: string, request: unknown) => Promise<HolderAnswer> {
  const { decideHere, holders, cache, parley } = options;
  /** By commit id: the same call again, which somebody recorded, has the same end. */
  const underWay = new Map<string, Promise<CommandResult>>();

  /** Resolves as soon as it is decided, so that the next command comes after it; `ended` when it is durable. */
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

/** Undefined: not all of them are in memory, or they are many. */
function commitsAfter(recent: readonly RoomCommit[], afterVersion: number): readonly RoomCommit[] | undefined {
  const [first] = recent;
  if (!first || first.version > afterVersion + 1) return undefined;
  const after = recent.slice(afterVersion + 1 - first.version);
  return after.length <= maxCommits ? after : undefined;
}
