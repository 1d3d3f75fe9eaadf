import { z } from "zod";
import { maxAttachments } from "../core/room/limits.js";
import { atLeast } from "./fields.js";

/** Query of `POST /api/rooms/:id/files`; the bytes of the file are the body. */
export const uploadQuery = z.strictObject({
  atLeast,
  /** What the file is called; it is made safe. */
  name: z.string().min(1).max(1_000),
});

/** Answer to an upload. */
export const storedUpload = z.object({
  /** What a message names it by, for 12 hours, from the person who sent it. */
  id: z.string(),
  sha256: z.string(),
  /** Safe as the name of a file. */
  name: z.string(),
  bytes: z.number().int(),
  /** Media type by its content. */
  type: z.string(),
});
/** An upload as a client reads it. */
export type StoredUpload = z.input<typeof storedUpload>;

/** Ids of uploads in a message. */
export const uploadIdList = z.array(z.string().min(1).max(1_024)).min(1).max(maxAttachments);
