import type { Hono } from "hono";
import { actorName, roleMay } from "../../core/room/rights.js";
import { plainQuery, versionAnswer } from "../../protocol/fields.js";
import { decidingBody, decisionAnswer, decisionBody, gateDiff, gateList } from "../../protocol/gates.js";
import { decideGate } from "../../runtime/rooms/decide-gate.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enter, enterWith } from "../entrance.js";
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

  app.get("/api/rooms/:id/gates/:gateId/diffs/:at", async (c) => {
    const { entrance } = await enterWith(c, deps, { query: plainQuery, right: "read" });
    if (!roleMay(entrance.role, "readHeld"))
      throw rejected({ code: "forbidden", detail: `the role ${entrance.role} may not read what is held` });
    const picture = await pictureFor(deps, entrance);
    const gate = picture?.gates.find(({ gateId }) => gateId === c.req.param("gateId"));
    const { ref, diff } = gate?.content?.push?.refs[Number(c.req.param("at"))] ?? {};
    const pieces = diff && (await deps.blobs.open(diff.sha256));
    if (ref === undefined || !diff || !pieces) throw rejected(noDiff);
    return answer(c, gateDiff, { ref, text: await textOf(pieces), sha256: diff.sha256, isCut: diff.isCut });
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

const noDiff = {
  code: "gate_not_found",
  detail: "no gate that you may see is open under this id and has such a diff",
} as const;

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(piece);
  return Buffer.concat(read).toString("utf8");
}
