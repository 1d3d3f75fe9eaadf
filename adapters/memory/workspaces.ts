import type { WorkspaceChange, WorkspaceEntry, WorkspaceOwner, Workspaces } from "../../src/ports/workspaces.js";
import { partsOfWorkPath, refusedWork } from "../kit/work-path.js";
import { type MemoryFile, tarOf } from "./tar.js";

export interface MemoryWorkspace {
  /** By path with `/`; folders follow from the paths. */
  files: ReadonlyMap<string, MemoryFile>;
  /** Git's output; absent: no repository. */
  git?: { changes: readonly WorkspaceChange[]; diffs: ReadonlyMap<string, string> };
}

const defaultEntries = 1_000;
const defaultBytes = 1_024 * 1_024;
const defaultArchiveBytes = 1_024 * 1_024 * 1_024;

/** Work folders in memory, by `<roomId>/<name>`. */
export function createMemoryWorkspaces(workspaces: Pick<ReadonlyMap<string, MemoryWorkspace>, "get">): Workspaces {
  const of = ({ roomId, name }: WorkspaceOwner) => workspaces.get(`${roomId}/${name}`);
  return {
    async list(agent, folder, { after, limit = defaultEntries } = {}) {
      const files = of(agent)?.files;
      const inside = partsOfWorkPath(folder).join("/");
      const entries = files && entriesOf(files, inside);
      if (!entries || (entries.length === 0 && inside !== "")) return undefined;
      const rest = entries.filter(({ name }) => after === undefined || name > after);
      return { entries: rest.slice(0, limit), hasMore: rest.length > limit };
    },
    async read(agent, path, { offset = 0, maxBytes = defaultBytes } = {}) {
      const file = of(agent)?.files.get(partsOfWorkPath(path).join("/"));
      if (!file) return undefined;
      if (!(file instanceof Uint8Array)) throw refusedWork(`${path} is a link, which is not followed`);
      return { bytes: file.slice(offset, offset + maxBytes), size: file.length };
    },
    status: async (agent) => of(agent)?.git?.changes,
    async diff(agent, { path, maxBytes = defaultBytes } = {}) {
      const diffs = of(agent)?.git?.diffs;
      if (!diffs) return undefined;
      const wanted = path === undefined ? [...diffs.values()] : [diffs.get(partsOfWorkPath(path).join("/")) ?? ""];
      const bytes = Buffer.from(wanted.join(""));
      return { text: bytes.subarray(0, maxBytes).toString("utf8"), isCut: bytes.length > maxBytes };
    },
    async archive(agent, { maxBytes = defaultArchiveBytes } = {}) {
      const files = of(agent)?.files;
      return files && tarOf(files, maxBytes);
    },
  };
}

function entriesOf(files: ReadonlyMap<string, MemoryFile>, folder: string): WorkspaceEntry[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const entries = new Map<string, WorkspaceEntry>();
  for (const [path, file] of files) {
    if (!path.startsWith(prefix)) continue;
    const [name = "", ...more] = path.slice(prefix.length).split("/");
    if (more.length > 0) entries.set(name, { name, kind: "folder" });
    else if (file instanceof Uint8Array) entries.set(name, { name, kind: "file", size: file.length });
    else entries.set(name, { name, kind: "link" });
  }
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
