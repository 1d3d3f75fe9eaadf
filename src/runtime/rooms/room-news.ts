import type { RoomCommit } from "../../core/room/commit.js";

/** What a process that wrote to rooms tells another one whose agents have something to do there. */
export interface RoomNews {
  /** Parley's version. Another version may not know these commits. */
  parley: string;
  news: readonly {
    roomId: string;
    /** Version of the room that `readers` have to see. */
    version: number;
    /** Commits up to that version that the other process lacks; absent: it reads the log. */
    commits?: readonly RoomCommit[];
    /** Readers to wake. */
    readers: readonly string[];
  }[];
}

/** Answer to news. `versions`: what the process has of each room now. */
export interface NewsHeard {
  kind: "heard";
  versions: Readonly<Record<string, number>>;
}

/** Whether the body of a signed call is news that this version reads. */
export function isRoomNews(value: unknown, parley: string): value is RoomNews {
  const told = value as Partial<RoomNews> | null;
  return typeof told === "object" && told !== null && told.parley === parley && Array.isArray(told.news);
}

/** Most commits in an answer or in news. A process that lacks more reads the log. */
export const maxSharedCommits = 64;

/** The commits after a version, from the latest ones of a room. Undefined if some of them are no longer in memory, or if there are too many. */
export function recentAfter(recent: readonly RoomCommit[], afterVersion: number): readonly RoomCommit[] | undefined {
  const [first] = recent;
  if (!first || first.version > afterVersion + 1) return undefined;
  const after = recent.slice(afterVersion + 1 - first.version);
  return after.length <= maxSharedCommits ? after : undefined;
}
