import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../src/ports/clock.js";
import type { WorkspaceOwner, Workspaces } from "../../src/ports/workspaces.js";
import { changesIn, commitsOf, cutDiff, gitFailure, type WorkCommits } from "../kit/work-git.js";
import { workGitScript } from "../kit/work-git-script.js";
import { partsOfWorkPath } from "../kit/work-path.js";
import { archiveFolder } from "./archive-folder.js";
import { type OpenedInside, openInside } from "./open-inside.js";
import { readFolder } from "./read-folder.js";
import { runBounded } from "./run-bounded.js";
import { foldersOf, readLabels } from "./run-folder.js";

export interface ProcessWorkspacesOptions {
  /** The folder of the sandboxes. */
  dir: string;
  /** PATH in which `sh`, `git` and `find` are looked for. */
  path: string;
  /** Longest time Git may take, ms. Default 30,000. */
  gitTimeoutMs?: number;
  clock: Clock;
}

const defaultEntries = 1_000;
const defaultBytes = 1_024 * 1_024;
const defaultArchiveBytes = 1_024 * 1_024 * 1_024;
/** Of what Git says about changed files. */
const maxStatusBytes = 4 * 1_024 * 1_024;
/** A file of Git's own that names commits; larger ones are not read. */
const maxGitFileBytes = 8 * 1_024 * 1_024;

/** Work folders of process sandboxes, read by this process itself; only Git is a program of its own. */
export function createProcessWorkspaces(options: ProcessWorkspacesOptions): Workspaces {
  const { dir } = options;
  let cleaned: Promise<void> | undefined;

  async function opened(
    agent: WorkspaceOwner,
    path: string,
    kind: "file" | "folder",
  ): Promise<OpenedInside | undefined> {
    const parts = partsOfWorkPath(path);
    const root = await workFolderOf(dir, agent);
    return root === undefined ? undefined : openInside(root, { parts, kind });
  }

  async function git(
    agent: WorkspaceOwner,
    asked: { what: "status" | "diff"; path?: string; maxBytes: number },
  ): Promise<Buffer | undefined> {
    // What a process that was killed left there.
    cleaned ??= rm(scratchFolder(dir), { recursive: true, force: true });
    await cleaned;
    const work = await workFolderOf(dir, agent);
    const commits = work === undefined ? undefined : await commitsOf((path) => readText(work, path));
    return work === undefined || !commits ? undefined : runGit(options, { ...asked, work, commits });
  }

  return {
    async list(agent, folder, { after, limit = defaultEntries } = {}) {
      const found = await opened(agent, folder, "folder");
      return found && closing(found, () => readFolder(found, { after, limit }));
    },
    async read(agent, path, { offset = 0, maxBytes = defaultBytes } = {}) {
      const found = await opened(agent, path, "file");
      return found && closing(found, () => readPart(found, { offset, maxBytes }));
    },
    async status(agent) {
      const output = await git(agent, { what: "status", maxBytes: maxStatusBytes });
      return output && changesIn(output);
    },
    async diff(agent, { path, maxBytes = defaultBytes } = {}) {
      const parts = path === undefined ? {} : { path: partsOfWorkPath(path).join("/") };
      const output = await git(agent, { what: "diff", ...parts, maxBytes: maxBytes + 1 });
      return output && cutDiff(output, maxBytes);
    },
    async archive(agent, { maxBytes = defaultArchiveBytes } = {}) {
      const found = await opened(agent, "", "folder");
      return found && archiveFolder(found, maxBytes);
    },
  };
}

/** An agent that came back to its room has another home than before; the newest is meant. */
async function workFolderOf(dir: string, { roomId, name }: WorkspaceOwner): Promise<string | undefined> {
  const ids = await readdir(dir).catch(() => []);
  const homes = await Promise.all(
    ids.map(async (id) => {
      const folders = foldersOf(dir, id);
      const { room, agent } = await readLabels(folders).catch((): Record<string, string> => ({}));
      if (room !== roomId || agent !== name) return [];
      const made = await stat(folders.labels).catch(() => undefined);
      return made ? [{ work: folders.work, madeMs: made.mtimeMs }] : [];
    }),
  );
  return homes.flat().sort((a, b) => b.madeMs - a.madeMs)[0]?.work;
}

async function closing<T>({ handle }: OpenedInside, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await handle.close();
  }
}

async function readPart(
  { handle, stats }: OpenedInside,
  { offset, maxBytes }: { offset: number; maxBytes: number },
): Promise<{ bytes: Uint8Array; size: number }> {
  const wanted = Math.max(0, Math.min(maxBytes, stats.size - offset));
  const buffer = Buffer.alloc(wanted);
  let bytes = 0;
  while (bytes < wanted) {
    const { bytesRead } = await handle.read(buffer, bytes, wanted - bytes, offset + bytes);
    if (bytesRead === 0) break;
    bytes += bytesRead;
  }
  return { bytes: buffer.subarray(0, bytes), size: stats.size };
}

async function readText(work: string, path: string): Promise<string | undefined> {
  const found = await openInside(work, { parts: partsOfWorkPath(path), kind: "file" });
  if (!found) return undefined;
  const { bytes } = await closing(found, () => readPart(found, { offset: 0, maxBytes: maxGitFileBytes }));
  return Buffer.from(bytes).toString("utf8");
}

/** Beside the folder of the sandboxes. */
const scratchFolder = (dir: string) => `${dir}-git`;

async function runGit(
  { dir, path: PATH, gitTimeoutMs = 30_000, clock }: ProcessWorkspacesOptions,
  asked: { what: "status" | "diff"; path?: string; maxBytes: number; work: string; commits: WorkCommits },
): Promise<Buffer> {
  const { what, path = "", maxBytes, work, commits } = asked;
  const { format, head = "", base = "", shallow } = commits;
  const parent = scratchFolder(dir);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(parent, "look-"));
  try {
    if (shallow !== undefined) await writeFile(join(scratch, "shallow"), shallow);
    const args = [work, scratch, format, head, base, what, path, String(maxBytes)];
    const { code, output } = await runBounded(["/bin/sh", "-c", workGitScript, "look", ...args], {
      env: { PATH, LC_ALL: "C" },
      cwd: scratch,
      timeoutMs: gitTimeoutMs,
      maxBytes,
      clock,
    });
    const failure = gitFailure(code);
    if (failure) throw failure;
    return output;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
