import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CreatedRoom } from "../support/parley-client.js";

/** A person in a room that nobody attacks. */
export interface Bystander {
  /** From now on samples belong to the time of the attack. */
  attackBegins(): void;
  samples: { foreign: Record<"quiet" | "attacked", number[]>; floor: Record<"quiet" | "attacked", number[]> };
  /** Messages that were acknowledged. */
  messages: string[];
  failures: string[];
  stop(): Promise<void>;
}

interface Line {
  foreignMs?: number;
  floorMs?: number;
  messageId?: string;
  failure?: string;
}

/** The room has an agent `echo` that answers `ping 1` with `pong 1`. */
export function startBystander(urls: readonly string[], room: CreatedRoom): Bystander {
  const program = fileURLToPath(new URL("bystander-process.ts", import.meta.url));
  const args = ["--import", "tsx", program, urls.join(","), room.roomId, room.token];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const samples = { foreign: { quiet: [], attacked: [] }, floor: { quiet: [], attacked: [] } } as Bystander["samples"];
  const messages: string[] = [];
  const failures: string[] = [];
  let when: "quiet" | "attacked" = "quiet";
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { foreignMs, floorMs, messageId, failure } = JSON.parse(line) as Line;
    if (foreignMs !== undefined) samples.foreign[when].push(foreignMs);
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
