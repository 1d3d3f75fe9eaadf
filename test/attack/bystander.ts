import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CreatedRoom } from "../support/parley-client.js";

/** A person in a room that nobody attacks. */
export interface Bystander {
  /** Counts all further samples as taken during the attack. */
  attackBegins(): void;
  samples: Record<"foreign" | "busy" | "floor", Samples>;
  /** Acknowledged messages. */
  messages: string[];
  failures: string[];
  stop(): Promise<void>;
}

/** Milliseconds before and during the attack. */
export type Samples = Record<"quiet" | "attacked", number[]>;

interface Line {
  foreignMs?: number;
  busyMs?: number;
  floorMs?: number;
  messageId?: string;
  failure?: string;
}

/** The room has an agent `echo` that answers `ping 1` with `pong 1`. */
export function startBystander(
  processes: readonly { url: string; pid: number }[],
  room: Pick<CreatedRoom, "roomId" | "token">,
): Bystander {
  const program = fileURLToPath(new URL("bystander-process.ts", import.meta.url));
  const [urls, pids] = [processes.map(({ url }) => url), processes.map(({ pid }) => pid)];
  const args = ["--import", "tsx", program, urls.join(","), pids.join(","), room.roomId, room.token];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const noSamples = (): Samples => ({ quiet: [], attacked: [] });
  const samples = { foreign: noSamples(), busy: noSamples(), floor: noSamples() };
  const messages: string[] = [];
  const failures: string[] = [];
  let when: "quiet" | "attacked" = "quiet";
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { foreignMs, busyMs, floorMs, messageId, failure } = JSON.parse(line) as Line;
    if (foreignMs !== undefined) samples.foreign[when].push(foreignMs);
    if (busyMs !== undefined) samples.busy[when].push(busyMs);
    if (floorMs !== undefined) samples.floor[when].push(floorMs);
    if (messageId !== undefined) messages.push(messageId);
    if (failure !== undefined) failures.push(failure);
  });
  return {
    attackBegins: () => {
      when = "attacked";
    },
    samples,
    messages,
    failures,
    stop: async () => {
      const ended = once(child, "exit");
      if (child.exitCode !== null) return;
      child.stdin.end();
      await ended;
    },
  };
}
