import { expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import type { Agents, Output } from "../../../src/ports/agents.js";
import { maxTurnBytes } from "../../../src/runtime/agents/turn-allowance.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";
import { until } from "../../support/until.js";

const megabyte = 1_024 * 1_024;

/** An agent that sends this many texts of 1 MB in its one turn, and then a message to a person. */
function floodingAgent(texts: number): Agents {
  return {
    list: async () => [],
    check: async () => ({ ok: true }),
    open: async () => {
      let start = () => {};
      const started = new Promise<void>((resolve) => {
        start = resolve;
      });
      async function* outputs(): AsyncGenerator<Output> {
        await started;
        for (let index = 0; index < texts; index++)
          yield { kind: "block", outputId: `o${index}`, index: 0, text: "x".repeat(megabyte) };
        yield { kind: "block", outputId: "last", index: 0, text: "@mia here I am" };
        yield { kind: "turnEnded", outcome: "done" };
      }
      return {
        outputs: outputs(),
        send: async () => start(),
        answer: async () => {},
        interrupt: async () => {},
        close: async () => {},
      };
    },
  };
}

test("150 MB of output in one turn is kept up to the limit, the room is told once, and its message arrives", async () => {
  const eventLog = createMemoryEventLog();
  const { runtime } = assembleMemoryRooms({ eventLog, runtimes: { own: floodingAgent(150) } });
  runtime.start();
  const agents = [{ name: "coder", role: "agent", runtime: "own" }];
  const create = { type: "room.create", by: { kind: "admin" }, name: "a", owner: "mia", policy: {} } as const;
  await runtime.rooms.execute("aroom", { ...create, agents, invites: [] });
  const by = { kind: "person", name: "mia" } as const;
  await runtime.rooms.execute("aroom", { type: "message.post", by, messageId: "m1", body: "@coder go" });
  const eventsOf = async (stream: string) => {
    const events: { type: string; text?: string; from?: string }[] = [];
    for (let after = 0; ; ) {
      const entries = await eventLog.read(stream, { after });
      if (entries.length === 0) return events;
      for (const entry of entries) if (entry.kind === "commit") events.push(...entry.commit.events);
      after = entries.at(-1)?.version ?? after;
    }
  };
  await until("its turn ended", async () => (await eventsOf("room/aroom")).some(({ type }) => type === "turn.ended"));
  await runtime.stop();
  const journal = await eventsOf("agent/aroom/coder");
  expect(JSON.stringify(journal).length).toBeLessThan(maxTurnBytes + megabyte);
  expect(journal.filter(({ type }) => type === "block")[0]?.text).toContain(
    "[Parley cut this text here: it had 1048576",
  );
  expect(journal.at(-1)?.text).toContain("The rest of this turn is not kept");
  const room = await eventsOf("room/aroom");
  const warnings = room.filter(({ type, text }) => type === "notice.posted" && text?.includes("record"));
  expect(warnings).toHaveLength(1);
  expect(room.some(({ type, from }) => type === "message.posted" && from === "coder")).toBe(true);
});
