import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type AppRules, answerApi, type Installation, type IssuedToken } from "./app-api.js";
import { serveGit } from "./git-backend.js";

const run = promisify(execFile);

/** Makes coming requests misbehave. `slow` says nothing until the client leaves. */
export interface GitHubFault {
  on: "api" | "git";
  kind: { status: number; headers?: Record<string, string>; body?: string } | "slow" | "reset";
  /** Default 1. */
  times?: number;
  /** Default any. */
  method?: "GET" | "POST";
}

export interface SeenRequest {
  on: "api" | "git";
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A strict emulator of GitHub: the API of Apps under `/api/v3`, and real Git over smart HTTP beside it. */
export interface GitHubEmulator {
  /** `127.0.0.1:<port>`, the host of its repositories. */
  readonly host: string;
  readonly apiUrl: string;
  readonly appId: string;
  /** PEM. */
  readonly privateKey: string;
  readonly installation: Installation;
  readonly issued: readonly IssuedToken[];
  readonly requests: readonly SeenRequest[];
  /** A repository with one commit of these files on `main`; the installation's, unless `isForeign`. */
  addRepository(fullName: string, files?: Record<string, string>, more?: { isPublic?: boolean }): Promise<string>;
  /** As GitHub answers for a repository that got another name. */
  rename(from: string, to: string): void;
  inject(fault: GitHubFault): void;
  revoke(token: string): void;
  /** Requests to repositories whose client is there and waits. */
  openRequests(): number;
  /** Runs git in the bare repository. */
  git(fullName: string, ...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

const identity = ["-c", "user.name=mia", "-c", "user.email=mia@example.org", "-c", "commit.gpgsign=false"];

export async function startGitHubEmulator(
  options: { account?: string; nowMs?: () => number; tokenLifeMs?: number } = {},
): Promise<GitHubEmulator> {
  const root = await mkdtemp(join(tmpdir(), "parley-github-"));
  const keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const publicNames = new Set<string>();
  const moved = new Map<string, string>();
  const faults: (GitHubFault & { left: number })[] = [];
  const requests: SeenRequest[] = [];
  const issued: IssuedToken[] = [];
  let openRequests = 0;
  const rules: AppRules = {
    appId: "4711",
    publicKey: keys.publicKey,
    installation: {
      id: "815",
      account: options.account ?? "acme",
      permissions: { contents: "write", metadata: "read", pull_requests: "write" },
      repositories: new Set(),
      isSuspended: false,
    },
    issued,
    nowMs: options.nowMs ?? Date.now,
    tokenLifeMs: options.tokenLifeMs ?? 3_600_000,
  };

  function misbehaves(on: GitHubFault["on"], response: ServerResponse): boolean {
    const { method } = response.req;
    const fault = faults.find((one) => one.on === on && one.left > 0 && (one.method ?? method) === method);
    if (!fault) return false;
    fault.left--;
    if (fault.kind === "slow") return true;
    if (fault.kind === "reset") response.socket?.resetAndDestroy();
    else response.writeHead(fault.kind.status, fault.kind.headers ?? {}).end(fault.kind.body ?? "{}");
    return true;
  }

  async function serveApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    requests.push(seen("api", request, body));
    if (misbehaves("api", response)) return;
    const { method = "", url = "", headers } = request;
    const path = url.replace(/^\/api\/v3/, "");
    const isVersioned = headers.accept === "application/vnd.github+json" && headers["user-agent"] !== undefined;
    const reply = isVersioned
      ? answerApi({ method, path, authorization: headers.authorization ?? "", body }, rules)
      : { status: 403, body: { message: "Request forbidden by administrative rules." } };
    response.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body));
  }

  async function serveRepository(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests.push(seen("git", request, ""));
    openRequests++;
    response.once("close", () => openRequests--);
    if (misbehaves("git", response)) return void request.resume();
    const path = request.url ?? "";
    const fullName = /^\/([^/]+\/[^/]+?)\.git\//.exec(path)?.[1] ?? "";
    const to = moved.get(fullName);
    if (to !== undefined) {
      response
        .writeHead(301, { location: path.replace(`/${fullName}.git`, `http://${request.headers.host}/${to}`) })
        .end();
      return;
    }
    const refusal = refusalOf(fullName, request);
    if (typeof refusal === "number") {
      response.writeHead(refusal, refusal === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {}).end();
      return;
    }
    await serveGit({ request, response, path }, { root, user: refusal.user });
  }

  /** A status, or whose request it is. */
  function refusalOf(fullName: string, { headers, url = "" }: IncomingMessage): number | { user: string | undefined } {
    const isWrite = url.includes("git-receive-pack");
    const isPublic = publicNames.has(fullName);
    if (headers.authorization === undefined) return isPublic && !isWrite ? { user: undefined } : 401;
    const given = Buffer.from(/^Basic (\S+)$/.exec(headers.authorization)?.[1] ?? "", "base64").toString("utf8");
    const token = issued.find((one) => given === `x-access-token:${one.token}`);
    if (!token || token.expiresAtMs <= rules.nowMs()) return 401;
    if (!token.repositories.some((name) => name.toLowerCase() === fullName.toLowerCase())) return isPublic ? 403 : 404;
    return isWrite && token.permissions.contents !== "write" ? 403 : { user: "x-access-token" };
  }

  const server = createServer((request, response) => {
    const serve = request.url?.startsWith("/api/v3/") ? serveApi : serveRepository;
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folderOf = (fullName: string) => join(root, `${fullName}.git`);

  return {
    host,
    apiUrl: `http://${host}/api/v3`,
    appId: rules.appId,
    privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    installation: rules.installation,
    issued,
    requests,
    async addRepository(fullName, files = { "README.md": "Widgets\n" }, { isPublic = false } = {}) {
      await makeRepository(folderOf(fullName), files);
      const [account, name = ""] = fullName.split("/");
      if (account === rules.installation.account) rules.installation.repositories.add(name);
      if (isPublic) publicNames.add(fullName);
      return `https://${host}/${fullName}`;
    },
    rename: (from, to) => void moved.set(from, to),
    inject: (fault) => void faults.push({ ...fault, left: fault.times ?? 1 }),
    revoke(token) {
      const at = issued.findIndex((one) => one.token === token);
      if (at >= 0) issued.splice(at, 1);
    },
    openRequests: () => openRequests,
    git: async (fullName, ...args) => (await run("git", ["-C", folderOf(fullName), ...args])).stdout,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await rm(root, { recursive: true, force: true });
    },
  };
}

const seen = (
  on: SeenRequest["on"],
  { method = "", url = "", headers }: IncomingMessage,
  body: string,
): SeenRequest => ({
  on,
  method,
  path: url,
  headers,
  body,
});

async function makeRepository(bare: string, files: Record<string, string>): Promise<void> {
  await run("git", ["init", "-q", "--bare", "--initial-branch=main", bare]);
  await run("git", ["-C", bare, "config", "http.receivepack", "true"]);
  const work = await mkdtemp(join(tmpdir(), "parley-seed-"));
  await run("git", ["init", "-q", "--initial-branch=main", work]);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), content);
  }
  await run("git", ["-C", work, "add", "-A"]);
  await run("git", ["-C", work, ...identity, "commit", "-q", "-m", "First"]);
  await run("git", ["-C", work, "push", "-q", bare, "main"]);
  await rm(work, { recursive: true, force: true });
}
