/** The versions of rooms that other processes are known to have. A hint: a process may have forgotten a room. */
export interface ToldVersions {
  get(node: string, roomId: string): number | undefined;
  note(node: string, roomId: string, version: number): void;
}

/** Versions kept; the oldest are forgotten first. */
const maxKept = 10_000;

/** Knows nothing at first. */
export function createToldVersions(): ToldVersions {
  const versions = new Map<string, number>();
  const keyOf = (node: string, roomId: string) => `${roomId} ${node}`;
  return {
    get: (node, roomId) => versions.get(keyOf(node, roomId)),
    note(node, roomId, version) {
      const key = keyOf(node, roomId);
      versions.delete(key);
      versions.set(key, version);
      const [oldest] = versions.size > maxKept ? versions.keys() : [];
      if (oldest !== undefined) versions.delete(oldest);
    },
  };
}
