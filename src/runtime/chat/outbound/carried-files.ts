import type { EventOf } from "../../../core/room/event.js";
import type { Attachment } from "../../../core/room/gate-content.js";
import { sizeText } from "../../../core/text/size-text.js";
import type { Blobs } from "../../../ports/blobs.js";
import type { ChatPost } from "../../../ports/chat-post.js";

/** A post with the bytes of the file it carries. A file that is not kept any more is named all the same. Rejects with a `PortError` where it cannot be read. */
export async function withBytes<Post extends { post: ChatPost; attachment?: Attachment }>(
  wanted: Post,
  blobs: Pick<Blobs, "open">,
): Promise<Post> {
  const { post, attachment } = wanted;
  if (!attachment || post.kind !== "message") return wanted;
  const pieces: Uint8Array[] = [];
  const content = await blobs.open(attachment.sha256);
  if (!content) return wanted;
  for await (const piece of content) pieces.push(piece);
  const carried = { name: attachment.name, bytes: new Uint8Array(Buffer.concat(pieces)) };
  return { ...wanted, post: { ...post, message: { ...post.message, attachment: carried } } };
}

/** What a post says of a file, in Markdown. `where`: the room's page, for one that is too large for the platform. */
export function textOfFile(
  { name, bytes }: Attachment,
  { maxFileBytes, where }: { maxFileBytes: number; where: string | undefined },
): string {
  const what = `\`${name}\`, ${sizeText(bytes)}`;
  if (bytes <= maxFileBytes) return what;
  return `${what}, too large to be shown here; it is on ${where === undefined ? "the room's page" : where}`;
}

/** The files of a held message as a clause, so that nobody approves what they were not told of. Empty: it has none. */
export function filesOfGate({ content }: EventOf<"gate.opened">): string {
  const files = content?.attachments ?? [];
  if (files.length === 0) return "";
  const names = files.map(({ name, bytes }) => `${name} (${sizeText(bytes)})`).join(", ");
  return `It carries ${files.length === 1 ? "a file" : `${files.length} files`}, to be looked at on Parley's page: ${names}`;
}
