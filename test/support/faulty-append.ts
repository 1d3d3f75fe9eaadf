import type { MemoryEventLog } from "../../adapters/memory/event-log.js";
import type { Commit } from "../../src/core/room/commit.js";
import type { AppendResult } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";

/** The outcome of one append. `conflict`: another writer comes first. `lost`: stored, the answer is lost. `away`: not stored. */
export type AppendStep = "stored" | "conflict" | "lost" | "away" | "refused";

/** The `append` of a log on which each call takes the next step of `plan`; every call after it is stored. `tried`: the ids of each call. */
export function faultyAppend(log: MemoryEventLog, plan: readonly AppendStep[]) {
  const tried: string[][] = [];
  let foreign = 0;

  async function writeFirst(stream: string): Promise<void> {
    const head = (await log.head(stream)) ?? { version: 0, id: "" };
    foreign += 1;
    const events = [{ type: "foreign" }];
    await log.append(stream, [
      { id: `foreign-${foreign}`, version: head.version + 1, parent: head.id, at: 0, by: "other", events },
    ]);
  }

  async function append(stream: string, commits: readonly Commit[]): Promise<AppendResult> {
    const step = plan[tried.length] ?? "stored";
    tried.push(commits.map(({ id }) => id));
    if (step === "refused") throw new PortError("no", { code: "refused", retryable: false });
    if (step === "away") throw new PortError("away", { code: "unavailable", retryable: true });
    if (step === "conflict") await writeFirst(stream);
    const result = await log.append(stream, commits);
    if (step === "lost") throw new PortError("no answer", { code: "timeout", retryable: true });
    return result;
  }

  return { append, tried };
}
