import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../adapters/memory/ids.js";
import { createMemoryNodes, createNodeTable } from "../../../adapters/memory/nodes.js";
import type { Command } from "../../../src/core/room/command.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import type { NodeInfo, Nodes } from "../../../src/ports/nodes.js";
import { checkFormat, createLogFormat, formatStream, readFormat } from "../../../src/runtime/rooms/format.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";

const clock = createManualClock(1_700_000_000_000);
const formatOf = (
  eventLog: EventLog,
  more: { nodes?: Nodes; known?: number; onlyNode?: boolean; seed?: number } = {},
) => createLogFormat({ eventLog, clock, ids: createSeededIds(more.seed ?? 1), node: "one", onlyNode: true, ...more });

describe("the format of the log", () => {
  test("is 1 where the log says nothing", async () => {
    const log = createMemoryEventLog();
    expect(await readFormat(log)).toBe(1);
    await formatOf(log).ensure(1);
    expect(await log.head(formatStream)).toBeUndefined();
  });

  test("is raised once, however many ask at the same time, and stays", async () => {
    const log = createMemoryEventLog();
    const [one, two] = [formatOf(log), formatOf(log, { seed: 2 })];
    const answers = await Promise.all([one.ensure(2), two.ensure(2), one.ensure(2), two.ensure(2)]);
    expect(answers).toEqual([undefined, undefined, undefined, undefined]);
    expect(await log.read(formatStream)).toMatchObject([
      { version: 1, commit: { by: "parley", events: [{ type: "format.raised", format: 2, by: "one" }] } },
    ]);
    expect(one.current).toBe(2);
    expect(await readFormat(log)).toBe(2);
  });

  test("is not raised above what this process knows", async () => {
    const log = createMemoryEventLog();
    const refused = await formatOf(log, { known: 1 }).ensure(2);
    expect(refused?.detail).toContain("this process knows formats up to 1");
    expect(await readFormat(log)).toBe(1);
  });

  test("of a later version prevents the start, with an explanation", async () => {
    const log = createMemoryEventLog();
    await formatOf(log).ensure(2);
    await checkFormat(log, 2);
    const refusal = await checkFormat(log, 1).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "refused", retryable: false });
    expect(String(refusal)).toMatch(/format 2.*knows formats up to 1.*Start the later version again/);
  });

  test("that cannot be read keeps it from starting too", async () => {
    const log = createMemoryEventLog();
    const events = [{ type: "format.raised", format: "two" }];
    await log.append(formatStream, [{ id: "c1", version: 1, parent: "", at: 0, by: "parley", events }]);
    await expect(checkFormat(log)).rejects.toMatchObject({ code: "corrupt" });
  });
});

describe("a fleet", () => {
  const present = (...nodes: NodeInfo[]): Nodes => {
    const table = createNodeTable();
    for (const node of nodes) table.present.set(node.name, node);
    return createMemoryNodes({ info: { name: "one", runtimes: [] }, table });
  };
  const [one, two] = [
    { name: "one", runtimes: [], format: 2 },
    { name: "two", runtimes: [], format: 2 },
  ];

  test("raises it when every live process knows it", async () => {
    const log = createMemoryEventLog();
    expect(await formatOf(log, { onlyNode: false, nodes: present(one, two) }).ensure(2)).toBeUndefined();
    expect(await readFormat(log)).toBe(2);
  });

  test.each<[string, Nodes | undefined, string]>([
    ["one is older than the number", present(one, { name: "old", runtimes: [] }), "old does not know"],
    ["one knows less", present(one, { ...two, format: 1 }), "two does not know"],
    ["nobody can say who is there", { ...present(one), present: () => undefined }, "try again"],
    ["they cannot see each other", undefined, "REDIS_URL"],
  ])("does not raise it when %s", async (_when, nodes, words) => {
    const log = createMemoryEventLog();
    const refused = await formatOf(log, { onlyNode: false, ...(nodes && { nodes }) }).ensure(2);
    expect(refused).toMatchObject({ code: "format_not_raised", detail: expect.stringContaining(words) });
    expect(await log.head(formatStream)).toBeUndefined();
  });
});

describe("a room", () => {
  const roomId = "formatroom";
  const ask = { type: "turn.ask", agent: "coder", turnId: "t1", requestId: "r1", askKind: "question" } as const;
  const withContent: Command = { ...ask, title: "q", body: "Which?", content: { v: 2, questions: [] } };

  async function openRoom(nodes?: Nodes) {
    const log = createMemoryEventLog();
    const { rooms } = assembleMemoryRooms({
      eventLog: log,
      clock,
      ids: createSeededIds(1),
      node: "one",
      onlyNode: nodes === undefined,
      ...(nodes && { nodes }),
    });
    const agents = [{ name: "coder", role: "agent", runtime: "none" }];
    const room = { name: "room", owner: "mia", agents, policy: {}, invites: [] };
    await rooms.execute(roomId, { type: "room.create", by: { kind: "admin" }, ...room });
    const by = { kind: "person", name: "mia" } as const;
    await rooms.execute(roomId, { type: "message.post", by, messageId: "m1", body: "@coder go" });
    await rooms.execute(roomId, { type: "turn.start", agent: "coder", turnId: "t1", node: "one", boot: "b" });
    return { log, rooms };
  }

  test("writes what needs a later format only after it was raised", async () => {
    const { log, rooms } = await openRoom();
    expect(await log.head(formatStream)).toBeUndefined();
    const order: string[] = [];
    const append = log.append.bind(log);
    log.append = (stream, commits) => {
      order.push(stream);
      return append(stream, commits);
    };
    const both = [
      rooms.execute(roomId, withContent),
      rooms.execute(roomId, { ...ask, requestId: "r2", title: "q", body: "x" }),
    ];
    for (const executed of await Promise.all(both)) expect(executed.kind).toBe("accepted");
    expect(order.filter((stream) => stream === formatStream)).toHaveLength(1);
    const entries = await log.read(`room/${roomId}`, { reverse: true, limit: 2 });
    expect(JSON.stringify(entries)).toContain('"content":{"v":2');
    expect(order.indexOf(formatStream)).toBeLessThan(order.lastIndexOf(`room/${roomId}`));
  });

  test("refuses it with an explanation while an older process lives, and continues with everything else", async () => {
    const table = createNodeTable();
    table.present.set("one", { name: "one", runtimes: [], format: 2 });
    table.present.set("old", { name: "old", runtimes: [] });
    const { log, rooms } = await openRoom(createMemoryNodes({ info: { name: "one", runtimes: [] }, table }));
    const before = await log.head(`room/${roomId}`);
    const refused = await rooms.execute(roomId, withContent);
    expect(refused).toMatchObject({
      kind: "rejected",
      rejection: { detail: expect.stringContaining("old does not know") },
    });
    expect(await log.head(`room/${roomId}`)).toEqual(before);
    expect((await rooms.execute(roomId, { ...ask, title: "q", body: "Which?" })).kind).toBe("accepted");
    table.present.delete("old");
    expect((await rooms.execute(roomId, { ...withContent, requestId: "r3" } as Command)).kind).toBe("accepted");
  });
});
