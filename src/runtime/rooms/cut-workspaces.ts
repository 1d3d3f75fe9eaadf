import type { WorkspaceChange, Workspaces } from "../../ports/workspaces.js";

/** Cuts secrets out of a text. `isCut`: the text goes on, so its end may be the beginning of a secret. */
export type CutText = (text: string, options?: { isCut: boolean }) => string;

/** What a file holds besides text shows itself in its first bytes, as Git decides it. */
const looksAtBytes = 8_000;

/** Whether bytes are not text. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, looksAtBytes).includes(0);
}

/** Work folders with the secrets cut out of names, texts and diffs. An archive holds the files byte for byte. */
export function cutWorkspaces(workspaces: Workspaces, cut: CutText): Workspaces {
  return {
    async list(agent, folder, options) {
      const found = await workspaces.list(agent, folder, options);
      return found && { ...found, entries: found.entries.map((entry) => ({ ...entry, name: cut(entry.name) })) };
    },
    async read(agent, path, options) {
      const found = await workspaces.read(agent, path, options);
      if (!found || isBinary(found.bytes)) return found;
      const isCut = (options?.offset ?? 0) + found.bytes.length < found.size;
      const text = Buffer.from(found.bytes).toString("utf8");
      const clean = cut(text, { isCut });
      return clean === text ? found : { ...found, bytes: Buffer.from(clean) };
    },
    async status(agent) {
      const changes = await workspaces.status(agent);
      return changes?.map((change): WorkspaceChange => ({ ...change, path: cut(change.path) }));
    },
    async diff(agent, options) {
      const found = await workspaces.diff(agent, options);
      return found && { ...found, text: cut(found.text, { isCut: found.isCut }) };
    },
    archive: (agent, options) => workspaces.archive(agent, options),
  };
}
