import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import { pathOf, reasonOf } from "../client/http.js";
import { maxAttachments } from "../core/room/limits.js";
import { sizeText } from "../core/text/size-text.js";
import type { StoredUpload } from "../protocol/files.js";
import type { Context, RoomAccess } from "./command.js";
import { UsageError } from "./errors.js";

/** A file on this machine. `bytes`: its size when it was looked at. */
export interface LocalFile {
  path: string;
  bytes: number;
}

/** Looks at the files before anything is sent. Throws a `UsageError` for one that cannot be read, and for too many. */
export async function localFiles({ cwd }: Context, paths: readonly string[]): Promise<LocalFile[]> {
  if (paths.length > maxAttachments)
    throw new UsageError(`A message carries at most ${maxAttachments} files, and these are ${paths.length}.`);
  return Promise.all(
    paths.map(async (given) => {
      const path = resolve(cwd, given);
      const found = await stat(path).catch((error: unknown) => {
        throw new UsageError(`${given} cannot be read: ${reasonOf(error)}.`);
      });
      if (!found.isFile()) throw new UsageError(`${given} is not a file; nothing was sent.`);
      return { path, bytes: found.size };
    }),
  );
}

/** Sends the files one after another, as they are read, and gives the ids a message names them by. */
export async function sendFiles(
  { screen, signal }: Context,
  { api, roomId }: Pick<RoomAccess, "api" | "roomId">,
  files: readonly LocalFile[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const { path, bytes } of files) {
    const query = new URLSearchParams({ name: basename(path) });
    const response = await api.open(`${pathOf("rooms", roomId, "files")}?${query}`, {
      method: "POST",
      content: Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
      headers: { "content-length": String(bytes) },
      signal,
    });
    const stored = (await response.json()) as StoredUpload;
    screen.note(`${stored.name}, ${sizeText(stored.bytes)}`);
    ids.push(stored.id);
  }
  return ids;
}
