import { spawn } from "node:child_process";
import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import type { Clock } from "../../src/ports/clock.js";
import { environmentOfGit } from "../kit/run-git.js";
import type { OutsideCall } from "./outside-call.js";
import { flushLine, pktLine } from "./pkt-line.js";
import { gitRefusals, refuseGit } from "./refusals.js";
import { answerTypeOf, type GitRoute } from "./route.js";
import type { UpstreamAnswer } from "./upstream.js";

export interface FolderServerOptions {
  /** Folders that may be repositories, themselves and below; absolute. */
  folders: readonly string[];
  /** PATH, where Git is looked for. */
  path: string;
  idleTimeoutMs: number;
  maxPushBytes: number;
  clock: Clock;
}

/** Speaks Git's smart HTTP for a repository that is a folder of this machine. */
export type CallFolder = (folder: string, asked: OutsideCall) => Promise<UpstreamAnswer | Response>;

/**
 * What a push may do beyond what the refs of it allow: its objects are checked before they are let in (git-receive-pack(1), "Quarantine environment"), and no branch that is checked out in any
 * work tree is touched. The repository may belong to another user; it is named by the operator.
 */
const serverSettings = (maxPushBytes: number): readonly (readonly [string, string])[] => [
  ["receive.autogc", "false"],
  ["receive.denyCurrentBranch", "refuse"],
  ["receive.denyDeleteCurrent", "refuse"],
  ["receive.fsckObjects", "true"],
  ["receive.maxInputSize", String(maxPushBytes)],
  ["safe.directory", "*"],
  ["uploadpack.allowFilter", "true"],
];

export function createFolderServer(options: FolderServerOptions): CallFolder {
  return async (folder, { route, headers, body, signal }) => {
    const gitDir = await gitDirOf(folder, options.folders);
    if (gitDir === undefined) return refuseGit(403, gitRefusals.folder);
    const version = /^version=[012]$/.exec(headers.get("git-protocol") ?? "")?.[0];
    const child = spawn("git", [...commandOf(route), gitDir], {
      cwd: "/",
      env: {
        ...environmentOfGit(options, serverSettings(options.maxPushBytes)),
        ...(version !== undefined && { GIT_PROTOCOL: version }),
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const kill = () => void child.kill("SIGKILL");
    signal.addEventListener("abort", kill, { once: true });
    child.once("error", () => {});
    const isPacked = headers.get("content-encoding") === "gzip";
    void feed({ body, isPacked }, child.stdin).catch(kill);
    const start = route.kind === "advertisement" && version !== "version=2" ? [announcementOf(route)] : [];
    const read = readOf({ start, output: child.stdout, kill, options });
    return { status: 200, headers: { "content-type": answerTypeOf(route) }, body: read, discard: kill };
  };
}

function commandOf({ service, kind }: GitRoute): string[] {
  const program = service.replace(/^git-/, "");
  return [program, "--stateless-rpc", ...(kind === "advertisement" ? ["--http-backend-info-refs"] : [])];
}

/** In front of the refs, but for version 2 of the protocol (gitprotocol-http(5)). */
function announcementOf({ service }: GitRoute): Buffer {
  return Buffer.concat([pktLine(`# service=${service}\n`), flushLine]);
}

/** Where the repository's own files are; undefined: it is not below an allowed folder, or not a repository with files of its own. Links lead nowhere. */
async function gitDirOf(folder: string, allowed: readonly string[]): Promise<string | undefined> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined) return undefined;
  const roots = await Promise.all(allowed.map((one) => realpath(one).catch(() => undefined)));
  if (!roots.some((root) => root !== undefined && (real === root || real.startsWith(join(root, "/")))))
    return undefined;
  for (const gitDir of [join(real, ".git"), real]) if (await isGitDir(gitDir)) return gitDir;
  return undefined;
}

async function isGitDir(path: string): Promise<boolean> {
  const kinds = await Promise.all(
    [path, join(path, "HEAD"), join(path, "objects"), join(path, "refs")].map((one) =>
      lstat(one).catch(() => undefined),
    ),
  );
  const [itself, head, objects, refs] = kinds;
  return [itself, objects, refs].every((one) => one?.isDirectory() === true) && head?.isFile() === true;
}

async function feed(
  { body, isPacked }: { body: OutsideCall["body"]; isPacked: boolean },
  to: NodeJS.WritableStream,
): Promise<void> {
  to.on("error", () => {});
  if (body === undefined) {
    to.end();
    return;
  }
  const source =
    body instanceof ReadableStream ? Readable.fromWeb(body as NodeReadableStream<Uint8Array>) : Readable.from([body]);
  if (isPacked) await pipeline(source, createGunzip(), to);
  else await pipeline(source, to);
}

/** What Git writes; it is ended when it is silent for too long while somebody reads. */
async function* readOf({
  start,
  output,
  kill,
  options: { clock, idleTimeoutMs },
}: {
  start: readonly Buffer[];
  output: AsyncIterable<Buffer>;
  kill: () => void;
  options: FolderServerOptions;
}): AsyncGenerator<Uint8Array> {
  yield* start;
  let cancel = clock.after(idleTimeoutMs, kill);
  try {
    for await (const chunk of output) {
      cancel();
      yield chunk;
      cancel = clock.after(idleTimeoutMs, kill);
    }
  } finally {
    cancel();
    kill();
  }
}
