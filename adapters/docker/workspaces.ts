import Docker from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";
import type { WorkspaceEntry, WorkspaceFolder, WorkspaceOwner, Workspaces } from "../../src/ports/workspaces.js";
import { createNamePage } from "../kit/name-page.js";
import { archiveTooLarge } from "../kit/tar-stream.js";
import { changesIn, commitsOf, cutDiff, gitFailure, type ReadText } from "../kit/work-git.js";
import { workGitScript } from "../kit/work-git-script.js";
import { partsOfWorkPath, refusedWork } from "../kit/work-path.js";
import { createNaming, type Naming, sandboxLabel, specLabelPrefix } from "./container-config.js";
import { toEngineError, within } from "./engine-errors.js";
import { createLookContainers, runScript, type WorkVolume } from "./look-container.js";
import { archiveScript, gitInFolder, listScript, lookCodes, readScript, sizesScript } from "./look-scripts.js";

export interface DockerWorkspacesOptions {
  /** As that of the sandboxes. */
  installationId: string;
  /** Tag or id of the agents' image. */
  image: string;
  /** Default: as DOCKER_HOST says, or the engine's usual socket. */
  docker?: Docker;
  clock: Clock;
}

/** Looks into volumes, and releases one before it is removed. */
export interface DockerWorkspaces extends Workspaces {
  /** Releases the work folder of a sandbox. */
  release(sandboxId: string): Promise<void>;
  /** Removes the containers that look. */
  close(): Promise<void>;
}

const defaultEntries = 1_000;
const defaultBytes = 1_024 * 1_024;
const defaultArchiveBytes = 1_024 * 1_024 * 1_024;
const maxStatusBytes = 4 * 1_024 * 1_024;
/** Names of one folder, with their kinds. */
const maxListBytes = 256 * 1_024 * 1_024;
/** A file of Git's own that names commits. */
const maxGitFileBytes = 8 * 1_024 * 1_024;
/** One argument of a program (execve(2), MAX_ARG_STRLEN). */
const maxArgumentChars = 100_000;
const gitSeconds = 30;
const callTimeoutMs = 45_000;
const timedOutCode = 124;

type Script = readonly [string, ...(string | number)[]];

/**
 * Looks into the volumes of agents, also of those that sleep or are gone, in a container of its own: without network and capabilities, as the agents' user, with the volume read-only.
 * The agent's own container takes no part in it, so the agent can neither hinder nor mislead it.
 */
export function createDockerWorkspaces(options: DockerWorkspacesOptions): DockerWorkspaces {
  const { installationId, docker = new Docker(), clock } = options;
  const naming = createNaming(installationId);
  const containers = createLookContainers({ ...options, docker });

  const doing = <T>(call: Promise<T>): Promise<T> =>
    within(call, { clock, timeoutMs: callTimeoutMs, doing: "Looking into a work folder" }).catch((error: unknown) => {
      throw toEngineError(error, "Looking into a work folder");
    });

  const volumeOf = (agent: WorkspaceOwner) => newestVolume(docker, naming, agent);

  /** Undefined: it is not there. */
  async function run(volume: WorkVolume, script: Script, maxBytes: number): Promise<Buffer | undefined> {
    const { code, output } = await containers.use(volume, (container) => runWhole(container, script, maxBytes));
    if (code === lookCodes.missing) return undefined;
    if (code === lookCodes.link) throw refusedWork("There is a link on the way, which is not followed");
    if (code === lookCodes.notAFile) throw refusedWork("It is not a file");
    if (code !== 0) throw refusedWork("It may not be read");
    return output;
  }

  async function readFile(
    volume: WorkVolume,
    path: string,
    { offset, maxBytes }: { offset: number; maxBytes: number },
  ): Promise<{ bytes: Uint8Array; size: number } | undefined> {
    const parts = partsOfWorkPath(path);
    const name = parts.pop();
    if (name === undefined) throw refusedWork("The work folder is not a file");
    const printed = await run(volume, [readScript, parts.length, ...parts, name, offset, maxBytes], maxBytes + 64);
    if (!printed) return undefined;
    const end = printed.indexOf(10);
    return { size: Number(printed.subarray(0, end)), bytes: printed.subarray(end + 1) };
  }

  async function git(
    agent: WorkspaceOwner,
    asked: { what: "status" | "diff"; path?: string; maxBytes: number },
  ): Promise<Buffer | undefined> {
    const volume = await volumeOf(agent);
    if (!volume) return undefined;
    const read: ReadText = async (path) => {
      const file = await readFile(volume, path, { offset: 0, maxBytes: maxGitFileBytes });
      return file && Buffer.from(file.bytes).toString("utf8");
    };
    const commits = await commitsOf(read);
    if (!commits) return undefined;
    const { format, head = "", base = "", shallow = "" } = commits;
    const { what, path = "", maxBytes } = asked;
    const parents = shallow.length > maxArgumentChars ? "" : shallow;
    const args = [format, head, base, what, path, maxBytes];
    const script: Script = [gitInFolder, gitSeconds, workGitScript, parents, ...args];
    const { code, output } = await containers.use(volume, (container) => runWhole(container, script, maxBytes));
    const failure = code === timedOutCode ? tooSlow() : gitFailure(code);
    if (failure) throw failure;
    return output;
  }

  async function list(
    volume: WorkVolume,
    folder: string,
    page: { after: string | undefined; limit: number },
  ): Promise<WorkspaceFolder | undefined> {
    const parts = partsOfWorkPath(folder);
    const printed = await run(volume, [listScript, parts.length, ...parts], maxListBytes);
    if (!printed) return undefined;
    const { entries, hasMore } = pageOf(printed, page);
    const names = entries.filter(({ kind }) => kind === "file").map(({ name }) => `./${name}`);
    const sized = await run(volume, [sizesScript, parts.length, ...parts, ...names], maxListBytes);
    const sizes = sizesIn(sized ?? Buffer.alloc(0));
    return { entries: entries.map((entry) => withSize(entry, sizes.get(entry.name))), hasMore };
  }

  return {
    list: (agent, folder, { after, limit = defaultEntries } = {}) =>
      doing(
        (async () => {
          partsOfWorkPath(folder);
          const volume = await volumeOf(agent);
          return volume && list(volume, folder, { after, limit });
        })(),
      ),
    read: (agent, path, { offset = 0, maxBytes = defaultBytes } = {}) =>
      doing(
        (async () => {
          partsOfWorkPath(path);
          const volume = await volumeOf(agent);
          return volume && readFile(volume, path, { offset, maxBytes });
        })(),
      ),
    async status(agent) {
      const output = await doing(git(agent, { what: "status", maxBytes: maxStatusBytes }));
      return output && changesIn(output);
    },
    async diff(agent, { path, maxBytes = defaultBytes } = {}) {
      const parts = path === undefined ? {} : { path: partsOfWorkPath(path).join("/") };
      const output = await doing(git(agent, { what: "diff", ...parts, maxBytes: maxBytes + 1 }));
      return output && cutDiff(output, maxBytes);
    },
    async archive(agent, { maxBytes = defaultArchiveBytes } = {}) {
      const volume = await doing(volumeOf(agent));
      if (!volume) return undefined;
      const opened = await doing(containers.open(volume));
      return archiveOf(opened, maxBytes);
    },
    release: (sandboxId) => containers.release(naming.volumeName(sandboxId, "work")),
    close: containers.close,
  };
}

