import { posix } from "node:path";
import type { Attachment } from "../../core/room/gate-content.js";
import type { ReadFile } from "../../core/room/read-file.js";
import { safeFileName } from "../../core/values/file-name.js";
import { fileTypeOf, typeHeadBytes } from "../../core/values/file-type.js";
import type { ReadWorkFiles } from "../../ports/agent-files.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { Workspaces } from "../../ports/workspaces.js";
import { whyRefusedByModel } from "../rooms/model-limits.js";
import type { RoomFiles } from "../rooms/room-files.js";

const megabyte = 1_024 * 1_024;

/** Where and how far files of work folders are read. */
export interface WorkFilesOptions {
  workspaces: Pick<Workspaces, "read">;
  blobs: Pick<Blobs, "put">;
  files: Pick<RoomFiles, "usage">;
  logger: Logger;
  /** Bytes of one file. Default 50 MB. */
  maxFileBytes?: number | undefined;
  /** Bytes of all files of a room. Default 2 GB. */
  maxRoomBytes?: number | undefined;
}

/** The work folder as sandboxes show it; agents write paths with it and without. */
const workFolder = "/work/";

/** Reads files one after another. What was stored and is then named by no message goes with a later collection. */
export function createWorkFiles(options: WorkFilesOptions): ReadWorkFiles {
  const { workspaces, blobs, files, logger } = options;
  const { maxFileBytes = 50 * megabyte, maxRoomBytes = 2_048 * megabyte } = options;

  async function read(agent: { roomId: string; name: string }, path: string): Promise<Uint8Array> {
    const inside = path.startsWith(workFolder) ? path.slice(workFolder.length) : path;
    const found = await workspaces.read(agent, inside, { maxBytes: maxFileBytes });
    if (!found) throw new Unattached("there is no such file in your work folder");
    if (found.size > maxFileBytes) throw new Unattached(`it has ${found.size} bytes; ${maxFileBytes} is the most`);
    if (found.bytes.length !== found.size) throw new Unattached("it changed while it was read; try again");
    const refused = whyRefusedByModel(found.bytes);
    if (refused !== undefined) throw new Unattached(refused);
    return found.bytes;
  }

  async function store(bytes: Uint8Array, path: string): Promise<Attachment> {
    const sha256 = await blobs.put(bytes);
    const type = fileTypeOf(bytes.subarray(0, typeHeadBytes));
    return { name: safeFileName(posix.basename(path)), bytes: bytes.length, sha256, type };
  }

  return async function readFiles(agent, paths) {
    const results: ReadFile[] = [];
    let taken = 0;
    for (const path of paths) {
      try {
        const bytes = await read(agent, path);
        taken += bytes.length;
        const used = (await files.usage(agent.roomId)).bytes;
        if (used + taken > maxRoomBytes) throw new Unattached("the files of this room take all the space they may");
        results.push({ path, attachment: await store(bytes, path) });
      } catch (error) {
        results.push({ path, problem: problemOf(error) });
        if (!(error instanceof Unattached)) logger.info({ ...agent, error }, "a file could not be attached");
      }
    }
    return results;
  };
}

class Unattached extends Error {}

/** A clause for the agent. Of an unknown fault it is told nothing more: that is in the log. */
function problemOf(error: unknown): string {
  if (error instanceof Unattached) return error.message;
  if (!(error instanceof PortError)) return "it cannot be read";
  const { code, message } = error;
  if (code === "refused") return message.replace(/\.? Nothing was read\.?$/, "").replace(/\.$/, "");
  return code === "full" ? message.replace(/\.$/, "") : "your work folder cannot be read now; try again";
}
