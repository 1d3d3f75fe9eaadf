import type { Attachment } from "../core/room/gate-content.js";
import { sizeText } from "../core/text/size-text.js";
import type { RoomAccess } from "./command.js";

/** A file of a message, and who sent it. */
export interface ShownFile extends Attachment {
  from: string;
}

const pageSize = 200;
/** Pages that are looked through, at most: the newest 10,000 messages. */
const maxPages = 50;
const maxListed = 50;

/** What a file is called in commands. */
export const shortHash = (sha256: string): string => sha256.slice(0, 12);

/** `shot.png, 1.4 MB, 3f2a91c0d1e2`: how a file is shown beside its message. */
export function fileText({ name, bytes, sha256 }: Attachment): string {
  return `${name}, ${sizeText(bytes)}, ${shortHash(sha256)}`;
}

/** Files of the newest messages, newest first: 50 of them, or with `containing` those whose hash begins so, as far as messages are looked through. */
export async function newestFiles(
  { api, roomId }: Pick<RoomAccess, "api" | "roomId">,
  { containing = "" }: { containing?: string } = {},
): Promise<ShownFile[]> {
  const found: ShownFile[] = [];
  let before: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const query = { limit: String(pageSize), ...(before !== undefined && { before }) };
    const { messages, next } = await api.call("listMessages", { parts: { id: roomId }, query });
    for (const { attachments = [], from } of messages.toReversed())
      found.push(
        ...attachments.filter(({ sha256 }) => sha256.startsWith(containing)).map((file) => ({ ...file, from })),
      );
    before = next;
    const isEnough = containing === "" ? found.length >= maxListed : found.length > 0;
    if (isEnough || before === undefined) break;
  }
  return containing === "" ? found.slice(0, maxListed) : found;
}
