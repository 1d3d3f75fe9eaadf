import type { Snapshot, SnapshotHeader, Snapshots } from "../../src/ports/snapshots.js";

export interface MemorySnapshots extends Snapshots {
  /** Puts raw text where the stream's snapshot lies, as a torn write would leave it. */
  plant(stream: string, text: string): void;
  /** Forgets everything, which a cache may at any moment. */
  clear(): void;
}

interface Stored {
  header: SnapshotHeader;
  text: string;
}

function isSnapshot(value: unknown): value is Snapshot {
  if (typeof value !== "object" || value === null) return false;
  const { schema, version, commitId, open } = value as Partial<Snapshot>;
  return (
    typeof schema === "string" &&
    typeof version === "number" &&
    typeof commitId === "string" &&
    typeof open === "boolean"
  );
}

function parse(text: string): Snapshot | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isSnapshot(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Snapshots in memory, kept as text so that no state is shared. */
export function createMemorySnapshots(): MemorySnapshots {
  const snapshots = new Map<string, Stored>();
  return {
    async get(stream, schema) {
      const stored = snapshots.get(stream);
      const snapshot = stored && parse(stored.text);
      return snapshot?.schema === schema ? snapshot : undefined;
    },
    async put(stream, snapshot) {
      const { schema, version, open, dueAtMs } = snapshot;
      const standing = snapshots.get(stream)?.header;
      if (standing?.schema === schema && standing.version > version) return;
      const header = { stream, schema, version, open, ...(dueAtMs === undefined ? {} : { dueAtMs }) };
      snapshots.set(stream, { header, text: JSON.stringify(snapshot) });
    },
    async headers(prefix) {
      const found = [...snapshots.values()].filter(({ header }) => header.stream.startsWith(prefix));
      return found.map(({ header }) => ({ ...header })).sort((a, b) => (a.stream < b.stream ? -1 : 1));
    },
    plant(stream, text) {
      const header = snapshots.get(stream)?.header ?? { stream, schema: "", version: 0, open: false };
      snapshots.set(stream, { header, text });
    },
    clear: () => snapshots.clear(),
  };
}
