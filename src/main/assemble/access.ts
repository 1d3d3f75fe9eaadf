import type { ResolveAgent, ResolveSettings } from "../../core/room/agent-request.js";
import { externalRuntime } from "../../core/values/external-runtime.js";
import type { Tickets } from "../../ports/tickets.js";
import { type Credentials, createCredentials } from "../../runtime/access/credentials.js";
import { createInvites, type Invites } from "../../runtime/access/invites.js";
import { createOneTimeCodes, type OneTimeCodes } from "../../runtime/access/one-time-codes.js";
import { createTokens, type Tokens } from "../../runtime/access/tokens.js";
import { sha256 } from "../../runtime/node/runtime.js";
import { createResolveAgent, type RoleCatalogue } from "../../runtime/roles/roles.js";
import { noRuntimeRules } from "../../runtime/roles/runtime-rules.js";
import { createResolveSettings } from "../../runtime/roles/settings.js";
import { createRoomMaker, type MakeRoom } from "../../runtime/rooms/create.js";
import type { RoomParts, RoomPorts } from "./rooms.js";

/** Access to rooms, and the making of rooms and agents. */
export interface AccessParts {
  tokens: Tokens;
  credentials: Credentials;
  invites: Invites;
  oneTimeCodes: OneTimeCodes;
  makeRoom: MakeRoom;
  resolveAgent: ResolveAgent;
  resolveSettings: ResolveSettings;
}

/** Tokens, codes, and how rooms and agents are made. `defaultBudgetUsd`: the budget of a new room whose policy names none; absent: none. */
export function assembleAccess(
  { eventLog, tickets, catalogue, clock, ids }: RoomPorts & { tickets: Tickets; catalogue: RoleCatalogue },
  { secret, defaultBudgetUsd }: { secret: string; defaultBudgetUsd?: number | undefined },
  { rooms, agentRuntimes }: RoomParts,
): AccessParts {
  const tokens = createTokens({ secret, clock });
  const invites = createInvites({ secret, ids, clock, sha256 });
  const rules = agentRuntimes.views ?? noRuntimeRules;
  // Agents outside Parley need nothing of this process.
  const usable = [...Object.keys(agentRuntimes.runtimes), externalRuntime];
  const choicesOf = (runtime: string) => agentRuntimes.runtimes[runtime]?.choices;
  const resolveAgent = createResolveAgent({ catalogue, usable: () => usable, choicesOf, rules });
  return {
    tokens,
    credentials: createCredentials({ eventLog, clock, ids, sha256 }),
    invites,
    oneTimeCodes: createOneTimeCodes({ tickets, ids, sha256 }),
    resolveAgent,
    resolveSettings: createResolveSettings({ catalogue, usable: () => usable, choicesOf, rules }),
    makeRoom: createRoomMaker({
      rooms,
      eventLog,
      ids,
      clock,
      secret,
      sha256,
      tokens,
      invites,
      resolveAgent,
      defaultBudget: defaultBudgetUsd === undefined ? undefined : { usd: defaultBudgetUsd },
    }),
  };
}
