import type { Hono } from "hono";
import { actorName } from "../../core/room/rights.js";
import { versionAnswer } from "../../protocol/fields.js";
import { decidingBody, decisionAnswer, decisionBody, gateList } from "../../protocol/gates.js";
import { decideGate } from "../../runtime/rooms/decide-gate.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enter } from "../entrance.js";
import { readBody } from "../input.js";
import { doneOrProblem } from "../outcome.js";
import { pictureFor } from "../picture-for.js";
import { HttpProblemError, rejected, roomNotFound } from "../problem.js";

export function gateRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/gates", async (c) => {
    const entrance = await enter(c, deps, { right: "read" });
    const picture = await pictureFor(deps, entrance);
    if (!picture) throw new HttpProblemError(roomNotFound);
    return answer(c, gateList, { gates: picture.gates });
  });

  app.post("/api/rooms/:id/gates/:gateId/decision", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const { hash, ...choice } = await readBody(c, decisionBody);
    const decision = { roomId, gateId: c.req.param("gateId"), actor, choice, hash, messageId: deps.ids.next() };
    const executed = await decideGate(deps.rooms, { ...decision, cause: c.get("requestId") });
    const { version, events } = await doneOrProblem(deps, { roomId, executed });
    const resolved = events.find((event) => event.type === "gate.resolved");
    if (!resolved) throw new Error(`the decision of gate ${decision.gateId} resolved nothing`);
    return answer(c, decisionAnswer, { outcome: resolved.outcome, by: resolved.by, version });
  });
  app.post("/api/rooms/:id/gates/:gateId/deciding", async (c) => {
    const { roomId, actor } = await enter(c, deps, { right: "decide" });
    const { choice } = await readBody(c, decidingBody);
    const gateId = c.req.param("gateId");
    const seen = await deps.rooms.read(roomId, (room) => ({ gate: room.gates.get(gateId), version: room.version }));
    if (!seen?.gate) throw rejected({ code: "gate_not_found", detail: "no such gate is open in this room" });
    const { from: agent } = seen.gate;
    deps.activity.publish(roomId, {
      type: "activity.deciding",
      agent,
      gateId,
      by: actorName(actor),
      ...(choice && { choice }),
    });
    return answer(c, versionAnswer, { version: seen.version });
  });
}
