import type { Hono } from "hono";
import { audienceOf } from "../../core/room/view.js";
import { exportQuery } from "../../protocol/events.js";
import { exportRoom } from "../../runtime/rooms/export.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enterWith } from "../entrance.js";
import { HttpProblemError, roomNotFound } from "../problem.js";

const contentTypes = { jsonl: "application/jsonl; charset=utf-8", md: "text/markdown; charset=utf-8" };

export function exportRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/export", async (c) => {
    const { entrance, query } = await enterWith(c, deps, { query: exportQuery, right: "read" });
    const { roomId, role } = entrance;
    const format = query.format ?? "jsonl";
    const seen = await deps.rooms.read(roomId, (room) => ({
      name: room.name,
      version: room.version,
      audience: audienceOf(room, role),
    }));
    if (!seen) throw new HttpProblemError(roomNotFound);
    const headers = {
      "Content-Type": contentTypes[format],
      "Content-Disposition": `attachment; filename="room-${roomId}.${format}"`,
    };
    if (c.req.method === "HEAD") return new Response(null, { headers });
    const { eventLog, turns, logger, turnReader: reader, clock } = deps;
    const steps = query.steps === "1" ? { reader, role, nowMs: () => clock.nowMs() } : undefined;
    const onBroken = (error: unknown) => logger.warn({ roomId, error }, "an export broke off");
    return new Response(exportRoom({ roomId, format, ...seen }, { eventLog, turns, onBroken, steps }), { headers });
  });
}
