import { writeSync } from "node:fs";
import type { Commit } from "../../src/core/room/commit.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { commitsOn, headOf } from "./commits.js";

/** A process that appends until it is killed and prints `stream id` for each commit as soon as it was acknowledged. */
interface CrashModule {
  openToCrash(location: string): Promise<{ log: EventLog; close(): Promise<void> }>;
}

async function append(log: EventLog, stream: string, writer: string): Promise<never> {
  let head = await log.head(stream);
  for (let count = 0; ; count += 1) {
    const commits = commitsOn(head, `${writer}.${count}`, 1 + (count % 3)).map(
      (commit): Commit => ({ ...commit, cause: "c".repeat((count * 997) % 9_000) }),
    );
    const result = await log.append(stream, commits);
    if (result.kind === "conflict") throw new Error(`conflict on ${stream} at ${result.head?.version}`);
    head = headOf(commits.at(-1) as Commit);
    // Written at once, so that a line that was printed is not lost with the process.
    writeSync(1, commits.map(({ id }) => `${stream} ${id}\n`).join(""));
  }
}

const [, , module = "", location = "", name = ""] = process.argv;
const { openToCrash } = (await import(module)) as CrashModule;
const { log } = await openToCrash(location);
await Promise.all(["room/a", "room/b", "agent/a/mia-2", "rooms"].map((stream) => append(log, stream, name)));
