import type { Hono } from "hono";
import type { z } from "zod";
import { withInitial } from "../../core/room/agent-request.js";
import type { Command } from "../../core/room/command.js";
import { presentAgent } from "../../core/room/room.js";
import { isExternal } from "../../core/values/external-runtime.js";
import type { ScriptRule } from "../../core/values/script.js";
import {
  type AgentDetails,
  addAgentBody,
  addedAgent,
  agentDetails,
  type ConfiguredAgent,
  configureAgentBody,
  configuredAgent,
} from "../../protocol/agents.js";
import { agentToken, agentTokenBody } from "../../protocol/external.js";
import { noBody, plainQuery, versionAnswer } from "../../protocol/fields.js";
import { readAgentDefinition } from "../../runtime/rooms/agent-definition.js";
import { accessActor, externalStay, issueAgentToken } from "../agent-token.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enter } from "../entrance.js";
import { readBody, readQuery } from "../input.js";
import { carryOut } from "../outcome.js";
import { agentNotFound, invalidRequest } from "../problem.js";

export function agentRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.post("/api/rooms/:id/agents", async (c) => {
    const { roomId, actor } = await enter(c, deps, { right: "manageAgents" });
    const { tokenExpiresInSeconds, ...body } = await readBody(c, addAgentBody);
    const resolved = deps.resolveAgent(body);
    if (resolved.kind === "issues") throw invalidRequest(resolved.issues);
    const agent = withInitial(resolved.agent, { body: body.initialPrompt, messageId: deps.ids.next() });
    const { version } = await carryOut(c, deps, { roomId, command: { type: "agent.add", by: actor, agent } });
    const { name } = agent;
    if (!isExternal(agent)) return answer(c, addedAgent, { name, version }, 201);
    const stay = { roomId, name, joinedVersion: version };
    const issued = await issueAgentToken(deps, { stay, by: actor, expiresInSeconds: tokenExpiresInSeconds });
    return answer(c, addedAgent, { version, ...issued }, 201);
  });

  app.post("/api/rooms/:id/agents/:name/token", async (c) => {
    const { roomId, actor } = await enter(c, deps, { right: "manageAgents" });
    const { expiresInSeconds } = await readBody(c, agentTokenBody);
    const stay = await externalStay(deps, { roomId, name: c.req.param("name").toLowerCase() });
    return answer(c, agentToken, await issueAgentToken(deps, { stay, by: actor, expiresInSeconds }), 201);
  });

  app.get("/api/rooms/:id/agents/:name", async (c) => {
    const { roomId } = await enter(c, deps, { right: "manageAgents" });
    readQuery(c, plainQuery);
    return answer(c, agentDetails, await settingsOf(deps, roomId, c.req.param("name")));
  });

  app.patch("/api/rooms/:id/agents/:name", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const body = await readBody(c, configureAgentBody);
    const name = c.req.param("name");
    const resolved = await resolveSettings(deps, { roomId, name, body });
    const settings = { ...givenOf(body), ...resolved };
    const command: Command = { type: "agent.configure", by: actor, name, ...settings };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, configuredAgent, { version, ...holdsOf(Object.keys(givenOf(body))) });
  });

  app.post("/api/rooms/:id/agents/:name/interrupt", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    await readBody(c, noBody);
    const command: Command = { type: "agent.interrupt", by: actor, name: c.req.param("name") };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, versionAnswer, { version });
  });

  app.post("/api/rooms/:id/agents/:name/fresh", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    await readBody(c, noBody);
    const command: Command = { type: "agent.fresh", by: actor, name: c.req.param("name") };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, versionAnswer, { version });
  });

  app.post("/api/rooms/:id/agents/:name/move", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    await readBody(c, noBody);
    const command: Command = { type: "agent.move", by: actor, name: c.req.param("name") };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, versionAnswer, { version });
  });

  app.delete("/api/rooms/:id/agents/:name", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    await readBody(c, noBody);
    const name = c.req.param("name");
    const { version } = await carryOut(c, deps, { roomId, command: { type: "agent.remove", by: actor, name } });
    await deps.credentials.revokeAllMadeBy(
      { roomId, name },
      { by: accessActor(roomId, actor), reason: "left the room" },
    );
    return answer(c, versionAnswer, { version });
  });
}

/** What an agent works by now; the prompt comes from the log. Throws 404 where there is no such agent. */
async function settingsOf(deps: AppDeps, roomId: string, name: string): Promise<AgentDetails> {
  const agent = await deps.rooms.read(roomId, (room) => {
    const found = presentAgent(room, name);
    return found && { ...found };
  });
  if (!agent) throw agentNotFound();
  const { displayName, role, runtime, model, effort, mode, gate, budget } = agent;
  const { prompt } = await readAgentDefinition(deps.rooms, roomId, agent);
  return {
    ...{ name, displayName, role, runtime },
    ...(model !== undefined && { model }),
    ...(effort !== undefined && { effort }),
    ...(mode !== undefined && { mode }),
    ...(gate !== undefined && { gate }),
    ...(budget && { budget }),
    ...(prompt !== undefined && { prompt }),
  };
}

type Settings = z.output<typeof configureAgentBody>;

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Its members that were given. */
function givenOf(body: Settings): Given<Settings> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** The role as the room keeps it, once roles and runtimes have agreed. An agent that is not there is not checked. */
async function resolveSettings(
  deps: AppDeps,
  { roomId, name, body }: { roomId: string; name: string; body: Settings },
): Promise<{ role?: string; script?: ScriptRule[] }> {
  const runtime = await deps.rooms.read(roomId, (room) => presentAgent(room, name)?.runtime);
  if (runtime === undefined) return {};
  const resolved = deps.resolveSettings(runtime, body);
  if (resolved.kind === "issues") throw invalidRequest(resolved.issues);
  const { kind: _kind, ...settings } = resolved;
  return settings;
}

/** Gates and budgets are read from the room each time; what an agent runs with is brought up to date when its next turn begins. */
const holdsOfMember: Readonly<Record<string, ConfiguredAgent["members"][string]>> = {
  gate: "now",
  budget: "now",
  model: "nextTurn",
  effort: "nextTurn",
  mode: "nextTurn",
  role: "restart",
  prompt: "restart",
};

function holdsOf(names: readonly string[]): Pick<ConfiguredAgent, "holds" | "members"> {
  const members = Object.fromEntries(names.map((name) => [name, holdsOfMember[name] ?? "restart"]));
  return { holds: Object.values(members).every((holds) => holds === "now") ? "now" : "next turn", members };
}
