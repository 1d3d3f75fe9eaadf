import { isRasterImage } from "../../../src/core/values/file-type.js";
import type { StoredUpload } from "../../../src/protocol/files.js";
import type { CallProblem } from "./problem.js";

/** A file beside the message that is being written. */
export interface UploadItem {
  key: number;
  name: string;
  bytes: number;
  /** Bytes the server has got. */
  sentBytes: number;
  state: "waiting" | "sending" | "stored" | "failed";
  stored?: StoredUpload;
  problem?: CallProblem;
}

/** The files of one message in the making, in the order they were chosen. */
export interface UploadList {
  nextKey: number;
  items: readonly UploadItem[];
}

/** No files. */
export const noUploadItems: UploadList = { nextKey: 1, items: [] };

/** Files that come in at the same time, from one page. */
const maxSending = 3;

/** Files were chosen; those beyond `most` are left out. */
export function filesChosen(
  list: UploadList,
  files: readonly { name: string; size: number }[],
  most: number,
): UploadList {
  const room = Math.max(0, most - list.items.length);
  const added = files.slice(0, room).map(
    ({ name, size }, at): UploadItem => ({
      key: list.nextKey + at,
      name,
      bytes: size,
      sentBytes: 0,
      state: "waiting",
    }),
  );
  return { nextKey: list.nextKey + added.length, items: [...list.items, ...added] };
}

/** Keys of those to be sent next. */
export function uploadsToStart({ items }: UploadList): number[] {
  const free = maxSending - items.filter(({ state }) => state === "sending").length;
  return items
    .filter(({ state }) => state === "waiting")
    .slice(0, Math.max(0, free))
    .map(({ key }) => key);
}

/** One of them changed; one that was removed stays away. */
export function uploadChanged(list: UploadList, key: number, change: Partial<UploadItem>): UploadList {
  return { ...list, items: list.items.map((item) => (item.key === key ? { ...item, ...change } : item)) };
}

/** One of them is taken away, or it was sent with its message. */
export function uploadRemoved(list: UploadList, key: number): UploadList {
  return { ...list, items: list.items.filter((item) => item.key !== key) };
}

/** Whether a message can go out with them: none is on its way, none failed. */
export function areStored({ items }: UploadList): boolean {
  return items.every(({ state }) => state === "stored");
}

/** The address of a file of a room. */
export function fileUrl(roomId: string, sha256: string): string {
  return `/api/rooms/${encodeURIComponent(roomId)}/files/${encodeURIComponent(sha256)}`;
}

/** Whether the page shows it as an image, by what the server found in it. */
export function isShownAsImage({ type }: { type?: string | undefined }): boolean {
  return isRasterImage(type);
}
