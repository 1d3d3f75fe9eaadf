import { ProblemError } from "../../client/errors.js";
import { createApi } from "../../client/http.js";
import type { HealthReport } from "../../protocol/meta.js";
import type { Context } from "../command.js";
import { adminToken, findServer, givenToken, hintWhenUnreachable, type ServerPlace } from "../server.js";
import type { Finding } from "./finding.js";

/** Findings about the server; `isHere` when one answered. */
export async function checkServer(context: Context): Promise<{ isHere: boolean; findings: Finding[] }> {
  const place = await findServer(context).catch((error: Error) => error);
  if (place instanceof Error) return { isHere: false, findings: [nowhere(context, place)] };
  const token = givenToken(context) ?? (await adminToken(context, place));
  const api = createApi({ url: place.url, token, signal: context.signal });
  const health = await api.call("getHealth", {}).catch((error: Error) => error);
  if (health instanceof Error)
    return { isHere: false, findings: [await unreachable(context, { place, error: health })] };
  return { isHere: true, findings: [...healthFindings(place.url, health), await tokenFinding(api, token)] };
}

function nowhere(context: Context, error: Error): Finding {
  const named = context.globals.url ?? context.env.PARLEY_URL;
  if (named) return { about: "server", level: "fail", seen: error.message };
  return { about: "server", level: "off", seen: "none runs here", todo: "start one with parley up" };
}

async function unreachable(context: Context, { place, error }: { place: ServerPlace; error: Error }): Promise<Finding> {
  const level = place.from === "run" ? "warn" : "fail";
  const todo = await hintWhenUnreachable(context);
  return { about: "server", level, seen: error.message, ...(todo !== undefined && { todo }) };
}

/** What to do about a part whose log has no cause to look for. */
const todos: Readonly<Record<string, string>> = {
  disk: "do as it says; raising PARLEY_AGENT_DISK_MB takes a restart of Parley",
  journals: "free space on that disk, or raise PARLEY_MAX_JOURNALS_MB and restart Parley",
  spending: "see parley spending show and parley usage; parley spending resume ends a stop",
};

export function healthFindings(url: string, { healthy, version, checks }: HealthReport): Finding[] {
  const parts = Object.entries(checks ?? {}).map(([name, { ok, detail }]): Finding => {
    const seen = detail ?? (ok ? "works" : "does not work");
    if (ok) return { about: `server: ${name}`, level: "ok", seen };
    return {
      about: `server: ${name}`,
      level: name === "log" ? "fail" : "warn",
      seen,
      todo: todos[name] ?? "see the server's own log for the cause",
    };
  });
  const state: Finding = healthy
    ? {
        about: "server",
        level: "ok",
        seen: version === undefined ? `${url}; only the admin sees its parts` : `${url}, version ${version}`,
      }
    : { about: "server", level: "fail", seen: `${url} is not healthy`, todo: "see which part below" };
  return [state, ...parts];
}

async function tokenFinding(api: ReturnType<typeof createApi>, token: string | undefined): Promise<Finding> {
  if (token === undefined)
    return { about: "token", level: "off", seen: "no admin token here; rooms you joined have their own" };
  const refusal = await api.call("listRooms", {}).then(
    () => undefined,
    (error: Error) => error,
  );
  if (!refusal) return { about: "token", level: "ok", seen: "the admin token is accepted" };
  if (refusal instanceof ProblemError && refusal.problem.status === 403) {
    return { about: "token", level: "ok", seen: "a token for one room" };
  }
  return {
    about: "token",
    level: "fail",
    seen: refusal.message,
    todo: "give the right one with --token or PARLEY_TOKEN",
  };
}
