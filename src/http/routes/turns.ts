import type { Hono } from "hono";
import type { z } from "zod";
import { roleMay } from "../../core/room/rights.js";
import { plainQuery } from "../../protocol/fields.js";
import {
  stepHits,
  stepHitsQuery,
  stepPage,
  stepsQuery,
  type TurnView,
  turnPage,
  turnsQuery,
} from "../../protocol/turns.js";
import { parsePosition } from "../../runtime/rooms/log-position.js";
import type { StepsRefused, TurnSummary } from "../../runtime/rooms/read-steps.js";
import { answer } from "../answer.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { type Entrance, enterWith } from "../entrance.js";
import { agentNotFound, HttpProblemError, rejected, roomNotFound } from "../problem.js";

const defaultTurns = 20;
const defaultBytes = 256 * 1_024;

export function turnRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/agents/:name/turns", async (c) => {
    const { entrance, query } = await enterReader(c, deps, turnsQuery);
    const { roomId, role } = entrance;
    const agent = c.req.param("name");
    await refuseUnknownAgent(deps, entrance, agent);
    const { before, limit = defaultTurns } = query;
    const page = await deps.turnReader.list({ roomId, agent, role, before, limit });
    return answer(c, turnPage, { ...page, turns: page.turns.map(viewOf) });
  });

  app.get("/api/rooms/:id/agents/:name/steps", async (c) => {
    const { entrance, query } = await enterReader(c, deps, stepHitsQuery);
    const { roomId, role } = entrance;
    const agent = c.req.param("name");
    await refuseUnknownAgent(deps, entrance, agent);
    const before = query.before === undefined ? undefined : parsePosition(query.before);
    const { q: containing, limit = defaultTurns } = query;
    const found = await deps.turnReader.search({ roomId, agent, role, containing, before, limit });
    const { hits, lookedBackToMs, ...rest } = found;
    const shown = hits.map(({ turn, step }) => ({ turn: viewOf(turn), step }));
    return answer(c, stepHits, {
      hits: shown,
      ...rest,
      ...(lookedBackToMs !== undefined && { lookedBackTo: lookedBackToMs }),
    });
  });

  app.get("/api/rooms/:id/turns/:turnId/steps", async (c) => {
    const { entrance, query } = await enterReader(c, deps, stepsQuery);
    const { roomId, role } = entrance;
    const after = query.after === undefined ? undefined : parsePosition(query.after);
    const maxBytes = query.bytes ?? defaultBytes;
    const page = await deps.turnReader.steps({ roomId, turnId: c.req.param("turnId"), role, after, maxBytes });
    if (page.kind !== "page") throw refusal(page);
    const { kind: _kind, turn, ...rest } = page;
    return answer(c, stepPage, { turn: viewOf(turn), ...rest });
  });

  app.get("/api/rooms/:id/turns/:turnId/results/:stepId", async (c) => {
    const { entrance } = await enterReader(c, deps, plainQuery);
    const { roomId, role } = entrance;
    const [turnId, stepId] = [c.req.param("turnId"), c.req.param("stepId")];
    const result = await deps.turnReader.result({ roomId, turnId, stepId, role });
    if (result.kind !== "result") throw refusal(result);
    // Nothing an agent's tool gave back is ever shown as a page.
    const headers = {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Disposition": 'attachment; filename="result.txt"',
    };
    return new Response(c.req.method === "HEAD" ? null : ReadableStream.from(result.bytes), { headers });
  });
}

/** Viewers read what is said in the room, not how it came about. */
async function enterReader<Query extends { atLeast?: number | undefined }>(
  c: AppContext,
  deps: AppDeps,
  query: z.ZodType<Query>,
): Promise<{ entrance: Entrance; query: Query }> {
  const entered = await enterWith(c, deps, { query, right: "read" });
  const { role } = entered.entrance;
  if (roleMay(role, "readHeld")) return entered;
  const detail = `the role ${role} may not read what agents do in their turns; members and up may`;
  throw rejected({ code: "forbidden", detail });
}

async function refuseUnknownAgent(deps: AppDeps, { roomId }: Entrance, agent: string): Promise<void> {
  const kind = await deps.rooms.read(roomId, (room) => ({ kind: room.participants.get(agent)?.kind }));
  if (!kind) throw new HttpProblemError(roomNotFound);
  if (kind.kind === "agent") return;
  throw agentNotFound();
}

function refusal({ kind }: StepsRefused): HttpProblemError {
  if (kind === "no turn") {
    const detail = "There is no such turn in this room, or it has nothing of this kind.";
    return new HttpProblemError({ code: "turn_not_found", detail });
  }
  const detail =
    "What this agent did is for those who decide, until its turn is over, no gate of it is open, and nothing of it was dropped, edited or denied.";
  return rejected({ code: "forbidden", detail });
}

function viewOf({ startedAtMs, endedAtMs, ...turn }: TurnSummary): TurnView {
  return { ...turn, startedAt: startedAtMs, ...(endedAtMs !== undefined && { endedAt: endedAtMs }) };
}
