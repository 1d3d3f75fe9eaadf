import type { Hono } from "hono";
import type { z } from "zod";
import { workStanding } from "../../core/room/work-rights.js";
import { PortError } from "../../ports/port-error.js";
import type { WorkspaceOwner } from "../../ports/workspaces.js";
import { plainQuery } from "../../protocol/fields.js";
import {
  treePage,
  treeQuery,
  workDiff,
  workDiffQuery,
  workFile,
  workFileQuery,
  workStatus,
} from "../../protocol/work.js";
import { compareWork } from "../../runtime/rooms/compare-work.js";
import { isBinary } from "../../runtime/rooms/cut-workspaces.js";
import { answer } from "../answer.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { type Entrance, enterWith } from "../entrance.js";
import { agentNotFound, HttpProblemError, rejected, roomNotFound } from "../problem.js";

const defaultFileBytes = 256 * 1_024;
const maxChanges = 5_000;
const maxArchives = 2;

/** The work folders of agents: looked into, never run. */
export function workRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  const { workFolders } = deps;

  app.get("/api/rooms/:id/agents/:name/workspace/tree", async (c) => {
    const { agent, query } = await enterFolder(c, deps, treeQuery);
    const { path = "", afterName: after, entries: limit } = query;
    const page = { ...(after !== undefined && { after }), ...(limit !== undefined && { limit }) };
    const found = await looking(workFolders.list(agent, path, page), agent);
    return answer(c, treePage, { path, entries: [...found.entries], hasMore: found.hasMore });
  });

  app.get("/api/rooms/:id/agents/:name/workspace/file", async (c) => {
    const { agent, query } = await enterFolder(c, deps, workFileQuery);
    const { path, maxBytes = defaultFileBytes } = query;
    const { bytes, size } = await looking(workFolders.read(agent, path, { maxBytes }), agent);
    const text = isBinary(bytes) ? {} : { text: Buffer.from(bytes).toString("utf8") };
    return answer(c, workFile, { path, size, ...text, isCut: size > maxBytes });
  });

  app.get("/api/rooms/:id/agents/:name/workspace/status", async (c) => {
    const { agent } = await enterFolder(c, deps, plainQuery);
    await looking(workFolders.list(agent, "", { limit: 1 }), agent);
    const changes = await lookingAt(workFolders.status(agent));
    return answer(c, workStatus, {
      isRepository: changes !== undefined,
      changes: (changes ?? []).slice(0, maxChanges),
      hasMore: (changes?.length ?? 0) > maxChanges,
    });
  });

  app.get("/api/rooms/:id/agents/:name/workspace/diff", async (c) => {
    const { agent, entrance, query } = await enterFolder(c, deps, workDiffQuery);
    const { path, against: other } = query;
    await looking(workFolders.list(agent, "", { limit: 1 }), agent);
    if (other !== undefined) await refuseUnseen(deps, entrance, other);
    const pair = [agent, { roomId: agent.roomId, name: other ?? "" }] as const;
    const found =
      other === undefined
        ? await lookingAt(workFolders.diff(agent, path === undefined ? {} : { path }))
        : await lookingAt(compareWork(workFolders, pair, { path }));
    return answer(c, workDiff, {
      isRepository: found !== undefined,
      text: found?.text ?? "",
      isCut: found?.isCut ?? false,
    });
  });

  archiveRoute(app, deps);
}

function archiveRoute(app: Hono<AppEnv>, deps: AppDeps): void {
  const { workFolders, logger } = deps;
  let open = 0;

  app.get("/api/rooms/:id/agents/:name/workspace/archive", async (c) => {
    const { agent } = await enterFolder(c, deps, plainQuery);
    const headers = {
      "Content-Type": "application/x-tar",
      "Content-Disposition": `attachment; filename="${agent.roomId}-${agent.name}.tar"`,
    };
    if (c.req.method === "HEAD") return new Response(null, { headers });
    if (open >= maxArchives) throw away("Other people download work folders at this moment. Try again in a minute.");
    open += 1;
    const found = await looking(workFolders.archive(agent), agent).catch((error: unknown) => {
      open -= 1;
      throw error;
    });
    async function* bytes() {
      try {
        yield* found;
      } catch (error) {
        logger.warn({ ...agent, error }, "the download of a work folder broke off");
        throw error;
      } finally {
        open -= 1;
      }
    }
    return new Response(ReadableStream.from(bytes()), { headers });
  });
}

async function enterFolder<Query extends { atLeast?: number | undefined }>(
  c: AppContext,
  deps: AppDeps,
  query: z.ZodType<Query>,
): Promise<{ agent: WorkspaceOwner; entrance: Entrance; query: Query }> {
  const entered = await enterWith(c, deps, { query, right: "read" });
  const name = c.req.param("name") ?? "";
  await refuseUnseen(deps, entered.entrance, name);
  return { ...entered, agent: { roomId: entered.entrance.roomId, name } };
}

/** Throws where the agent is not known, or its folder is not for this reader. */
async function refuseUnseen(deps: AppDeps, { roomId, role }: Entrance, name: string): Promise<void> {
  const seen = await deps.rooms.read(roomId, (room) => ({
    isAgent: room.participants.get(name)?.kind === "agent",
    standing: workStanding(room, name, role),
  }));
  if (!seen) throw new HttpProblemError(roomNotFound);
  if (seen.standing === "none") {
    const detail = `the role ${role} may not look into the work folders of agents; members and up may`;
    throw rejected({ code: "forbidden", detail });
  }
  if (!seen.isAgent) throw agentNotFound();
  if (seen.standing === "open") return;
  const detail = `what ${name} says is held, so only those who decide may look into its work folder until it is done and no gate of it is open`;
  throw rejected({ code: "forbidden", detail });
}

async function looking<T>(call: Promise<T | undefined>, { name }: WorkspaceOwner): Promise<T> {
  const found = await lookingAt(call);
  if (found !== undefined) return found;
  const detail = `There is no such file or folder in the work folder of ${name}, or it has no work folder (yet).`;
  throw new HttpProblemError({ code: "work_not_found", detail });
}

/** The port's refusals in the words of the protocol. */
async function lookingAt<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    if (error.code === "refused" || error.code === "full")
      throw new HttpProblemError({ code: "work_refused", detail: error.message });
    throw away(error.message);
  }
}

function away(detail: string): HttpProblemError {
  return new HttpProblemError({ code: "work_away", detail, retryAfterSeconds: 5 });
}
