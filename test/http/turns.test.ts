import { describe, expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { type Api, agentSays, createApi, makeRoom, type TestRoom } from "./support/api.js";
import { endTurn, recordSteps, startTurn } from "./support/turns.js";

const roles = ["owner", "approver", "member", "viewer"] as const;
type Role = (typeof roles)[number];

const marker = "only-for-some";
const tool = { id: "tool-1", name: "Bash" } as const;

/** All kinds of entries, each with the marker. `mark`: as the runtime marks them while the agent is gated. */
const entries = (mark: object, blob: string) => [
  { type: "block", outputId: "o1", index: 0, text: `${marker} text`, ...mark },
  { type: "block", outputId: "o2", index: 0, text: `${marker} below`, subagent: true, parent: "tool-1", ...mark },
  { type: "thinking", text: `${marker} thought`, ...mark },
  { type: "plan", entries: [{ text: `${marker} plan`, state: "pending" }], ...mark },
  { type: "tool", ...tool, phase: "started", summary: `${marker} make`, input: `${marker} input`, ...mark },
  { type: "tool", ...tool, phase: "ended", summary: `${marker} make`, ...mark },
  { type: "tool.result", id: tool.id, ok: true, bytes: 90, text: `${marker} result`, cut: true, blob, ...mark },
  { type: "compaction", summary: `${marker} summary`, ...mark },
];

type End = "runs" | "waits" | "approved" | "dropped" | "edited" | "over";

interface Case {
  /** The agent's messages are held. */
  isHeld: boolean;
  askIn?: "approvers";
  end: End;
  /** The gate policy was lifted since. */
  isLifted?: boolean;
  sees: readonly Role[];
}

const deciders: readonly Role[] = ["owner", "approver"];
const members: readonly Role[] = [...deciders, "member"];

const cases: readonly Case[] = [
  { isHeld: false, end: "runs", sees: members },
  { isHeld: false, end: "over", sees: members },
  { isHeld: true, end: "runs", sees: deciders },
  { isHeld: true, end: "waits", sees: deciders },
  { isHeld: true, end: "approved", sees: members },
  { isHeld: true, end: "dropped", sees: deciders },
  { isHeld: true, end: "edited", sees: deciders },
  { isHeld: true, end: "over", sees: members },
  { isHeld: true, end: "runs", isLifted: true, sees: deciders },
  { isHeld: true, end: "waits", isLifted: true, sees: deciders },
  { isHeld: true, end: "approved", isLifted: true, sees: members },
  { isHeld: true, end: "dropped", isLifted: true, sees: deciders },
  { isHeld: false, askIn: "approvers", end: "over", sees: members },
  { isHeld: true, askIn: "approvers", end: "runs", sees: deciders },
  { isHeld: true, askIn: "approvers", end: "waits", sees: deciders },
  { isHeld: true, askIn: "approvers", end: "approved", sees: members },
  { isHeld: true, askIn: "approvers", end: "dropped", sees: deciders },
  { isHeld: true, askIn: "approvers", end: "edited", sees: deciders },
];

async function playTurn({ isHeld, askIn, end, isLifted }: Case) {
  const clock = createManualClock(1_700_000_000_000);
  const api = await createApi({ clock });
  const policy = { ...(isHeld && { gate: "always" }), ...(askIn && { askIn }) };
  const room = await makeRoom(api, { policy });
  const turnId = await startTurn(api, room.roomId);
  const blob = await api.blobs.put(Buffer.from(`${marker} all of the result`));
  await recordSteps(api, { roomId: room.roomId, turnId }, entries(isHeld ? { gated: true } : {}, blob));
  if (isHeld && end !== "runs" && end !== "over") await agentSays(api, room.roomId, { text: "@room a held message" });
  if (end !== "runs") await endTurn(api, room.roomId, turnId);
  if (end === "approved" || end === "dropped" || end === "edited") await decide(api, room, end);
  if (isLifted)
    await api.call("PATCH", room.path, { token: room.owner, body: { policy: { ...policy, gate: "never" } } });
  await clock.advance(10_000);
  return { api, room, turnId };
}

async function decide(api: Api, room: TestRoom, end: "approved" | "dropped" | "edited"): Promise<void> {
  const { gates } = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json;
  const action = { approved: "approve", dropped: "drop", edited: "edit" }[end];
  const body = { action, hash: gates[0].hash, ...(end === "edited" && { body: "other words" }) };
  const decided = await api.call("POST", `${room.path}/gates/${gates[0].gateId}/decision`, { token: room.owner, body });
  expect(decided.status).toBe(200);
}

describe.each(cases)("steps of a turn: held $isHeld, $end, asked in $askIn, lifted $isLifted", (given) => {
  test(`are for ${given.sees.join(", ")} alone`, async () => {
    const { api, room, turnId } = await playTurn(given);
    for (const role of roles) {
      const may = given.sees.includes(role);
      const token = room[role];
      const steps = await api.call("GET", `${room.path}/turns/${turnId}/steps`, { token });
      const result = await api.call("GET", `${room.path}/turns/${turnId}/results/${tool.id}`, { token });
      const list = await api.call("GET", `${room.path}/agents/coder/turns`, { token });
      expect([role, steps.status, result.status]).toEqual([role, may ? 200 : 403, may ? 200 : 403]);
      expect(list.status).toBe(role === "viewer" ? 403 : 200);
      expect(list.text).not.toContain(marker);
      expect(steps.text.includes(marker)).toBe(may);
      expect(result.text.includes(marker)).toBe(may);
      if (!may) continue;
      expect(steps.json.steps.map(({ type }: { type: string }) => type)).toEqual(
        entries({}, "").map(({ type }) => type),
      );
      expect(steps.text).not.toContain('"gated"');
      expect(steps.text).not.toContain('"held"');
      expect(result.text).toBe(`${marker} all of the result`);
    }
  });
});

describe("where held text is for deciders alone", () => {
  test("a member sees of a turn that runs what says nothing of a question", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { askIn: "approvers" } });
    const turnId = await startTurn(api, room.roomId);
    await recordSteps(api, { roomId: room.roomId, turnId }, [
      { type: "block", outputId: "o", index: 0, text: `open words\n@human GATE: ${marker}?` },
      { type: "thinking", text: marker },
      { type: "tool", ...tool, phase: "started", summary: marker, input: marker, held: true },
      { type: "tool.result", id: tool.id, ok: false, bytes: 5, text: marker, held: true },
      { type: "tool", id: "tool-2", name: "Read", phase: "ended", summary: "a.ts" },
    ]);
    const read = (token: string) => api.call("GET", `${room.path}/turns/${turnId}/steps`, { token });
    const seen = await read(room.member);
    expect(seen.status).toBe(200);
    expect(seen.text).not.toContain(marker);
    expect(seen.text).toContain("open words");
    expect(seen.text).toContain("a.ts");
    expect((await read(room.approver)).text.split(marker)).toHaveLength(6);
  });

  test("a member reads no turn that waits for an answer, and no question of one that was answered", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api, { policy: { askIn: "approvers" } });
    const turnId = await startTurn(api, room.roomId);
    const text = `open words\n@human GATE: ${marker}?`;
    await recordSteps(api, { roomId: room.roomId, turnId }, [{ type: "block", outputId: "o", index: 0, text }]);
    await agentSays(api, room.roomId, { text });
    await endTurn(api, room.roomId, turnId);
    const read = () => api.call("GET", `${room.path}/turns/${turnId}/steps`, { token: room.member });
    expect((await read()).status).toBe(403);
    const { gates } = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json;
    const body = { action: "answer", hash: gates[0].hash, body: "yes" };
    await api.call("POST", `${room.path}/gates/${gates[0].gateId}/decision`, { token: room.owner, body });
    await clock.advance(10_000);
    const seen = await read();
    expect(seen.status).toBe(200);
    expect(seen.text).toContain("open words");
    expect(seen.text).not.toContain(marker);
  });
});

