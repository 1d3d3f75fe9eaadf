import type { Attachment } from "../../core/room/gate-content.js";
import { type Actor, actorName } from "../../core/room/rights.js";
import { safeFileName } from "../../core/values/file-name.js";
import { fileTypeOf, typeHeadBytes } from "../../core/values/file-type.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Clock } from "../../ports/clock.js";
import type { Limits } from "../../ports/limits.js";
import { PortError } from "../../ports/port-error.js";
import { type UploadIds, uploadLifetimeMs } from "../access/upload-ids.js";
import { whyRefusedByModel } from "./model-limits.js";
import {
  noUploads,
  type PendingUploads,
  pendingIn,
  uploadBegun,
  uploadGone,
  uploadStored,
  withoutOldUploads,
} from "./pending-uploads.js";
import type { RoomFiles } from "./room-files.js";

/** Bounds on files. Absent: the defaults. */
export interface UploadCaps {
  /** Bytes of one file. Default 50 MB. */
  maxFileBytes?: number;
  /** Bytes of all files of a room. Default 2 GB. */
  maxRoomBytes?: number;
  /** Bytes of all files that one person sends in a room. Default 1 GB. */
  maxPersonBytes?: number;
  /** Files one person may send in one room in an hour. Default 500. */
  maxUploadsPerHour?: number;
}

/** Why a file was not taken, with a sentence for its sender. */
export interface UploadRefusal {
  code: "file_too_large" | "file_unsupported" | "quota" | "rate_limited" | "upload_cut_off";
  detail: string;
  /** `rate_limited`: time after which it may be tried again, ms. */
  retryAfterMs?: number;
}

/** A file on its way in. `announcedBytes`: its size as the sender says it, where that is known. */
export interface IncomingFile {
  roomId: string;
  actor: Actor;
  name: string;
  announcedBytes?: number | undefined;
  content: AsyncIterable<Uint8Array>;
}

/** The result of an upload. `id` is what a message names it by. */
export type TakenUpload =
  | { kind: "taken"; id: string; attachment: Attachment & { type: string } }
  | { kind: "refused"; refusal: UploadRefusal };

/** Files that people send, from their first byte until a message names them. */
export interface FileUploads {
  /** Stores a file, piece by piece. Rejects with a `PortError` where it cannot be stored or the log cannot be read. Nothing of a file that is refused is named. */
  take(file: IncomingFile): Promise<TakenUpload>;
  /** The files behind these ids, for a message of this sender in this room; the index of the first id that gives none. */
  attachmentsOf(ids: readonly string[], of: { roomId: string; actor: Actor }): Promise<Attachment[] | number>;
}

const megabyte = 1_024 * 1_024;
const hourMs = 3_600_000;
/** Files of one person that come in at the same time. */
const maxUnderWay = 8;
/** Bytes that are looked at for what a model's provider would refuse. */
const maxInspectedBytes = 10 * megabyte;

interface UploadsOptions {
  blobs: Blobs;
  files: RoomFiles;
  limits: Limits;
  uploadIds: UploadIds;
  clock: Pick<Clock, "nowMs">;
  caps?: UploadCaps | undefined;
  onRefused?: (cap: "uploads") => void;
}

