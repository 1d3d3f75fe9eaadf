import type { KeptMessage } from "./room-state.js";

/** What somebody wrote in a room, kept where a reload finds it: messages for every page of this browser, a draft for this tab alone. */
export interface KeptWriting {
  messages(): KeptMessage[];
  keep(message: KeptMessage): void;
  drop(key: string): void;
  draft(): string;
  keepDraft(text: string): void;
}

const prefix = "parley.unsent";

export function createKeptWriting({ roomId, me }: { roomId: string; me: string }): KeptWriting {
  const own = `${prefix}.${roomId}.${me}.`;
  const draftKey = `parley.draft.${roomId}.${me}`;
  return {
    messages: () =>
      keysOf(own)
        .flatMap(readMessage)
        .sort((a, b) => a.at - b.at),
    // One entry a message: two pages of one room do not overwrite each other's.
    keep: (message) => quietly(() => localStorage.setItem(own + message.key, JSON.stringify(message))),
    drop: (key) => quietly(() => localStorage.removeItem(own + key)),
    draft: () => quietly(() => sessionStorage.getItem(draftKey)) ?? "",
    keepDraft: (text) =>
      quietly(() => (text === "" ? sessionStorage.removeItem(draftKey) : sessionStorage.setItem(draftKey, text))),
  };
}

function keysOf(start: string): string[] {
  return quietly(() => Object.keys(localStorage).filter((key) => key.startsWith(start))) ?? [];
}

function readMessage(storageKey: string): KeptMessage[] {
  const stored = quietly((): unknown => JSON.parse(localStorage.getItem(storageKey) ?? ""));
  if (typeof stored !== "object" || stored === null) return [];
  const { key, typed, at, steers } = stored as Record<string, unknown>;
  if (typeof key !== "string" || typeof typed !== "string" || typeof at !== "number") return [];
  return [{ key, typed, at, ...(steers === true && { steers }) }];
}

/** Storage may be switched off or full; the page works without, it only forgets. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
