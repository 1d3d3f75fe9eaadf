import type { z } from "zod";
import type { AgentDoor } from "../ports/agent-door.js";
import { plainQuery } from "../protocol/fields.js";
import type { ExternalStay } from "../runtime/external/stay.js";
import { looksLikeCredential } from "./access-credential.js";
import type { AppContext, AppDeps } from "./deps.js";
import { bearerOf, isAdmin } from "./entrance.js";
import { readQuery } from "./input.js";
import { HttpProblemError, roomNotFound, unauthorized } from "./problem.js";

/** An external agent, authenticated by its own token. */
export interface AgentEntrance {
  stay: ExternalStay;
  door: AgentDoor;
  credentialId: string;
}

const notAnAgent = "This address is for an agent outside Parley, by its own token; yours is another kind.";

/** The agent behind the token, in the room of the address. Throws 401 for a token that does not work, 403 for one of another kind, 404 for another room. */
export async function enterAsAgent(c: AppContext, deps: AppDeps): Promise<AgentEntrance> {
  return enterAsAgentWith(c, deps, plainQuery);
}

/** The same for an address with a query of its own. */
export async function enterAsAgentWith<Query>(
  c: AppContext,
  deps: AppDeps,
  query: z.ZodType<Query>,
): Promise<AgentEntrance & { query: Query }> {
  const entrance = await enterByToken(c, deps);
  if (entrance.stay.roomId !== c.req.param("id")) throw new HttpProblemError(roomNotFound);
  return { ...entrance, query: readQuery(c, query) };
}

/** The same for an address that names no room: the token is for one alone. `isCaller`: it calls from time to time and does not keep waiting. */
export async function enterByToken(
  c: AppContext,
  deps: AppDeps,
  how: { isCaller?: boolean } = {},
): Promise<AgentEntrance> {
  const bearer = bearerOf(c);
  if (bearer === undefined) throw new HttpProblemError(unauthorized);
  if (!looksLikeCredential(bearer)) {
    const isOther = isAdmin(c, deps) || deps.tokens.verify(bearer) !== undefined;
    throw new HttpProblemError(isOther ? { code: "forbidden", detail: notAnAgent } : unauthorized);
  }
  const credential = await deps.credentials.verify(bearer);
  if (!credential) throw new HttpProblemError(unauthorized);
  if (credential.kind !== "room-agent") throw new HttpProblemError({ code: "forbidden", detail: notAnAgent });
  const [stay] = credential.holder;
  if (!stay || !(await deps.external.isHere(stay))) throw new HttpProblemError(unauthorized);
  const isLive = () => deps.credentials.isLive(credential.id);
  return { stay, door: deps.external.doorOf(stay, { isLive, ...how }), credentialId: credential.id };
}
