import { expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import type { Agents, Output } from "../../../src/ports/agents.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";

/** An agent that answers a message, ends its turn, and continues by itself. */
function agentThatGoesOn(): Agents {
  return {
    list: async () => [],
    check: async () => ({ ok: true }),
    open: async () => {
      let push: (outputs: Output[]) => void = () => {};
      const handed = new Promise<Output[]>((resolve) => {
        push = resolve;
      });
      async function* outputs(): AsyncGenerator<Output> {
        yield* await handed;
      }
      const block = (outputId: string, text: string): Output => ({ kind: "block", outputId, index: 0, text });
      const done: Output = { kind: "turnEnded", outcome: "done" };
      return {
        outputs: outputs(),
        send: async () => push([block("o1", "@mia first"), done, block("o2", "@mia and another thing"), done]),
        answer: async () => {},
        interrupt: async () => {},
        close: async () => {},
      };
    },
  };
}

test("an agent that keeps working after its turn ended gets a turn of its own, and its messages arrive", async () => {
  const eventLog = createMemoryEventLog();
  const { runtime } = assembleMemoryRooms({ eventLog, runtimes: { own: agentThatGoesOn() } });
  runtime.start();
  const agents = [{ name: "coder", role: "agent", runtime: "own" }];
  await runtime.rooms.execute("aroom", {
    type: "room.create",
    by: { kind: "admin" },
    name: "a",
    owner: "mia",
    agents,
    policy: {},
    invites: [],
  });
  const sent = {
    type: "message.post",
    by: { kind: "person", name: "mia" },
    messageId: "m1",
    body: "@coder go",
  } as const;
  const { version } = (await runtime.rooms.execute("aroom", sent)) as { version: number };
  // start, say, end, and the same again
  await runtime.rooms.read("aroom", () => true, { atLeast: version + 6 });
  const entries = await eventLog.read("room/aroom", { after: version });
  const seen = entries.flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));
  expect(seen.map(({ type }) => type)).toEqual([
    "turn.started",
    "message.posted",
    "turn.ended",
    "turn.started",
    "message.posted",
    "turn.ended",
  ]);
  await runtime.stop();
});
