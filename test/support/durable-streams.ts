import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDurableStreamsEventLog } from "../../adapters/durable-streams/event-log.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";
import type { OpenEventLog } from "../contract/event-log.js";

export function openStreamsLog(location: { url: string; prefix: string; dir: string; token?: string }) {
  return createDurableStreamsEventLog({ ...location, clock: createSystemClock(), logger: createMemoryLogger() });
}

/** For a process of its own, too: see the durability tests. `location` is `url prefix dir`. */
export async function openToCrash(location: string): Promise<{ log: EventLog; close(): Promise<void> }> {
  const [url = "", prefix = "", dir = ""] = location.split(" ");
  const log = await openStreamsLog({ url, prefix, dir });
  return { log, close: log.close };
}

const newDir = (): string => mkdtempSync(join(tmpdir(), "parley-copy-"));
export const newLocation = (url: string): string => `${url} ${randomUUID().slice(0, 8)}/ ${newDir()}`;

/** A log under a prefix of its own on this server, with ways to damage it. */
export async function openTestStreams(url: string): Promise<OpenEventLog> {
  const prefix = `${randomUUID().slice(0, 8)}/`;
  let dir = newDir();
  let log = await openStreamsLog({ url, prefix, dir });
  let answersToLose = 0;

  const opened: OpenEventLog = {
    log,
    async close() {
      await log.close();
      rmSync(dir, { recursive: true, force: true });
    },
    async reopen() {
      await log.close();
      log = await openStreamsLog({ url, prefix, dir });
      opened.log = withLostAnswers();
    },
    async plant(stream, entries) {
      await log.close();
      await plantIn(`${url}/${prefix}${stream.split("/").map(encodeURIComponent).join("/")}`, entries);
      rmSync(dir, { recursive: true, force: true });
      dir = newDir();
      log = await openStreamsLog({ url, prefix, dir });
      opened.log = withLostAnswers();
    },
    loseNextAnswer() {
      answersToLose += 1;
    },
  };

  function withLostAnswers(): EventLog {
    return {
      ...log,
      async append(stream, commits) {
        const result = await log.append(stream, commits);
        if (answersToLose === 0) return result;
        answersToLose -= 1;
        throw new PortError("The answer was lost.", { code: "timeout", retryable: true });
      },
    };
  }

  opened.log = withLostAnswers();
  return opened;
}

interface Message {
  v: number;
  c: unknown;
}

/** Rewrites the stream with these entries in their places: servers do not allow edits in place. */
async function plantIn(url: string, entries: readonly { version: number; text: string }[]): Promise<void> {
  const answer = await fetch(`${url}?offset=-1`);
  const messages = new Map((answer.ok ? ((await answer.json()) as Message[]) : []).map((one) => [one.v, one]));
  for (const { version, text } of entries) messages.set(version, { v: version, c: readable(text) ?? text });
  await fetch(url, { method: "DELETE" });
  const headers = { "content-type": "application/json" };
  await fetch(url, { method: "PUT", headers });
  const body = JSON.stringify([...messages.values()].sort((a, b) => a.v - b.v));
  const seq = String([...messages.keys()].sort((a, b) => b - a)[0] ?? 0).padStart(16, "0");
  const written = await fetch(url, { method: "POST", headers: { ...headers, "Stream-Seq": seq }, body });
  if (!written.ok) throw new Error(`not planted: ${written.status}`);
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
