import type { ParticipantView } from "../../../src/core/room/view.js";

export interface Completion {
  /** Position of the `@`. */
  from: number;
  /** The text typed after it, lower-cased. */
  prefix: string;
}

/** A name being written at the caret: an `@` where a line or a word starts, and letters up to the caret. */
export function completionAt(text: string, caret: number): Completion | undefined {
  const match = /(?:^|[\s,&])@([a-z0-9-]{0,32})$/i.exec(text.slice(Math.max(0, caret - 40), caret));
  if (match?.[1] === undefined) return undefined;
  return { from: caret - match[1].length - 1, prefix: match[1].toLowerCase() };
}

export interface CompletionChoice {
  name: string;
  kind: "agent" | "human" | "group";
  displayName: string;
}

/** Names that fit, agents first: those that start with the prefix before those that hold it. At most `limit`. */
export function choicesFor(
  prefix: string,
  { participants, me, limit = 8 }: { participants: readonly ParticipantView[]; me: string; limit?: number },
): CompletionChoice[] {
  const people = participants.filter(({ name }) => name !== me);
  const all: CompletionChoice[] = [
    ...people.filter(({ kind }) => kind === "agent"),
    ...people.filter(({ kind }) => kind === "human"),
  ].map(({ name, kind, displayName }) => ({ name, kind, displayName }));
  all.push({ name: "room", kind: "group", displayName: "" }, { name: "humans", kind: "group", displayName: "" });
  const starting = all.filter(({ name }) => name.startsWith(prefix));
  const holding = all.filter(
    ({ name, displayName }) =>
      !name.startsWith(prefix) && (name.includes(prefix) || displayName.toLowerCase().includes(prefix)),
  );
  return [...starting, ...holding].slice(0, limit);
}

/** The text with the name put in, and where the caret goes. */
export function complete(
  text: string,
  { completion, caret, name }: { completion: Completion; caret: number; name: string },
): { text: string; caret: number } {
  const after = text.slice(caret);
  const inserted = `@${name}${after.startsWith(" ") ? "" : " "}`;
  const at = completion.from + inserted.length;
  return { text: text.slice(0, completion.from) + inserted + after, caret: after.startsWith(" ") ? at + 1 : at };
}

/** Whether a text is a name, or several, and nothing else: there is nothing to send yet. */
export function isOnlyNames(text: string): boolean {
  return /^\s*(?:@[a-z0-9-]+[\s,&:]*(?:and\s+)?)+$/i.test(text);
}