/** An agent that came back to its room has another volume than before; the newest is meant. */
async function newestVolume(
  docker: Docker,
  naming: Naming,
  { roomId, name }: WorkspaceOwner,
): Promise<WorkVolume | undefined> {
  const { Volumes: all } = await docker.listVolumes({ filters: { label: [naming.ownLabel] } });
  const own = (all ?? []).filter(
    ({ Name, Labels }) =>
      Labels[`${specLabelPrefix}room`] === roomId &&
      Labels[`${specLabelPrefix}agent`] === name &&
      Name === naming.volumeName(Labels[sandboxLabel] ?? "", "work"),
  );
  const madeMs = (volume: object) => Date.parse("CreatedAt" in volume ? String(volume.CreatedAt) : "") || 0;
  const [newest] = own.sort((a, b) => madeMs(b) - madeMs(a));
  return newest && { name: newest.Name, labels: newest.Labels };
}

async function runWhole(
  container: Docker.Container,
  script: Script,
  maxBytes: number,
): Promise<{ code: number; output: Buffer }> {
  const running = await runScript(container, script);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of running.output) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new PortError("There is more than is read at once.", { code: "full", retryable: false });
  }
  return { code: await running.code(), output: Buffer.concat(chunks) };
}

async function* archiveOf(
  { container, end }: { container: Docker.Container; end: () => Promise<void> },
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  try {
    const running = await runScript(container, [archiveScript]);
    let bytes = 0;
    for await (const chunk of running.output) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw archiveTooLarge(maxBytes);
      yield chunk;
    }
    const code = await running.code();
    // 1: a file changed while it was read.
    if (code > 1) throw new PortError("The archive ended early. Try again.", { code: "unavailable", retryable: true });
  } finally {
    await end();
  }
}

const kindOf: Readonly<Record<string, WorkspaceEntry["kind"]>> = { f: "file", d: "folder", l: "link" };

function pageOf(printed: Buffer, page: { after: string | undefined; limit: number }): WorkspaceFolder {
  const names = createNamePage<WorkspaceEntry>(page);
  for (let at = 0; at < printed.length; ) {
    const end = printed.indexOf(0, at);
    if (end < 0) break;
    const letter = String.fromCharCode(printed[at] ?? 0);
    names.add({ name: printed.toString("utf8", at + 1, end), kind: kindOf[letter] ?? "other" });
    at = end + 1;
  }
  return names.take();
}

function sizesIn(printed: Buffer): Map<string, number> {
  const entries = printed.toString("utf8").split("\0");
  return new Map(
    entries.flatMap((entry): [string, number][] => {
      const space = entry.indexOf(" ");
      return space < 0 ? [] : [[entry.slice(space + 1), Number(entry.slice(0, space))]];
    }),
  );
}

function withSize(entry: WorkspaceEntry, size: number | undefined): WorkspaceEntry {
  return size === undefined ? entry : { ...entry, size };
}

const tooSlow = () =>
  new PortError(`Git did not read the work folder within ${gitSeconds} s.`, { code: "timeout", retryable: true });
