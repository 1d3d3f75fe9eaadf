import type { Hono } from "hono";
import { decidedSetup, setupBody, setupView } from "../../protocol/setups.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enter } from "../entrance.js";
import { readBody } from "../input.js";
import { doneOrProblem } from "../outcome.js";
import { HttpProblemError, roomNotFound } from "../problem.js";

/** The set-up for agents that a room's repository brings along: its text is shown to owners, and they decide. */
export function setupRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/setups", async (c) => {
    const { roomId } = await enter(c, deps, { right: "configure" });
    const setup = await deps.setups.show(roomId);
    if (!setup) throw new HttpProblemError(roomNotFound);
    return answer(c, setupView, setup);
  });

  app.post("/api/rooms/:id/setups", async (c) => {
    const { roomId, actor } = await enter(c, deps, { right: "configure" });
    const choice = await readBody(c, setupBody);
    const executed = await deps.setups.decide(roomId, { by: actor, cause: c.get("requestId"), ...choice });
    const { version } = await doneOrProblem(deps, { roomId, executed });
    return answer(c, decidedSetup, { version, holds: "next turn" });
  });
}
