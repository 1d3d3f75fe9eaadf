import type { Hono } from "hono";
import type { Command } from "../../core/room/command.js";
import { noBody, plainQuery, versionAnswer } from "../../protocol/fields.js";
import {
  configureRoomBody,
  createdRoom,
  createRoomBody,
  purgedRoom,
  roomList,
  roomSummary,
  roomView,
} from "../../protocol/rooms.js";
import { roomTokenSeconds } from "../../runtime/access/tokens.js";
import { listRooms } from "../../runtime/rooms/list.js";
import { summaryOf } from "../../runtime/rooms/picture.js";
import { answer } from "../answer.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { enter, enterAsAdmin, isOwnOrigin } from "../entrance.js";
import { readBody, readIdempotencyKey, readQuery } from "../input.js";
import { carryOut } from "../outcome.js";
import { pictureFor } from "../picture-for.js";
import { HttpProblemError, rejected, roomNotFound } from "../problem.js";
import { giveCookie } from "./people.js";

export function roomRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.post("/api/rooms", async (c) => {
    await enterAsAdmin(c, deps);
    readQuery(c, plainQuery);
    const idempotencyKey = readIdempotencyKey(c);
    const request = await readBody(c, createRoomBody);
    const owner = request.owner?.toLowerCase();
    const made = await deps.makeRoom(
      { ...request, ...(owner !== undefined && { owner }) },
      { by: { kind: "admin" }, idempotencyKey, cause: c.get("requestId") },
    );
    if (made.kind === "rejected") throw rejected(made.rejection);
    const { kind: _kind, ...created } = made;
    // Parley's own page goes on as the owner, without a script that holds a token.
    if (isOwnOrigin(c, deps))
      giveCookie(c, deps, { roomId: made.roomId, token: made.token, seconds: roomTokenSeconds });
    return answer(c, createdRoom, created, 201);
  });

  app.get("/api/rooms", async (c) => {
    await enterAsAdmin(c, deps);
    readQuery(c, plainQuery);
    return answer(c, roomList, { rooms: await listRooms(deps) });
  });

  app.get("/api/rooms/:id", async (c) => {
    const entrance = await enter(c, deps, { right: "read" });
    const picture = await pictureFor(deps, entrance);
    if (!picture) throw new HttpProblemError(roomNotFound);
    return answer(c, roomView, picture);
  });

  app.get("/api/rooms/:id/summary", async (c) => {
    const { roomId } = await enter(c, deps, { right: "read" });
    const summary = await deps.rooms.read(roomId, summaryOf);
    if (!summary) throw new HttpProblemError(roomNotFound);
    return answer(c, roomSummary, summary);
  });

  app.patch("/api/rooms/:id", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const { name, policy } = await readBody(c, configureRoomBody);
    const command: Command = {
      type: "room.configure",
      by: actor,
      ...(name !== undefined && { name }),
      ...(policy && { policy }),
    };
    const { version } = await carryOut(c, deps, { roomId, command });
    return answer(c, versionAnswer, { version });
  });

  const verbs = ["pause", "resume", "close", "stop"] as const;
  for (const verb of verbs) app.post(`/api/rooms/:id/${verb}`, (c) => changeState(c, deps, verb));

  app.post("/api/rooms/:id/purge", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    await readBody(c, noBody);
    const { version } = await carryOut(c, deps, { roomId, command: { type: "room.purge", by: actor } });
    return answer(c, purgedRoom, { version, homes: await deps.removeHomesOf(roomId) });
  });
}

async function changeState(
  c: AppContext,
  deps: AppDeps,
  verb: "pause" | "resume" | "close" | "stop",
): Promise<Response> {
  const { roomId, actor } = await enter(c, deps);
  await readBody(c, noBody);
  const { version } = await carryOut(c, deps, { roomId, command: { type: `room.${verb}`, by: actor } });
  return answer(c, versionAnswer, { version });
}
