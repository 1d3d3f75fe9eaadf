import type { Hono } from "hono";
import type { DecideGate } from "../../core/room/command.js";
import { decisionAnswer, decisionBody, gateList } from "../../protocol/gates.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enter } from "../entrance.js";
import { gatesFor, openedGate } from "../gates-for.js";
import { readBody } from "../input.js";
import { carryOut } from "../outcome.js";

export function gateRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/gates", async (c) => {
    const entrance = await enter(c, deps, { right: "read" });
    return answer(c, gateList, { gates: await gatesFor(deps, entrance) });
  });

  app.post("/api/rooms/:id/gates/:gateId/decision", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const { action, hash, body, answers, remember, reason } = await readBody(c, decisionBody);
    const gateId = c.req.param("gateId");
    const command: DecideGate = {
      type: "gate.decide",
      by: actor,
      gateId,
      action,
      hash,
      opened: await openedGate(deps, roomId, gateId),
      messageId: deps.ids.next(),
      ...(body !== undefined && { body }),
      ...(answers && { answers }),
      ...(remember && { remember }),
      ...(reason !== undefined && { reason }),
    };
    const { version, events } = await carryOut(c, deps, { roomId, command });
    const resolved = events.find((event) => event.type === "gate.resolved");
    if (!resolved) throw new Error(`the decision of gate ${gateId} resolved nothing`);
    return answer(c, decisionAnswer, { outcome: resolved.outcome, by: resolved.by, version });
  });
}
