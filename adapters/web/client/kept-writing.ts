import type { StoredUpload } from "../../../src/protocol/files.js";
import type { KeptMessages } from "./outbox.js";
import type { KeptMessage } from "./room-state.js";

/** A person's unsent text in a room, kept across a reload: messages for every page of this browser, a draft for this tab alone. */
export interface KeptWriting extends KeptMessages {
  draft(): string;
  keepDraft(text: string): void;
  /** Goes on under another name, with the draft and these messages. */
  become(name: string, messages: readonly KeptMessage[]): void;
}

const prefix = "parley.unsent";

export function createKeptWriting({ roomId, me }: { roomId: string; me: string }): KeptWriting {
  let name = me;
  const own = () => `${prefix}.${roomId}.${name}.`;
  const draftKey = () => `parley.draft.${roomId}.${name}`;
  // One entry per message: two pages of one room do not overwrite each other's.
  const keep = (message: KeptMessage) =>
    quietly(() => localStorage.setItem(own() + message.key, JSON.stringify(message)));
  const drop = (key: string) => quietly(() => localStorage.removeItem(own() + key));
  const draft = () => quietly(() => sessionStorage.getItem(draftKey())) ?? "";
  const keepDraft = (text: string) =>
    quietly(() => (text === "" ? sessionStorage.removeItem(draftKey()) : sessionStorage.setItem(draftKey(), text)));
  return {
    messages: () =>
      keysOf(own())
        .flatMap(readMessage)
        .sort((a, b) => a.at - b.at),
    keep,
    drop,
    draft,
    keepDraft,
    become(next, messages) {
      const typed = draft();
      keepDraft("");
      for (const { key } of messages) drop(key);
      name = next;
      if (typed !== "") keepDraft(typed);
      for (const message of messages) keep(message);
    },
  };
}

function keysOf(start: string): string[] {
  return quietly(() => Object.keys(localStorage).filter((key) => key.startsWith(start))) ?? [];
}

function readMessage(storageKey: string): KeptMessage[] {
  const stored = quietly((): unknown => JSON.parse(localStorage.getItem(storageKey) ?? ""));
  if (typeof stored !== "object" || stored === null) return [];
  const { key, typed, at, steers, files } = stored as Record<string, unknown>;
  if (typeof key !== "string" || typeof typed !== "string" || typeof at !== "number") return [];
  const kept = Array.isArray(files) && files.every(isStored) ? { files } : {};
  return [{ key, typed, at, ...(steers === true && { steers }), ...kept }];
}

/** Storage may be switched off or full; the page works without, it only forgets. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function isStored(file: unknown): file is StoredUpload {
  if (typeof file !== "object" || file === null) return false;
  const { id, name, sha256, bytes } = file as Record<string, unknown>;
  return typeof id === "string" && typeof name === "string" && typeof sha256 === "string" && typeof bytes === "number";
}
