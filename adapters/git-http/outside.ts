import { folderOfRepository, type Repository, repositoryUrl } from "../../src/core/values/repository.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { RepositoryTokens } from "../../src/ports/repository-tokens.js";
import { createFolderServer } from "./folder-server.js";
import type { OutsideCall } from "./outside-call.js";
import { gitRefusals, refusalOfAnswer, refusalOfError, refuseGit } from "./refusals.js";
import { answerTypeOf, type GitRoute, gitHeadersToForward, upstreamPath } from "./route.js";
import { CallError, createGitUpstream, type GitServer, type UpstreamAnswer } from "./upstream.js";

export interface OutsideOptions {
  /** Absent: public repositories are read, and nothing is pushed. */
  tokens?: RepositoryTokens | undefined;
  /** A server that is spoken to at another address than `https://<host>`; the operator named it, so it may have a private one. */
  ownServer?: { host: string; origin: string } | undefined;
  /** Folders of this machine that may be repositories, themselves and below; absolute. */
  folders: readonly string[];
  /** PATH, where Git is looked for. */
  path: string;
  idleTimeoutMs: number;
  maxFetchBytes: number;
  maxPushBytes: number;
  clock: Clock;
  logger: Logger;
}

/** The Git servers. A bad answer is returned as a refusal. */
export interface Outside {
  call(asked: OutsideCall): Promise<UpstreamAnswer | Response>;
}

interface Credential {
  token?: string;
  whyNone?: string;
}

const maxSmallAnswerBytes = 16 * 1_048_576;
const noApp = "Parley has no GitHub App";

export function createOutside(options: OutsideOptions): Outside {
  const { clock, logger, tokens, ownServer, idleTimeoutMs } = options;
  const callUpstream = createGitUpstream({ clock, idleTimeoutMs });
  const callFolder = createFolderServer(options);

  function serverOf({ host }: Repository): GitServer {
    const isOwn = host === ownServer?.host;
    return { origin: isOwn ? ownServer.origin : `https://${host}`, mayBePrivate: isOwn };
  }

  /** Reads continue without a token if there is no token: the repository may be public. */
  async function credentialFor({ route, access }: OutsideCall): Promise<Credential | Response> {
    try {
      const found = (await tokens?.tokenFor(route.repository, access)) ?? { kind: "none" as const, why: noApp };
      if (found.kind === "token") return { token: found.token };
      return access === "write" ? refuseGit(403, gitRefusals.noPushToken(found.why)) : { whyNone: found.why };
    } catch (error) {
      if (error instanceof PortError) return refuseGit(502, error.message);
      throw error;
    }
  }

  function send({ route, headers, body, signal }: OutsideCall, { token }: Credential): Promise<UpstreamAnswer> {
    const isFetch = route.service === "git-upload-pack";
    return callUpstream({
      server: serverOf(route.repository),
      method: route.kind === "advertisement" ? "GET" : "POST",
      path: upstreamPath(route),
      headers: { ...gitHeadersToForward(headers), ...(token !== undefined && { authorization: basic(token) }) },
      body,
      maxBodyBytes: options.maxPushBytes,
      maxAnswerBytes: isFetch ? options.maxFetchBytes : maxSmallAnswerBytes,
      signal,
    });
  }

  async function callWithToken(asked: OutsideCall, { isAgain = false } = {}): Promise<UpstreamAnswer | Response> {
    const { route, body } = asked;
    const credential = await credentialFor(asked);
    if (credential instanceof Response) return credential;
    const answer = await send(asked, credential);
    if (answer.status !== 401 || credential.token === undefined) return judged(answer, { route, ...credential });
    answer.discard();
    tokens?.forget(credential.token);
    if (isAgain || body instanceof ReadableStream)
      return refuseGit(502, gitRefusals.tokenRefused(route.repository.host));
    logger.info({ repository: repositoryUrl(route.repository) }, "a token was not taken; another one is asked for");
    return callWithToken(asked, { isAgain: true });
  }

  return {
    async call(asked) {
      const folder = folderOfRepository(asked.route.repository);
      if (folder !== undefined) return callFolder(folder, asked);
      try {
        return await callWithToken(asked);
      } catch (error) {
        if (!(error instanceof CallError) || asked.signal.aborted) throw error;
        const { repository } = asked.route;
        logger.info(
          { repository: repositoryUrl(repository), reason: error.reason, detail: error.detail },
          "a Git server could not be asked",
        );
        return refusalOfError(error, repository.host, options);
      }
    },
  };
}

function judged(answer: UpstreamAnswer, how: { route: GitRoute; whyNone?: string }): UpstreamAnswer | Response {
  if (answer.status === 200 && answer.headers["content-type"] === answerTypeOf(how.route)) return answer;
  answer.discard();
  return refusalOfAnswer(answer, how);
}

/** As GitHub takes the token of an installation. */
function basic(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
}
