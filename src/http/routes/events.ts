import type { Writable } from "node:stream";
import type { Hono } from "hono";
import { roleMay } from "../../core/room/rights.js";
import type { Room } from "../../core/room/room.js";
import { audienceOf, mayWatchWork } from "../../core/room/view.js";
import { eventsQuery } from "../../protocol/events.js";
import { type LogPosition, parsePosition } from "../../runtime/rooms/log-position.js";
import type { Standing } from "../../runtime/viewers/viewer.js";
import { clientAddress } from "../client-address.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { type Entrance, enterWith, roleOfCredential } from "../entrance.js";
import { openResponse } from "../open-response.js";
import { agentNotFound, HttpProblemError, invalidRequest, rejected, roomNotFound, unauthorized } from "../problem.js";

export function eventRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/rooms/:id/events", async (c) => {
    const { entrance, query } = await enterWith(c, deps, { query: eventsQuery, right: "read" });
    const position = positionOf(c, query.after);
    return await stream(c, deps, { entrance, position, activity: query.activity === "1" });
  });

  app.get("/api/rooms/:id/agents/:name/events", async (c) => {
    const { entrance, query } = await enterWith(c, deps, { query: eventsQuery, right: "read" });
    const agent = c.req.param("name");
    await refuseUnwatchable(deps, entrance, agent);
    const position = positionOf(c, query.after);
    return await stream(c, deps, { entrance, position, agent, activity: false });
  });
}

/** Last-Event-ID, which a browser sends by itself, knows better than the address it was opened with. */
function positionOf(c: AppContext, after: string | undefined): LogPosition | undefined {
  const lastEventId = c.req.header("Last-Event-ID");
  const given = lastEventId ?? after;
  if (given === undefined) return undefined;
  const position = parsePosition(given);
  if (position) return position;
  throw invalidRequest([{ path: ["Last-Event-ID"], message: "a position: version or version.index" }]);
}

async function refuseUnwatchable(deps: AppDeps, { roomId, role }: Entrance, agent: string): Promise<void> {
  const seen = await deps.rooms.read(roomId, (room) => ({
    isAgent: room.participants.get(agent)?.kind === "agent",
    mayWatch: mayWatchWork(room, agent, role),
  }));
  if (!seen) throw new HttpProblemError(roomNotFound);
  if (!seen.isAgent) throw agentNotFound();
  if (seen.mayWatch) return;
  const detail = "what this agent says is held, so only those who decide may watch it work";
  throw rejected({ code: "forbidden", detail });
}

async function stream(
  c: AppContext,
  deps: AppDeps,
  view: { entrance: Entrance; position: LogPosition | undefined; agent?: string; activity: boolean },
): Promise<Response> {
  const { entrance, position, agent, activity } = view;
  const headers = { "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" };
  if (c.req.method === "HEAD") return new Response(null, { headers });
  const { roomId, token, credentialId } = entrance;
  const free = await deps.streamSlots.take({
    token: credentialId ?? (token ? `${roomId}/${token.name}` : "admin"),
    address: clientAddress(c, deps.trustProxyHops),
  });
  const { start, response } = openResponse(c, headers);
  const watch = credentialId === undefined ? undefined : createCredentialWatch(deps, credentialId);
  const opening = deps.feeds.open(
    {
      roomId,
      activity,
      standing: (room) => standingOf(room, entrance, agent),
      ...(token && { name: token.name, untilMs: token.expiresAtMs }),
      ...(position && { position }),
      ...(agent !== undefined && { agent }),
      onEnd: (end) => {
        watch?.stop();
        free();
        deps.metrics.viewerEnded(end);
      },
    },
    watch ? () => watch.over(start()) : start,
  );
  const isOpen = await opening.catch((error: unknown) => {
    free();
    throw error;
  });
  if (!isOpen) free();
  if (!isOpen) throw new HttpProblemError(unauthorized);
  return response;
}

function standingOf(room: Room, { token }: Entrance, agent: string | undefined): Standing | undefined {
  const role = roleOfCredential(room, token ? { kind: "room", token } : { kind: "admin" });
  if (!role || !roleMay(role, "read")) return undefined;
  if (agent === undefined) return { role, audience: audienceOf(room, role) };
  if (!mayWatchWork(room, agent, role)) return undefined;
  return { role, audience: roleMay(role, "decide") ? "all" : "public" };
}

const credentialCheckMs = 500;

/** Ends a stream within a second of its credential's end, at whatever process it was revoked. */
function createCredentialWatch({ credentials, clock }: AppDeps, id: string) {
  let cancel = () => {};
  function over(out: Writable): Writable {
    cancel = clock.after(credentialCheckMs, async () => {
      // A log that cannot be read says nothing of the credential: no request is let in on it either.
      if (await credentials.isLive(id).catch(() => false)) over(out);
      else out.end();
    });
    if (isStopped) cancel();
    return out;
  }
  let isStopped = false;
  return {
    over,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
