import type { Hono } from "hono";
import type { Command } from "../../core/room/command.js";
import { addedAgent, agentBody, configureAgentBody } from "../../protocol/agents.js";
import { noBody, versionAnswer } from "../../protocol/fields.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enter } from "../entrance.js";
import { readBody } from "../input.js";
import { carryOut } from "../outcome.js";
import { invalidRequest } from "../problem.js";

export function agentRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.post("/api/rooms/:id/agents", async (c) => {
    const { roomId, actor } = await enter(c, deps, { right: "manageAgents" });
    const resolved = deps.resolveAgent(await readBody(c, agentBody));
    if (resolved.kind === "issues") throw invalidRequest(resolved.issues);
    const { agent } = resolved;
    const { version } = await carryOut(c, deps, { roomId, command: { type: "agent.add", by: actor, agent } });
    return answer(c, addedAgent, { name: agent.name, version }, 201);
  });

  app.patch("/api/rooms/:id/agents/:name", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const { gate, model, budget } = await readBody(c, configureAgentBody);
    const command: Command = {
      type: "agent.configure",
      by: actor,
      name: c.req.param("name"),
      ...(gate !== undefined && { gate }),
      ...(model !== undefined && { model }),
      ...(budget && { budget }),
    };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, versionAnswer, { version });
  });

  app.post("/api/rooms/:id/agents/:name/interrupt", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    await readBody(c, noBody);
    const command: Command = { type: "agent.interrupt", by: actor, name: c.req.param("name") };
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
    const command: Command = { type: "agent.remove", by: actor, name: c.req.param("name") };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, versionAnswer, { version });
  });
}
