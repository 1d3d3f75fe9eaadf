import type { Hono } from "hono";
import type { Attachment } from "../../core/room/gate-content.js";
import { audienceOf } from "../../core/room/view.js";
import { safeFileName } from "../../core/values/file-name.js";
import { fileTypeOf, isRasterImage, typeHeadBytes, unknownType } from "../../core/values/file-type.js";
import { plainQuery } from "../../protocol/fields.js";
import { storedUpload, uploadQuery } from "../../protocol/files.js";
import type { UploadRefusal } from "../../runtime/rooms/uploads.js";
import { answer } from "../answer.js";
import { type ByteRange, parseRange } from "../byte-range.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { enterWith } from "../entrance.js";
import { HttpProblemError, roomNotFound } from "../problem.js";

/** Files into a room and out of it. */
export function fileRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.post("/api/rooms/:id/files", async (c) => {
    const { entrance, query } = await enterWith(c, deps, { query: uploadQuery, right: "speak" });
    const { roomId, actor } = entrance;
    if (await deps.rooms.read(roomId, ({ status }) => status === "closed"))
      throw new HttpProblemError({ code: "room_closed", detail: "this room is closed; it takes no files" });
    const length = c.req.header("Content-Length");
    const announcedBytes = length === undefined ? undefined : Number(length);
    const content = c.req.raw.body ?? emptyFile();
    const taken = await deps.uploads.take({ roomId, actor, name: query.name, announcedBytes, content });
    if (taken.kind === "refused") throw refused(taken.refusal);
    const { name, bytes, sha256, type } = taken.attachment;
    return answer(c, storedUpload, { id: taken.id, sha256, name, bytes, type }, 201);
  });

  app.get("/api/rooms/:id/files/:sha256", async (c) => {
    const { entrance } = await enterWith(c, deps, { query: plainQuery, right: "read" });
    const { roomId, role } = entrance;
    const audience = await deps.rooms.read(roomId, (room) => audienceOf(room, role));
    if (!audience) throw new HttpProblemError(roomNotFound);
    const named = await deps.files.find(roomId, c.req.param("sha256"), audience);
    if (!named) throw new HttpProblemError(fileNotFound);
    return serveFile(c, deps, named);
  });
}

async function* emptyFile(): AsyncGenerator<Uint8Array> {}

const fileNotFound = {
  code: "file_not_found",
  detail: "No message of this room that you may read carries such a file, or it is not kept any more.",
} as const;

function refused({ code, detail, retryAfterMs }: UploadRefusal): HttpProblemError {
  const retryAfterSeconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return new HttpProblemError({ code, detail, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

/** The type comes from the bytes as they are stored. Nothing but a raster image is ever shown by a browser. */
async function serveFile(c: AppContext, { blobs }: AppDeps, { sha256, name }: Attachment): Promise<Response> {
  const stored = await blobs.stat(sha256);
  const head = stored && (await readHead(await blobs.open(sha256, { start: 0, end: typeHeadBytes })));
  if (!stored || !head) throw new HttpProblemError(fileNotFound);
  const range = parseRange(c.req.header("Range"), stored.bytes);
  if (range === "unsatisfiable")
    throw new HttpProblemError({ code: "range_not_satisfiable", detail: `The file has ${stored.bytes} bytes.` });
  const type = fileTypeOf(head);
  const isImage = isRasterImage(type);
  const headers = {
    "Content-Type": isImage ? type : unknownType,
    "Content-Disposition": disposition(isImage ? "inline" : "attachment", name),
    "Accept-Ranges": "bytes",
    ETag: `"${sha256}"`,
    ...lengthOf(range, stored.bytes),
  };
  if (c.req.method === "HEAD") return new Response(null, { headers });
  const content = await blobs.open(sha256, range ?? { start: 0 });
  if (!content) throw new HttpProblemError(fileNotFound);
  return new Response(ReadableStream.from(content), { status: range ? 206 : 200, headers });
}

function lengthOf(range: ByteRange | undefined, total: number): Record<string, string> {
  if (!range) return { "Content-Length": String(total) };
  const { start, end } = range;
  return { "Content-Length": String(end - start), "Content-Range": `bytes ${start}-${end - 1}/${total}` };
}

async function readHead(pieces: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array | undefined> {
  if (!pieces) return undefined;
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(piece);
  return Buffer.concat(read);
}

/** RFC 6266; a name made safe has no quotes, and what is not ASCII is in its second form alone. */
function disposition(kind: "inline" | "attachment", given: string): string {
  const name = safeFileName(given);
  const plain = name.replace(/[^\x20-\x7e]/g, "_");
  const extended = plain === name ? "" : `; filename*=UTF-8''${encodeURIComponent(name)}`;
  return `${kind}; filename="${plain}"${extended}`;
}
