import type { Repository } from "../../src/core/values/repository.js";

export const gitServices = ["git-upload-pack", "git-receive-pack"] as const;
/** Fetching, and pushing. */
export type GitService = (typeof gitServices)[number];

/** A request to a repository. `advertisement` lists the refs and begins a fetch or a push. */
export interface GitRoute {
  repository: Repository;
  service: GitService;
  kind: "advertisement" | "call";
}

const pathPattern =
  /^\/git\/(?<host>[a-z0-9.:-]+)\/(?<owner>[A-Za-z0-9_.-]+)\/(?<name>[A-Za-z0-9_.-]+?)(?:\.git)?\/(?<what>info\/refs|git-upload-pack|git-receive-pack)$/;

/**
 * Undefined: not one of the six requests of smart HTTP. `URL` has normalised the path once; a remaining percent escape, another case or a second
 * `.git` matches nothing here.
 */
export function readRoute({ method, url }: { method: string; url: string }): GitRoute | undefined {
  const { pathname, search } = new URL(url);
  const { host = "", owner = "", name = "", what } = pathPattern.exec(pathname)?.groups ?? {};
  if (what === undefined || name.endsWith(".git")) return undefined;
  const repository = { host, owner, name };
  if (what === "info/refs") {
    const service = gitServices.find((one) => search === `?service=${one}`);
    return method === "GET" && service ? { repository, service, kind: "advertisement" } : undefined;
  }
  const service = gitServices.find((one) => one === what);
  return method === "POST" && search === "" && service ? { repository, service, kind: "call" } : undefined;
}

export function isSameRepository(one: Repository, other: Repository): boolean {
  return one.host === other.host && one.owner === other.owner && one.name === other.name;
}

/** Where the server has it; nothing of it is the caller's. */
export function upstreamPath({ repository: { owner, name }, service, kind }: GitRoute): string {
  const base = `/${owner}/${name}.git`;
  return kind === "advertisement" ? `${base}/info/refs?service=${service}` : `${base}/${service}`;
}

export function answerTypeOf({ service, kind }: GitRoute): string {
  return `application/x-${service}-${kind === "advertisement" ? "advertisement" : "result"}`;
}

const shape = /^[\x20-\x7e]{1,200}$/;
const forwarded = ["accept", "content-type", "content-encoding", "content-length", "git-protocol"] as const;

/** Of the caller's headers those the server needs: no credential, nothing of the connection. */
export function gitHeadersToForward(headers: Headers): Record<string, string> {
  const picked = forwarded.flatMap((name) => {
    const value = headers.get(name);
    return value !== null && shape.test(value) ? [[name, value] as const] : [];
  });
  // Answers are metered and parsed as they pass, so they must not be compressed.
  return { ...Object.fromEntries(picked), "accept-encoding": "identity", "user-agent": "git/2 (parley)" };
}
