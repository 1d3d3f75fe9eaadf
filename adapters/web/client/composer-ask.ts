import type { Recipients } from "../../../src/core/room/event.js";
import { addressOf } from "./pending.js";
import type { MessageEntry, RoomState } from "./room-state.js";

/** Something another part of the page wants in the message box: a quoted message to answer, or an own message to change. */
export type ComposerAsk =
  | { kind: "quote"; message: Pick<MessageEntry, "from" | "body"> }
  | { kind: "edit"; message: Pick<MessageEntry, "id" | "to" | "body"> };

const quotedLines = 12;

/** The draft with a message quoted in it. An empty draft is addressed to the message's sender, unless that is the person. */
export function withQuote(
  draft: string,
  { from, body }: Pick<MessageEntry, "from" | "body">,
  { me }: { me: string },
): string {
  const lines = body.split("\n");
  const shown = lines.length > quotedLines ? [...lines.slice(0, quotedLines), "…"] : lines;
  const quote = shown.map((line) => (line === "" ? ">" : `> ${line}`)).join("\n");
  const before = draft.trimEnd();
  const start = before !== "" ? `${before}\n\n` : from === me ? "" : `@${from}\n`;
  return `${start}${quote}\n\n`;
}

/** A sent message as it is typed: the names it goes to, then its text. */
export function typedAgain(
  { to, body }: { to: Recipients; body: string },
  room: Pick<RoomState, "participants">,
): string {
  if (to !== "room") return `${to.map((name) => `@${name}`).join(" ")} ${body}`;
  const plain = addressOf(body, room);
  return plain.to === "room" && plain.body === body ? body : `@room ${body}`;
}