/** FileUploads of this process. Those of other processes count towards quotas once a message names them. */
export function createFileUploads(options: UploadsOptions): FileUploads {
  const { blobs, files, uploadIds, clock } = options;
  const caps = withDefaults(options.caps);
  let pending: PendingUploads = noUploads;

  /** Forgets what is too old, and what a message names by now and is counted there. */
  async function settle(roomId: string): Promise<void> {
    pending = withoutOldUploads(pending, clock.nowMs());
    for (const { id, sha256, ...one } of pending.list) {
      const isNamed = one.roomId === roomId && sha256 !== undefined && (await files.find(roomId, sha256, "all"));
      if (isNamed) pending = uploadGone(pending, id);
    }
  }

  /** Bytes the quotas leave, without what is pending. */
  async function bytesLeft(roomId: string, by: string): Promise<{ room: number; person: number }> {
    await settle(roomId);
    const { bytes, byPerson } = await files.usage(roomId);
    const { roomBytes, personBytes } = pendingIn(pending, { roomId, by });
    const room = caps.maxRoomBytes - bytes - roomBytes;
    return { room, person: caps.maxPersonBytes - (byPerson.get(by) ?? 0) - personBytes };
  }

  async function refusalBefore({
    roomId,
    actor,
    announcedBytes = 0,
  }: IncomingFile): Promise<UploadRefusal | undefined> {
    if (announcedBytes > caps.maxFileBytes) return tooLarge(caps.maxFileBytes);
    if (pendingIn(pending, { roomId, by: actorName(actor) }).underWay >= maxUnderWay) {
      const detail = `${maxUnderWay} of your files are coming in already; send this one when one of them is there`;
      return { code: "rate_limited", detail, retryAfterMs: 1_000 };
    }
    const bounds = { limit: caps.maxUploadsPerHour, windowMs: hourMs };
    const taken = await options.limits.take(`uploads/${roomId}/${actor.kind}/${actorName(actor)}`, bounds);
    if (taken.ok) return undefined;
    const detail = `you may send ${caps.maxUploadsPerHour} files in this room an hour, and have; nothing was stored`;
    return { code: "rate_limited", detail, retryAfterMs: taken.retryAfterMs };
  }

  async function store(file: IncomingFile): Promise<Attachment & { type: string }> {
    const { roomId, announcedBytes = 0 } = file;
    const by = actorName(file.actor);
    const left = await bytesLeft(roomId, by);
    if (announcedBytes > Math.min(left.room, left.person)) throw new RefusedUpload(overQuota(left, caps));
    const { nextId: id } = pending;
    pending = uploadBegun(pending, { roomId, by, bytes: announcedBytes, untilMs: clock.nowMs() + uploadLifetimeMs });
    try {
      const counter = { bytes: 0 };
      const sha256 = await blobs.put(bounded(file, { counter, left, caps }));
      const type = await inspect(blobs, sha256, counter.bytes);
      pending = uploadStored(pending, { id, bytes: counter.bytes, sha256 });
      return { name: safeFileName(file.name), bytes: counter.bytes, sha256, type };
    } catch (error) {
      pending = uploadGone(pending, id);
      throw error;
    }
  }

  async function take(file: IncomingFile): Promise<TakenUpload> {
    const refused = await refusalBefore(file);
    if (refused?.code === "rate_limited") options.onRefused?.("uploads");
    if (refused) return { kind: "refused", refusal: refused };
    try {
      const attachment = await store(file);
      const id = uploadIds.issue({ roomId: file.roomId, by: senderOf(file.actor), attachment });
      return { kind: "taken", id, attachment };
    } catch (error) {
      if (error instanceof RefusedUpload) return { kind: "refused", refusal: error.refusal };
      const isFull = error instanceof PortError && error.code === "full";
      if (isFull) return { kind: "refused", refusal: { code: "quota", detail: error.message } };
      throw error;
    }
  }

  return {
    take,
    async attachmentsOf(ids, { roomId, actor }) {
      const found: Attachment[] = [];
      for (const [index, id] of ids.entries()) {
        const upload = uploadIds.verify(id);
        const isTheirs = upload?.roomId === roomId && upload.by === senderOf(actor);
        if (!isTheirs || !(await blobs.stat(upload.attachment.sha256))) return index;
        found.push(upload.attachment);
      }
      return found;
    },
  };
}

class RefusedUpload extends Error {
  readonly refusal: UploadRefusal;
  constructor(refusal: UploadRefusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

const senderOf = (actor: Actor) => `${actor.kind}/${actorName(actor)}`;

function withDefaults(caps: UploadCaps = {}): Required<UploadCaps> {
  const maxFileBytes = 50 * megabyte;
  return {
    maxFileBytes,
    maxRoomBytes: 2_048 * megabyte,
    maxPersonBytes: 1_024 * megabyte,
    maxUploadsPerHour: 500,
    ...caps,
  };
}

interface Bounds {
  /** Counts what has come. */
  counter: { bytes: number };
  left: { room: number; person: number };
  caps: Required<UploadCaps>;
}

/** The pieces of a file as they come, until they are too many. What breaks off is no file. */
async function* bounded(
  { content, announcedBytes }: IncomingFile,
  { counter, left, caps }: Bounds,
): AsyncGenerator<Uint8Array> {
  const pieces = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const piece = await pieces.next().catch(() => {
        throw new RefusedUpload(cutOff);
      });
      if (piece.done) break;
      counter.bytes += piece.value.length;
      if (counter.bytes > caps.maxFileBytes) throw new RefusedUpload(tooLarge(caps.maxFileBytes));
      if (counter.bytes > Math.min(left.room, left.person)) throw new RefusedUpload(overQuota(left, caps));
      yield piece.value;
    }
  } finally {
    await pieces.return?.().catch(() => undefined);
  }
  if (announcedBytes !== undefined && counter.bytes !== announcedBytes) throw new RefusedUpload(cutOff);
}

/** Its type; throws a refusal for what would end the conversation of every agent that looks at it. */
async function inspect(blobs: Blobs, sha256: string, totalBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  const range = { start: 0, end: Math.min(totalBytes, maxInspectedBytes) };
  for await (const piece of (await blobs.open(sha256, range)) ?? []) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  const refused = whyRefusedByModel(bytes, totalBytes);
  if (refused !== undefined)
    throw new RefusedUpload({ code: "file_unsupported", detail: `it was not taken: ${refused}` });
  return fileTypeOf(bytes.subarray(0, typeHeadBytes));
}

const cutOff: UploadRefusal = {
  code: "upload_cut_off",
  detail: "the file did not arrive whole; nothing of it was kept. Send it again",
};

function tooLarge(maxBytes: number): UploadRefusal {
  return { code: "file_too_large", detail: `a file has at most ${inMegabytes(maxBytes)}; nothing of it was kept` };
}

function overQuota(left: Bounds["left"], caps: Required<UploadCaps>): UploadRefusal {
  const isRoom = left.room <= left.person;
  const whose = isRoom ? "the files of this room" : "your files in this room";
  const most = inMegabytes(isRoom ? caps.maxRoomBytes : caps.maxPersonBytes);
  const free = inMegabytes(Math.max(0, isRoom ? left.room : left.person));
  return { code: "quota", detail: `${whose} take at most ${most}, of which ${free} are free; nothing of it was kept` };
}

function inMegabytes(bytes: number): string {
  return `${Math.floor((bytes / megabyte) * 10) / 10} MB`;
}
