import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import { createAppJwt } from "./app-jwt.js";

export interface GitHubApp {
  appId: string;
  /** PEM. It never leaves this adapter; tokens signed with it go to `apiUrl` only. */
  privateKey: string;
  installationId: string;
  /** `https://api.github.com`, or that of a GitHub Enterprise Server. */
  apiUrl: string;
}

/** GitHub's API, asked as the App itself. */
export interface AppApi {
  ask(request: { method: "GET" | "POST"; path: string; body?: object }): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  status: number;
  body: unknown;
  headers: Headers;
}

const timeoutMs = 15_000;
const maxAnswerChars = 1_000_000;

export function createAppApi(options: GitHubApp & { clock: Clock; fetch?: typeof fetch }): AppApi {
  const { appId, clock, fetch: send = fetch } = options;
  const key = createPrivateKey(options.privateKey);
  const base = options.apiUrl.replace(/\/+$/, "");
  return {
    async ask({ method, path, body }) {
      const stop = new AbortController();
      const cancel = clock.after(timeoutMs, () => stop.abort());
      try {
        const response = await send(`${base}${path}`, {
          method,
          headers: {
            accept: "application/vnd.github+json",
            authorization: `Bearer ${createAppJwt({ appId, key, nowMs: clock.nowMs() })}`,
            "user-agent": "parley",
            "x-github-api-version": "2022-11-28",
            ...(body && { "content-type": "application/json" }),
          },
          ...(body && { body: JSON.stringify(body) }),
          redirect: "manual",
          signal: stop.signal,
        });
        const text = (await response.text()).slice(0, maxAnswerChars);
        return { status: response.status, body: parsed(text), headers: response.headers };
      } catch (error) {
        const why = stop.signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : causeOf(error);
        throw new PortError(`GitHub's API cannot be reached (${why}). It can be tried again.`, unavailable);
      } finally {
        cancel();
      }
    },
  };
}

const unavailable = { code: "unavailable", retryable: true } as const;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The system's word (`ECONNREFUSED`, …): a message may hold more than is good to show. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "no connection";
}

const saidSchema = z.object({ message: z.string() });
const maxSaidChars = 200;

/** A refusal of the API, in words for the operator. GitHub's own sentence is shown, on one line. */
export function refusalOf({ status, body, headers }: ApiAnswer): PortError {
  const said = saidSchema
    .safeParse(body)
    .data?.message.replace(/[\s\p{Cc}]+/gu, " ")
    .slice(0, maxSaidChars);
  const words = said === undefined ? "" : ` and said: ${said}`;
  const isLimit = status === 429 || (status === 403 && isRateLimit(headers));
  if (isLimit) return new PortError("GitHub's rate limit for this App is reached. Try again later.", unavailable);
  if (status >= 500) return new PortError(`GitHub's API answered ${status}. It can be tried again.`, unavailable);
  return new PortError(`GitHub's API answered ${status}${words}. ${adviceOf(status)}`, {
    code: "refused",
    retryable: false,
  });
}

function isRateLimit(headers: Headers): boolean {
  return headers.get("x-ratelimit-remaining") === "0" || headers.has("retry-after");
}

function adviceOf(status: number): string {
  if (status === 401)
    return "The operator of Parley has to see to GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY: the key is not this App's.";
  if (status === 404)
    return "The operator of Parley has to see to GITHUB_APP_INSTALLATION_ID: this App has no such installation.";
  if (status >= 300 && status < 400) return "Redirects are not followed; the operator has to see to GITHUB_API_URL.";
  return "The operator of Parley has to see to the App's installation on GitHub.";
}
