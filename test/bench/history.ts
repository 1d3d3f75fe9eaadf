import type { Commit } from "../../src/core/room/commit.js";
import type { EventLog } from "../../src/ports/event-log.js";
import type { Runtime } from "../../src/runtime/node/runtime.js";
import { filler } from "./bench-runtime.js";

const batch = 1_000;

/** Messages between people, appended to the log directly: history that no agent works on. */
export async function appendHistory(
  eventLog: EventLog,
  roomId: string,
  options: {
    commits: number;
    from: { version: number; id: string };
    /** Text of the nth, from 1. */
    bodyOf?: (at: number) => string;
  },
): Promise<{ version: number; id: string }> {
  const { commits, from, bodyOf = () => filler } = options;
  let { version, id } = from;
  for (let written = 0; written < commits; written += batch) {
    const chunk: Commit[] = [];
    for (let at = 0; at < Math.min(batch, commits - written); at++) {
      version += 1;
      const commit = historyCommit(version, id, bodyOf(written + at + 1));
      chunk.push(commit);
      id = commit.id;
    }
    const result = await eventLog.append(`room/${roomId}`, chunk);
    if (result.kind !== "appended") throw new Error(`history not written: ${result.kind}`);
  }
  return { version, id };
}

function historyCommit(version: number, parent: string, body: string): Commit {
  const posted = {
    type: "message.posted",
    messageId: `h${version}`,
    from: "mia",
    to: ["mia"],
    body,
    class: "deliver",
    hop: 0,
  };
  return { id: `history-${version}`, version, parent, at: 1_700_000_000_000 + version, by: "mia", events: [posted] };
}

/** Through the room service, so that the room in memory keeps up. */
export async function fillHistory(runtime: Runtime, roomId: string, commits: number): Promise<void> {
  let posted: Promise<unknown>[] = [];
  for (let at = 0; at < commits; at++) {
    posted.push(
      runtime.rooms.execute(roomId, { type: "room.configure", by: { kind: "admin" }, name: `${at} ${filler}` }),
    );
    if (posted.length < batch) continue;
    await Promise.all(posted);
    posted = [];
  }
  await Promise.all(posted);
}
