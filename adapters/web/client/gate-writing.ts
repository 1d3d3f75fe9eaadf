/** Text for a gate that is not sent yet: an edit of what it says, or the reason to refuse it. */
export interface GateWriting {
  editing: "text" | "reason";
  text: string;
}

/** Keeps the unsent text for one gate where a reload of this tab finds it. */
export interface KeptGateWriting {
  read(): GateWriting | undefined;
  /** Without writing it is forgotten. */
  keep(writing: GateWriting | undefined): void;
}

/** The part of a browser's storage that is used here. */
interface TabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const tabStorage = (): TabStorage => (globalThis as unknown as { sessionStorage: TabStorage }).sessionStorage;

/** The writing for the gate with this hash: text for another content is not kept for it. */
export function keptGateWriting(hash: string, storage = tabStorage): KeptGateWriting {
  const key = `parley.gate.${hash}`;
  return {
    read: () => readWriting(quietly(() => storage().getItem(key)) ?? ""),
    keep(writing) {
      quietly(() => (writing ? storage().setItem(key, JSON.stringify(writing)) : storage().removeItem(key)));
    },
  };
}

function readWriting(stored: string): GateWriting | undefined {
  const parsed = quietly((): unknown => JSON.parse(stored));
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const { editing, text } = parsed as Record<string, unknown>;
  if ((editing !== "text" && editing !== "reason") || typeof text !== "string") return undefined;
  return { editing, text };
}

/** Storage may be switched off or full; the page works without, it only forgets. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