describe("turns", () => {
  test("are listed newest first with their time, cost, models and gates, a page at a time", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      const turnId = await startTurn(api, room.roomId);
      ids.unshift(turnId);
      const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, usd: 0.01 };
      const used = { type: "turn.usage", agent: "coder", turnId, model: "m1", usage } as const;
      await api.rooms.execute(room.roomId, used);
      await api.rooms.execute(room.roomId, used);
      await clock.advance(41_000);
      await endTurn(api, room.roomId, turnId);
    }
    const list = (query: string) => api.call("GET", `${room.path}/agents/coder/turns${query}`, { token: room.member });
    const first = (await list("?limit=2")).json;
    const second = (await list(`?limit=2&before=${first.next}`)).json;
    const third = (await list(`?limit=2&before=${second.next}`)).json;
    const all = [first, second, third].flatMap(({ turns }) => turns);
    expect(all.map(({ turnId }: { turnId: string }) => turnId)).toEqual(ids);
    expect(third.next).toBeUndefined();
    expect(all[0]).toMatchObject({ outcome: "done", models: ["m1"], usage: { usd: 0.02 }, isReadable: true });
    expect(all[0].endedAt - all[0].startedAt).toBe(41_000);
  });

  test("of an agent or with an id that is not there are answered 404", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const turnId = await startTurn(api, room.roomId);
    await recordSteps(api, { roomId: room.roomId, turnId }, [
      { type: "tool.result", id: "short", ok: true, bytes: 2, text: "ok" },
    ]);
    const paths = ["/agents/nobody/turns", "/agents/max/turns", "/turns/none/steps", `/turns/${turnId}/results/none`];
    for (const path of [...paths, `/turns/${turnId}/results/short`]) {
      const answer = await api.call("GET", room.path + path, { token: room.owner });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  test("under way give a late reader all of it so far, and then the rest", async () => {
    const clock = createManualClock(1_700_000_000_000);
    const api = await createApi({ clock });
    const room = await makeRoom(api);
    const turnId = await startTurn(api, room.roomId);
    const say = (text: string) =>
      recordSteps(api, { roomId: room.roomId, turnId }, [{ type: "block", outputId: text, index: 0, text }]);
    const read = async (query: string) =>
      (await api.call("GET", `${room.path}/turns/${turnId}/steps${query}`, { token: room.member })).json;
    const texts = ({ steps }: { steps: { text: string }[] }) => steps.map(({ text }) => text);
    await say("one");
    await say("two");
    const late = await read("");
    expect(texts(late)).toEqual(["one", "two"]);
    expect(texts(await read(`?after=${late.next}`))).toEqual([]);
    await say("three");
    const more = await read(`?after=${late.next}`);
    expect(texts(more)).toEqual(["three"]);
    await endTurn(api, room.roomId, turnId);
    await say("stored a moment later");
    const last = await read(`?after=${more.next}`);
    expect(texts(last)).toEqual(["stored a moment later"]);
    await clock.advance(10_000);
    expect((await read(`?after=${last.next}`)).next).toBeUndefined();
  });
});
