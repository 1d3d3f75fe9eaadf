import type { Hono } from "hono";
import type { Refusable } from "../../ports/refusable.js";
import {
  acknowledgeBody,
  agentLook,
  agentMessageBody,
  agentMessagePage,
  agentMessagesQuery,
  askedAnswer,
  entryBody,
  questionBody,
  saidAnswer,
  takeAnswer,
  takeBody,
} from "../../protocol/external.js";
import { noBody, versionAnswer } from "../../protocol/fields.js";
import { enterAsAgent, enterAsAgentWith } from "../agent-entrance.js";
import { answer } from "../answer.js";
import { clientAddress } from "../client-address.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { readBody, readIdempotencyKey } from "../input.js";
import { HttpProblemError, rejected, unauthorized } from "../problem.js";
import { streamTurns } from "../turn-stream.js";

const defaultLimit = 50;

/** Addresses of agents that run outside Parley. */
export function externalRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/agent", async (c) => {
    const { door } = await enterAsAgent(c, deps);
    const look = await door.look();
    if (!look) throw new HttpProblemError(unauthorized);
    return answer(c, agentLook, look);
  });

  app.post("/api/rooms/:id/agent/take", async (c) => {
    const { door, credentialId } = await enterAsAgent(c, deps);
    const { waitSeconds = 0 } = await readBody(c, takeBody);
    const free = await takeSlot(c, deps, credentialId);
    const taken = await door.take({ waitMs: waitSeconds * 1_000, signal: c.req.raw.signal }).finally(free);
    if (!taken) return answer(c, takeAnswer, {});
    const { kind: _kind, ...turn } = doneOf(taken);
    return answer(c, takeAnswer, { turn });
  });

  app.get("/api/rooms/:id/agent/turns", async (c) => {
    const { door, credentialId } = await enterAsAgent(c, deps);
    return streamTurns(c, { door, free: await takeSlot(c, deps, credentialId), logger: deps.logger });
  });

  app.post("/api/rooms/:id/agent/acknowledge", async (c) => {
    const { door } = await enterAsAgent(c, deps);
    const { version } = doneOf(await door.acknowledge(await readBody(c, acknowledgeBody)));
    return answer(c, versionAnswer, { version });
  });

  app.post("/api/rooms/:id/agent/entries", async (c) => {
    const { door } = await enterAsAgent(c, deps);
    const { version } = doneOf(await door.append((await readBody(c, entryBody)).entry));
    return answer(c, versionAnswer, { version }, 201);
  });

  speechRoutes(app, deps);
}

function speechRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  const howOf = (c: AppContext, within: string | undefined) => ({
    key: readIdempotencyKey(c),
    within,
    cause: c.get("requestId"),
  });

  app.post("/api/rooms/:id/agent/messages", async (c) => {
    const { door } = await enterAsAgent(c, deps);
    const { text, body, to = [], class: how, ttlSeconds, turnId } = await readBody(c, agentMessageBody);
    const one = { to, body: body ?? "", ...(how && { class: how }), ...(ttlSeconds !== undefined && { ttlSeconds }) };
    const said = doneOf(await door.say(text === undefined ? one : { text }, howOf(c, turnId)));
    const { kind: _kind, ...outcome } = said;
    return answer(c, saidAnswer, outcome, 201);
  });

  app.get("/api/rooms/:id/agent/messages", async (c) => {
    const { door, query } = await enterAsAgentWith(c, deps, agentMessagesQuery);
    const { before, limit = defaultLimit, q, own } = query;
    return answer(c, agentMessagePage, await door.messages({ before, limit, containing: q, isOwn: own === "1" }));
  });

  app.post("/api/rooms/:id/agent/questions", async (c) => {
    const { door } = await enterAsAgent(c, deps);
    const { options, turnId, ...question } = await readBody(c, questionBody);
    const given = options?.map(({ label, description }) => ({
      label,
      ...(description !== undefined && { description }),
    }));
    const { kind: _kind, ...asked } = doneOf(await door.ask({ ...question, options: given }, howOf(c, turnId)));
    return answer(c, askedAnswer, asked, 201);
  });

  app.delete("/api/rooms/:id/agent/questions/:gateId", async (c) => {
    const { door } = await enterAsAgent(c, deps);
    await readBody(c, noBody);
    const { version } = doneOf(await door.withdraw(c.req.param("gateId")));
    return answer(c, versionAnswer, { version });
  });
}

/** A request that waits takes the place of a stream. */
function takeSlot(c: AppContext, deps: AppDeps, credentialId: string): Promise<() => void> {
  return deps.streamSlots.take({ token: credentialId, address: clientAddress(c, deps.trustProxyHops) });
}

/** The value; throws the problem where nothing was done. */
function doneOf<T extends object>(outcome: Refusable<T>): { kind: "done" } & T {
  if (outcome.kind === "refused") throw rejected(outcome.rejection);
  return outcome;
}
