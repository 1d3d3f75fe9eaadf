import { repositoryUrl } from "../../src/core/values/repository.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Repositories, RepositoryCaller } from "../../src/ports/repositories.js";
import type { RepositoryTokens } from "../../src/ports/repository-tokens.js";
import { createLookIntoPush } from "./look-into-push.js";
import { createOutside } from "./outside.js";
import { push } from "./pushes.js";
import { gitRefusals, refusedFetch, refuseGit } from "./refusals.js";
import { answerTypeOf, type GitRoute, isSameRepository, readRoute } from "./route.js";
import { createSpool } from "./spool.js";

export interface GitRepositoriesOptions {
  /** Absent: public repositories are read, and nothing is pushed. */
  tokens?: RepositoryTokens | undefined;
  /** A server that is spoken to at another address than `https://<host>`; the operator named it, so it may have a private one. */
  ownServer?: { host: string; origin: string } | undefined;
  /** Neither side has sent anything for so long: cut. Default 120 s. */
  idleTimeoutMs?: number;
  /** Of one fetch; default 4 GiB. */
  maxFetchBytes?: number;
  /** Of one push; default 512 MiB. */
  maxPushBytes?: number;
  /** Of one push that a person has to allow, which is kept on disk until then; default 64 MiB. */
  maxHeldPushBytes?: number;
  /** Folder for those, of this process alone; it is emptied. */
  spoolDir: string;
  /** Folders of this machine that may be repositories, themselves and below; absolute. Default none. */
  folders?: readonly string[];
  /** PATH, where Git is looked for. */
  path: string;
  clock: Clock;
  logger: Logger;
}

const mebibyte = 1_048_576;
/** The wants and haves of a fetch. */
const maxWantsBytes = 16 * mebibyte;

/** Git over HTTP for agents that hold no credential: only the room's repository, and only branches of agents are written. */
export function createGitRepositories(options: GitRepositoriesOptions): Repositories {
  const { idleTimeoutMs = 120_000, maxFetchBytes = 4_096 * mebibyte, maxPushBytes = 512 * mebibyte } = options;
  const { maxHeldPushBytes = 64 * mebibyte } = options;
  const waiting = new Set<string>();
  const spool = createSpool(options.spoolDir);
  const outside = createOutside({
    ...options,
    folders: options.folders ?? [],
    idleTimeoutMs,
    maxFetchBytes,
    maxPushBytes,
  });
  const look = createLookIntoPush({ ...options, outside, scratch: spool });

  async function passOn(route: GitRoute, request: Request): Promise<Response> {
    const access = route.service === "git-upload-pack" ? "read" : "write";
    const body = route.kind === "call" ? await wantsOf(request) : undefined;
    if (body instanceof Response) return body;
    const asked = { route, headers: request.headers, access, signal: request.signal, ...(body && { body }) } as const;
    const answer = await outside.call(asked);
    if (answer instanceof Response) return route.kind === "call" ? refusedFetch(answer, answerTypeOf(route)) : answer;
    const headers = { "content-type": answerTypeOf(route), "cache-control": "no-cache" };
    return new Response(ReadableStream.from(answer.body), { status: 200, headers });
  }

  return {
    async handle(request, caller) {
      const route = readRoute(request);
      if (!route) return refuseGit(403, gitRefusals.route);
      const refused = whyRefused(route, caller);
      if (refused) return refused;
      const isPush = route.service === "git-receive-pack" && route.kind === "call";
      return isPush
        ? push({ route, request, caller }, { outside, maxPushBytes, maxHeldPushBytes, spool, look, waiting })
        : passOn(route, request);
    },
  };
}

function whyRefused({ repository, service }: GitRoute, caller: RepositoryCaller): Response | undefined {
  if (!caller.repository) return refuseGit(403, gitRefusals.noRepository);
  if (!isSameRepository(repository, caller.repository))
    return refuseGit(403, gitRefusals.otherRepository(repositoryUrl(caller.repository)));
  return service === "git-receive-pack" && caller.whyNoPush !== undefined
    ? refuseGit(403, caller.whyNoPush)
    : undefined;
}

/** Small, and read whole, so that it can be sent again with another token. */
async function wantsOf(request: Request): Promise<Uint8Array | Response> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxWantsBytes) return refuseGit(413, gitRefusals.tooLarge("what this fetch asks for", maxWantsBytes));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
