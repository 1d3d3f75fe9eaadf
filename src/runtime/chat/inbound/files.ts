import type { Attachment } from "../../../core/room/event.js";
import { safeFileName } from "../../../core/values/file-name.js";
import { fileTypeOf, typeHeadBytes } from "../../../core/values/file-type.js";
import type { Blobs } from "../../../ports/blobs.js";
import type { Chat } from "../../../ports/chat.js";
import { ChatError } from "../../../ports/chat-error.js";
import type { InboundFile } from "../../../ports/chat-inbound.js";
import { PortError } from "../../../ports/port-error.js";
import { whyRefusedByModel } from "../../rooms/model-limits.js";

/** Result of storing a message's files: lines for its body, and reasons to report for files that were rejected. */
export interface TakenFiles {
  lines: string[];
  attachments: Attachment[];
  refusals: string[];
}

const maxFileBytes = 10 * 1_024 * 1_024;
const maxFiles = 10;

/** Stores attachments. Throws only retryable failures. */
export async function takeFiles(
  files: readonly InboundFile[],
  { chat, blobs }: { chat: Pick<Chat, "download">; blobs: Blobs },
): Promise<TakenFiles> {
  const taken: TakenFiles = { lines: [], attachments: [], refusals: [] };
  for (const [at, file] of files.entries()) {
    const name = safeFileName(file.name);
    const refusal = at >= maxFiles ? `at most ${maxFiles} files come with a message` : await take(file, name);
    if (refusal !== undefined) taken.refusals.push(`${name} was not passed on: ${refusal}`);
  }
  return taken;

  /** Reason for rejecting the file; undefined if it was stored. */
  async function take(file: InboundFile, name: string): Promise<string | undefined> {
    if (file.bytes > maxFileBytes) return tooLarge(file.bytes);
    try {
      const bytes = await chat.download(file, maxFileBytes);
      if (bytes.length > maxFileBytes) return tooLarge(bytes.length);
      const refusal = whyRefusedByModel(bytes);
      if (refusal !== undefined) return refusal;
      const sha256 = await blobs.put(bytes);
      taken.attachments.push({ name, bytes: bytes.length, sha256, type: fileTypeOf(bytes.subarray(0, typeHeadBytes)) });
      taken.lines.push(`[attachment ${name}, ${bytes.length} bytes, sha256 ${sha256}]`);
      return undefined;
    } catch (error) {
      if (error instanceof ChatError && mayWorkLater(error)) throw error;
      if (error instanceof ChatError) return error.message;
      if (error instanceof PortError && error.code === "full") return error.message;
      throw error;
    }
  }
}

function mayWorkLater({ code }: ChatError): boolean {
  return code === "rate_limited" || code === "unavailable" || code === "outcome_unknown";
}

function tooLarge(bytes: number): string {
  return `it has ${bytes} bytes; ${maxFileBytes} is the most`;
}
