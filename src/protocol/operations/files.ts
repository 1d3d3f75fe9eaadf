import { plainQuery } from "../fields.js";
import { storedUpload, uploadQuery } from "../files.js";
import { json, type Operation } from "../operation.js";

const bytes = { "application/octet-stream": undefined };
const images = { "image/png": undefined, "image/jpeg": undefined, "image/gif": undefined, "image/webp": undefined };

/** Operations on files of a room. */
export const fileOperations = {
  uploadFile: {
    method: "POST",
    path: "/api/rooms/:id/files",
    summary: "stores a file that a message is to carry",
    note: "The body is the file. A message names it by the `id` of the answer in its `attachments`; a file that no message names is removed after a day.",
    access: "speak",
    query: uploadQuery,
    content: "application/octet-stream",
    answers: { 201: json(storedUpload, "The file is stored.") },
    problems: [400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 507],
  },
  getFile: {
    method: "GET",
    path: "/api/rooms/:id/files/:sha256",
    summary: "a file that a message of the room carries",
    note: "PNG, JPEG, GIF and WebP have their type, everything else is `application/octet-stream` and an attachment. One `Range` of bytes is answered. A file of a held message is for those who may see held text.",
    access: "read",
    query: plainQuery,
    answers: {
      200: { description: "The bytes of the file.", content: { ...bytes, ...images } },
      206: { description: "The bytes of the range.", content: { ...bytes, ...images } },
    },
    problems: [401, 403, 404, 416, 422, 503],
  },
} as const satisfies Record<string, Operation>;
