import { type Actor, actorName } from "../core/room/rights.js";
import { presentAgent } from "../core/room/room.js";
import { isExternal } from "../core/values/external-runtime.js";
import type { AgentToken } from "../protocol/external.js";
import { secondsPerDay } from "../protocol/fields.js";
import type { AccessActor } from "../runtime/access/credential-state.js";
import type { ExternalStay } from "../runtime/external/stay.js";
import type { AppDeps } from "./deps.js";
import { HttpProblemError, rejected, roomNotFound } from "./problem.js";

/** Default lifetime of an agent's token, seconds. */
const agentTokenSeconds = 90 * secondsPerDay;

/** Who made or ended a credential, as the stream of credentials keeps it. */
export function accessActor(roomId: string, actor: Actor): AccessActor {
  return { name: actorName(actor), ...(actor.kind === "person" && { roomId }) };
}

/** A token for one stay of one external agent: it opens the addresses of that agent alone. */
export async function issueAgentToken(
  deps: AppDeps,
  {
    stay,
    by,
    expiresInSeconds = agentTokenSeconds,
  }: { stay: ExternalStay; by: Actor; expiresInSeconds?: number | undefined },
): Promise<AgentToken> {
  const { roomId, name } = stay;
  const expiresAt = deps.clock.nowMs() + expiresInSeconds * 1_000;
  const issued = await deps.credentials.issue({
    kind: "room-agent",
    holder: [stay],
    scopes: [],
    rooms: [roomId],
    expiresAtMs: expiresAt,
    by: accessActor(roomId, by),
  });
  if (issued.kind === "rejected") throw rejected(issued.rejection);
  return { name, tokenId: issued.credential.id, token: issued.token, expiresAt };
}

/** The stay of an external agent in the room. Throws a problem for any other participant. */
export async function externalStay(
  deps: AppDeps,
  { roomId, name }: { roomId: string; name: string },
): Promise<ExternalStay> {
  const found = await deps.rooms.read(roomId, (room) => {
    const agent = presentAgent(room, name);
    return {
      isClosed: room.status === "closed",
      joinedVersion: agent && isExternal(agent) ? agent.joinedVersion : undefined,
    };
  });
  if (!found) throw new HttpProblemError(roomNotFound);
  if (found.isClosed)
    throw rejected({ code: "room_closed", detail: "this room is closed: no agent of it can do anything" });
  if (found.joinedVersion === undefined)
    throw rejected({ code: "participant_not_found", detail: "no agent of this name runs outside Parley in this room" });
  return { roomId, name, joinedVersion: found.joinedVersion };
}
