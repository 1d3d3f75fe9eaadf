import type { TreePage, WorkDiff, WorkFile, WorkStatus } from "../../../src/protocol/work.js";
import { send } from "./api.js";

/** Git may take half a minute on a large folder. */
const timeoutMs = 60_000;

/** The calls about one agent's work folder. */
export function createFolderApi(roomId: string, agent: string) {
  const base = `/api/rooms/${encodeURIComponent(roomId)}/agents/${encodeURIComponent(agent)}/workspace`;
  const look = <T>(what: string, query: Record<string, string> = {}) =>
    send<T>("GET", `${base}/${what}?${new URLSearchParams(query)}`, undefined, {}, timeoutMs);
  return {
    list: (path: string, afterName?: string) =>
      look<TreePage>("tree", { path, ...(afterName !== undefined && { afterName }) }),
    read: (path: string) => look<WorkFile>("file", { path }),
    status: () => look<WorkStatus>("status"),
    diff: (against: string) => look<WorkDiff>("diff", against === "" ? {} : { against }),
    archiveUrl: `${base}/archive`,
  };
}

/** The calls about one agent's work folder. */
export type FolderApi = ReturnType<typeof createFolderApi>;
