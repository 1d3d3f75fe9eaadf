/** A file that is coming in, or is there and named by no message yet. `sha256`: once it is there. Times are Unix ms. */
export interface PendingUpload {
  id: number;
  roomId: string;
  by: string;
  bytes: number;
  sha256?: string;
  untilMs: number;
}

/** FileUploads of this process that count towards quotas before a message names them. */
export interface PendingUploads {
  nextId: number;
  list: readonly PendingUpload[];
}

/** Nothing is pending. */
export const noUploads: PendingUploads = { nextId: 1, list: [] };

/** An upload begins; `bytes`: as many as were announced. Its id is `nextId` of the state before. */
export function uploadBegun(state: PendingUploads, upload: Omit<PendingUpload, "id">): PendingUploads {
  return { nextId: state.nextId + 1, list: [...state.list, { ...upload, id: state.nextId }] };
}

/** All of it is stored. */
export function uploadStored(
  state: PendingUploads,
  { id, bytes, sha256 }: { id: number; bytes: number; sha256: string },
): PendingUploads {
  return { ...state, list: state.list.map((one) => (one.id === id ? { ...one, bytes, sha256 } : one)) };
}

/** It came to nothing, or a message names it now. */
export function uploadGone(state: PendingUploads, id: number): PendingUploads {
  return { ...state, list: state.list.filter((one) => one.id !== id) };
}

/** What no message can name any more is forgotten. */
export function withoutOldUploads(state: PendingUploads, nowMs: number): PendingUploads {
  return { ...state, list: state.list.filter(({ untilMs }) => untilMs > nowMs) };
}

/** Bytes that are pending in a room, of all and of one person, and how many of that person's files are coming in. */
export function pendingIn(
  { list }: PendingUploads,
  { roomId, by }: { roomId: string; by: string },
): { roomBytes: number; personBytes: number; underWay: number } {
  const inRoom = list.filter((one) => one.roomId === roomId);
  const own = inRoom.filter((one) => one.by === by);
  const bytesOf = (some: readonly PendingUpload[]) => some.reduce((sum, { bytes }) => sum + bytes, 0);
  const underWay = own.filter(({ sha256 }) => sha256 === undefined).length;
  return { roomBytes: bytesOf(inRoom), personBytes: bytesOf(own), underWay };
}
