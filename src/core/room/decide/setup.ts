import { repositoryName, repositoryOf } from "../../values/repository.js";
import type { RoomEvent } from "../event.js";
import { actorName, rejectionIfForbidden } from "../rights.js";
import type { Room } from "../room.js";
import { type OfferSetup, runsCommands, SETUP_LIMITS, setupHash, setupInWords } from "../setup.js";
import type { DecideSetup } from "../setup-command.js";
import { accept, type DecideContext, type Decision, reject, rejectInvalid } from "./decision.js";

/**
 * Offers the set-up of the room's repository to its owners. Accepts without events if it was offered last, or if the room never had one
 * and there is no file. Files that were decided on before come back without a notice: the decision holds.
 */
export function decideOfferSetup(room: Room, command: OfferSetup, { sha256 }: DecideContext): Decision {
  const { commit, items, refused } = command;
  const { maxFiles, maxBytes, maxRefused } = SETUP_LIMITS;
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  if (items.length > maxFiles || bytes > maxBytes || refused.length > maxRefused)
    return rejectInvalid(["items"], `a set-up has at most ${maxFiles} files and ${maxBytes} bytes`);
  if (room.repo === undefined) return accept();
  if (!room.setup && items.length === 0 && refused.length === 0) return accept();
  const hash = setupHash(items, sha256);
  if (room.setup?.offered.hash === hash) return accept();
  const offered: RoomEvent = { type: "setup.offered", hash, commit, items: [...items], refused: [...refused] };
  if (room.setup?.decided?.hash === hash) return accept(offered);
  return accept(offered, { type: "notice.posted", text: offerInWords(room, command), severity: "info" });
}

/** An owner says which files of the offered set-up agents use; none: nothing of it. Needs the right to configure the room. */
export function decideOnSetup(room: Room, command: DecideSetup, { sha256 }: DecideContext): Decision {
  const refused = rejectionIfForbidden(room, command.by, "configure");
  if (refused) return reject(refused);
  const { hash, use, offered } = command;
  if (!room.setup)
    return reject({ code: "setup_changed", detail: "no set-up of a repository was offered in this room" });
  const isShown =
    room.setup.offered.hash === hash && offered?.hash === hash && setupHash(offered.items, sha256) === hash;
  if (!isShown) {
    const detail = "the repository's set-up is not what was shown: look at it again. Nothing was changed";
    return reject({ code: "setup_changed", detail });
  }
  const unknown = use.find((path) => !offered.items.some((item) => item.path === path));
  if (unknown !== undefined) return rejectInvalid(["use"], `the set-up has no file ${unknown}`);
  const used = offered.items.filter(({ path }) => use.includes(path));
  const { decided } = room.setup;
  const usedHash = setupHash(used, sha256);
  if (decided?.hash === hash && decided.usedHash === usedHash) return accept();
  const by = actorName(command.by);
  const text = decisionInWords(by, { used, all: offered.items.length });
  return accept({ type: "setup.decided", hash, used, usedHash, by }, { type: "notice.posted", text, severity: "info" });
}

function offerInWords(room: Room, { commit, items, refused }: OfferSetup): string {
  const left =
    refused.length === 0 ? "" : ` Not offered: ${refused.map(({ path, why }) => `${path} (${why})`).join(", ")}.`;
  const inUse = (room.setup?.decided?.uses ?? 0) > 0;
  const before = inUse ? " What was accepted before stays in use until then." : "";
  const how = `parley room setup ${room.roomId}, or “Manage” on the page`;
  const repository = repositoryNameOf(room);
  if (items.length === 0 && !room.setup)
    return `The repository ${repository} has files for agents that cannot be used.${left}`;
  if (items.length === 0)
    return `The repository ${repository} has no set-up for agents any more (commit ${commit.slice(0, 7)}).${before} An owner decides: ${how}.${left}`;
  const again = room.setup ? "changed its set-up" : "has a set-up of its own";
  return `The repository ${repository} ${again} for agents (commit ${commit.slice(0, 7)}): ${setupInWords(items)}. ${effectOf(items)} Nothing of it is used until an owner has read it and said so: ${how}.${before}${left}`;
}

/** Its effect if it is used, in as many sentences as there are kinds. */
function effectOf(items: OfferSetup["items"]): string {
  const reads = items.some((item) => !runsCommands(item));
  const runs = items.some(runsCommands);
  return [
    ...(reads ? ["Agents would read the instructions and skills."] : []),
    ...(runs ? ["MCP servers and hooks would RUN commands inside the agents' containers."] : []),
  ].join(" ");
}

function decisionInWords(by: string, { used, all }: { used: OfferSetup["items"]; all: number }): string {
  if (used.length === 0)
    return `${by} decided that agents use nothing of the repository's set-up, each from its next turn.`;
  const some = used.length < all ? `; the other ${all - used.length} of ${all} files stay unused` : "";
  return `${by} lets agents use ${setupInWords(used)} of the repository, each from its next turn${some}.`;
}

function repositoryNameOf({ repo }: Room): string {
  const repository = repositoryOf(repo);
  return repository ? repositoryName(repository) : "of this room";
}
