import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import type { Skill } from "../../../src/core/roles/skill.js";
import type { DecideGate } from "../../../src/core/room/command.js";
import type { EventOf, EventType, RoomEvent } from "../../../src/core/room/event.js";
import { parseSkill } from "../../../src/runtime/roles/read-skill.js";
import { coderAndReviewer } from "../../emulators/anthropic/scripts/coder-reviewer.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";
import { needsClaudeCode } from "../../support/require.js";
import { createRigs } from "./support/opened.js";

const roomId = "claudecoderoom";
const rigs = createRigs();
const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
  await rigs.stop();
});

function skill(path: string): Skill {
  const parsed = parseSkill(readFileSync(new URL(`../../../skills/${path}/SKILL.md`, import.meta.url), "utf8"));
  if (parsed.kind !== "ok") throw new Error(`${path} has problems: ${JSON.stringify(parsed.problems)}`);
  return parsed.skill;
}

/** A router on memory adapters, two Claude Code agents with Parley's own roles, and mia. */
async function startRoom() {
  const roles: Record<string, Skill> = { coder: skill("roles/coder"), reviewer: skill("roles/reviewer") };
  const rig = await rigs.make({
    script: coderAndReviewer,
    more: { roleOf: (role) => roles[role], messagingSkill: skill("room-messaging").guidance },
  });
  const eventLog = createMemoryEventLog();
  const { runtime } = assembleMemoryRooms({ eventLog, runtimes: { "claude-code": rig.agents }, turnIdleMs: 60_000 });
  runtime.start();
  stopping.push(async () => void (await runtime.stop()));
  const events = async (): Promise<RoomEvent[]> => {
    const entries = await eventLog.read(`room/${roomId}`);
    return entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as RoomEvent[]) : []));
  };
  const eventsOf = async <T extends EventType>(type: T) => {
    const ofType = (await events()).filter((event) => event.type === type);
    return ofType as EventOf<EventType>[] as EventOf<T>[];
  };
  const agents = ["coder", "reviewer"].map((name) => ({ name, role: name, runtime: "claude-code" }));
  await runtime.rooms.execute(roomId, {
    type: "room.create",
    by: { kind: "admin" },
    name: "Greetings",
    owner: "mia",
    agents,
    policy: {},
    invites: [],
  });
  const by = { kind: "person", name: "mia" } as const;
  const decide = (opened: EventOf<"gate.opened">, more: Pick<DecideGate, "action"> & Partial<DecideGate>) => {
    const { gateId, hash } = opened;
    return runtime.rooms.execute(roomId, {
      type: "gate.decide",
      by,
      gateId,
      hash,
      opened,
      messageId: `d-${gateId}`,
      ...more,
    });
  };
  const say = (body: string) => runtime.rooms.execute(roomId, { type: "message.post", by, messageId: "m1", body });
  return { rig, eventsOf, decide, say };
}

/** Answers every gate as it opens, until `DONE:` is posted. */
async function playUntilDone({ eventsOf, decide }: Awaited<ReturnType<typeof startRoom>>): Promise<void> {
  const decided = new Set<string>();
  const look = async () => {
    for (const gate of await eventsOf("gate.opened")) {
      if (decided.has(gate.gateId)) continue;
      decided.add(gate.gateId);
      if (gate.kind === "question") await decide(gate, { action: "answer", body: "Good day" });
      else await decide(gate, { action: "allow" });
    }
    return (await eventsOf("message.posted")).some(({ body }) => body.startsWith("DONE:"));
  };
  await expect.poll(look, { timeout: 60_000, interval: 50 }).toBe(true);
}

needsClaudeCode()("a room of two Claude Code agents", () => {
  test("finishes a piece of work by messages, a person answering and allowing", async () => {
    const room = await startRoom();
    await room.say("@coder please write a greeting script");
    await playUntilDone(room);

    const said = (await room.eventsOf("message.posted")).map(({ from, to, body }) => [from, to, body.split(" ")[0]]);
    expect(said).toEqual([
      ["mia", ["coder"], expect.any(String)],
      ["coder", ["reviewer"], "REVIEW_REQUEST:"],
      ["reviewer", ["coder"], "REVIEW_FEEDBACK:"],
      ["coder", ["reviewer"], "REVIEW_REQUEST:"],
      ["reviewer", ["coder"], "APPROVED:"],
      ["coder", "room", "DONE:"],
    ]);
    const gates = await room.eventsOf("gate.opened");
    expect(new Set(gates.map(({ kind, from }) => `${kind} of ${from}`))).toEqual(
      new Set(["question of coder", "tool of coder"]),
    );
    const coder = (await room.rig.sandboxes.list()).find(({ labels }) => labels.agent === "coder");
    const { work } = room.rig.folderOf({ roomId, name: "coder", sessionId: coder?.labels.session ?? "" });
    expect(await readFile(join(work, "greet.sh"), "utf8")).toBe('#!/bin/sh\nset -eu\necho "Good day, $1"\n');
    await expect.poll(async () => (await room.eventsOf("turn.ended")).length, { timeout: 10_000 }).toBeGreaterThan(4);
    expect((await room.eventsOf("turn.ended")).map(({ outcome }) => outcome)).not.toContain("failed");
    expect(room.rig.emulator.requests.all.flatMap(({ refusal }) => refusal ?? [])).toEqual([]);
  }, 180_000);

  test("whose sandboxes die in the middle finishes all the same, and says nothing twice", async () => {
    const room = await startRoom();
    await room.say("@coder please write a greeting script");
    await expect.poll(async () => (await room.eventsOf("gate.opened")).length, { timeout: 20_000 }).toBe(1);
    await room.rig.kill();
    await expect.poll(async () => (await room.eventsOf("gate.reasked")).length, { timeout: 30_000 }).toBe(1);
    await playUntilDone(room);
    const lost = (await room.eventsOf("turn.ended")).filter(({ outcome }) => outcome === "lost");
    expect(lost).toHaveLength(1);
    expect((await room.eventsOf("gate.opened")).filter(({ kind }) => kind === "question")).toHaveLength(1);
    const bodies = (await room.eventsOf("message.posted")).map(({ from, body }) => `${from}: ${body}`);
    expect(new Set(bodies).size).toBe(bodies.length);
    expect(bodies.filter((body) => body.startsWith("coder: DONE:"))).toHaveLength(1);
  }, 180_000);
});
