import { repositoryUrl } from "../../src/core/values/repository.js";
import { pktLine } from "./pkt-line.js";
import type { GitRoute } from "./route.js";
import type { CallError, UpstreamAnswer } from "./upstream.js";

/** Git shows a body of plain text, after `remote: `. */
export function refuseGit(status: 403 | 404 | 413 | 502 | 503 | 504, sentence: string): Response {
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return new Response(`Parley: ${sentence}\n`, { status, headers });
}

export async function sentenceOf(refusal: Response): Promise<string> {
  return (await refusal.text()).replace(/^Parley: /, "").trim();
}

/** The same in the words of a fetch that has begun, where Git shows nothing of an error's body. */
export async function refusedFetch(refusal: Response, contentType: string): Promise<Response> {
  const line = pktLine(`ERR Parley: ${await sentenceOf(refusal)}`);
  return new Response(line, { status: 200, headers: { "content-type": contentType, "cache-control": "no-store" } });
}

export const gitRefusals = {
  route: "this is not a request of Git's smart HTTP, and nothing else can be asked here.",
  noRepository: "this room has no repository. A person can make a room that has one.",
  folder: "this folder is no Git repository that the admin of Parley allows (PARLEY_REPOSITORY_DIRS).",
  otherRepository: (url: string) => `only the repository of this room can be reached: ${url}`,
  notThere: (url: string, why: string) => `${url} is not there, or Parley may not see it${why}.`,
  notWritten: (url: string) =>
    `${url} does not take this push (403): it may be archived, or the GitHub App lacks “Contents: read and write”.`,
  moved: (url: string, to: string | undefined) =>
    `${url} has moved${to === undefined ? "" : ` to ${to}`}, which is not followed. A person has to make a room with the new address.`,
  notSmart: (url: string) => `what answers at ${url} is not a Git server that speaks smart HTTP.`,
  failed: (host: string, status: number) => `${host} answered ${status}. Try again later.`,
  busy: (host: string) => `${host} asks to wait (rate limit). Try again later.`,
  unreachable: (host: string, why: string) => `${host} cannot be reached (${why}). Try again later.`,
  notPublic: (host: string) =>
    `${host} has no public address, and Parley goes to no others for agents, except to the server that GITHUB_API_URL names.`,
  silent: (host: string) => `${host} said nothing for too long. Try again.`,
  tooLarge: (what: string, maxBytes: number) =>
    `${what} has more than ${Math.round(maxBytes / 1_048_576)} MiB, which is not passed on.`,
  tokenRefused: (host: string) => `${host} did not take Parley's token. Try again.`,
  noPushToken: (why: string) =>
    `nothing can be pushed: ${why}. The operator of Parley can change that, or a person can push.`,
  alreadyWaits: "another push of yours waits for a person; push again when that is decided.",
  unreadable: "this push cannot be read (packed, signed, or none at all), so it is not passed on.",
  noReport: "this push does not ask for a report, so nobody would learn what came of it; it is not passed on.",
} as const;

/** A Git server that could not be asked. */
export function refusalOfError(
  { reason, detail }: CallError,
  host: string,
  { maxPushBytes, maxFetchBytes }: { maxPushBytes: number; maxFetchBytes: number },
): Response {
  switch (reason) {
    case "not-public":
      return refuseGit(403, gitRefusals.notPublic(host));
    case "silent":
      return refuseGit(504, gitRefusals.silent(host));
    case "too-large":
      return refuseGit(413, gitRefusals.tooLarge(detail, detail === "the push" ? maxPushBytes : maxFetchBytes));
    case "unreachable":
      return refuseGit(502, gitRefusals.unreachable(host, detail));
  }
}

/** The refusal for an answer that is not Git's. */
export function refusalOfAnswer(
  { status, headers }: UpstreamAnswer,
  { route, whyNone }: { route: GitRoute; whyNone?: string },
): Response {
  const { repository } = route;
  const url = repositoryUrl(repository);
  const why = whyNone === undefined ? "" : `: ${whyNone}`;
  if (status === 429 || (status === 403 && headers["retry-after"] !== undefined))
    return refuseGit(503, gitRefusals.busy(repository.host));
  if (status === 403 && route.service === "git-receive-pack") return refuseGit(403, gitRefusals.notWritten(url));
  if (status === 401 || status === 403 || status === 404) return refuseGit(404, gitRefusals.notThere(url, why));
  if (status >= 300 && status < 400)
    return refuseGit(404, gitRefusals.moved(url, newPlaceOf(headers.location, repository.host)));
  return status === 200
    ? refuseGit(502, gitRefusals.notSmart(url))
    : refuseGit(502, gitRefusals.failed(repository.host, status));
}

/** The new address, where it is one of the same host. */
function newPlaceOf(location: string | undefined, host: string): string | undefined {
  const [, at, path] = /^https?:\/\/([^/]+)\/([\w.-]+\/[\w.-]+?)(?:\.git)?\/info\/refs/.exec(location ?? "") ?? [];
  return at === host && path !== undefined ? `https://${host}/${path}` : undefined;
}
