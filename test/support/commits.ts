import type { Commit } from "../../src/core/room/commit.js";
import type { Entry, Head } from "../../src/ports/event-log.js";

/** `count` commits on top of `head`, chained. Ids begin with `id`, so a test can tell who wrote them. */
export function commitsOn(head: Head | undefined, id: string, count = 1): Commit[] {
  const commits: Commit[] = [];
  let last = head ?? { version: 0, id: "" };
  for (let index = 0; index < count; index += 1) {
    const commit: Commit = {
      id: `${id}-${last.version + 1}`,
      version: last.version + 1,
      parent: last.id,
      at: 1_700_000_000_000 + last.version,
      by: "mia",
      events: [{ type: "message.posted", ...{ body: `Grüße ${id} 👋 "${last.version}"\n` } }],
    };
    commits.push(commit);
    last = commit;
  }
  return commits;
}

export const headOf = ({ version, id }: Commit): Head => ({ version, id });

export const versionsOf = (entries: readonly Entry[]): (number | undefined)[] => entries.map(({ version }) => version);

export const idsOf = (entries: readonly Entry[]): string[] =>
  entries.map((entry) => (entry.kind === "commit" ? entry.commit.id : `unreadable ${entry.version}`));

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
