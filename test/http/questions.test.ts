import { describe, expect, test } from "vitest";
import { sha256 } from "../support/sha256.js";
import { type Api, createApi, headOf, makeRoom, type TestRoom } from "./support/api.js";

const content = {
  v: 2,
  questions: [
    {
      id: "format",
      text: "Which format?",
      options: [{ label: "json" }, { label: "text", description: "for people" }],
      multiple: false,
      freeText: false,
    },
    { id: "where", text: "Where to?", options: [{ label: "disk" }, { label: "web" }], multiple: true, freeText: true },
  ],
};

/** `coder` asks both questions in one gate, in the middle of a turn. */
async function askBoth(api: Api, { roomId }: TestRoom): Promise<void> {
  const turnId = api.deps.ids.next();
  const messageId = api.deps.ids.next();
  await api.rooms.execute(roomId, {
    type: "message.post",
    by: { kind: "admin" },
    messageId,
    body: "go",
    to: ["coder"],
  });
  await api.rooms.execute(roomId, {
    type: "turn.start",
    agent: "coder",
    turnId,
    node: "test",
    boot: api.runtime.instance,
  });
  const asked = await api.rooms.execute(roomId, {
    type: "turn.ask",
    agent: "coder",
    turnId,
    requestId: "r1",
    askKind: "question",
    title: "Two things",
    body: "Two things, please",
    content,
  });
  if (asked.kind !== "accepted") throw new Error(JSON.stringify(asked));
}

async function setUp() {
  const api = await createApi();
  const room = await makeRoom(api);
  await askBoth(api, room);
  const gates = async () => (await api.call("GET", `${room.path}/gates`, { token: room.approver })).json.gates;
  const [gate] = await gates();
  const decide = (body: object, token = room.approver) =>
    api.call("POST", `${room.path}/gates/${gate.gateId}/decision`, { token, body: { hash: gate.hash, ...body } });
  return { api, room, gate, gates, decide };
}

/** How the gate ended, as the room's log has it. */
async function resolvedIn(api: Api, { path, owner }: TestRoom): Promise<object | undefined> {
  const { text } = await api.call("GET", `${path}/export`, { token: owner });
  const events = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  return events.find(({ type }) => type === "gate.resolved");
}

describe("a gate with several questions", () => {
  test("shows them under a hash of version 2, which holds the questions too", async () => {
    const { gate } = await setUp();
    expect(gate).toMatchObject({
      kind: "question",
      from: "coder",
      body: "Two things, please",
      content,
      hashVersion: 2,
    });
    const shown = [gate.gateId, gate.kind, gate.from, gate.to, gate.body, gate.options, gate.content];
    expect(gate.hash).toBe(sha256(`parley-gate-2\n${JSON.stringify(shown)}`));
  });

  test("takes an answer for each question, which the log keeps for the agent", async () => {
    const { api, room, gate, gates, decide } = await setUp();
    const choices = { format: { options: ["json"] }, where: { options: ["disk", "web"], text: "and tape" } };
    const decided = await decide({ action: "answer", choices });
    expect([decided.status, decided.json]).toEqual([
      200,
      { outcome: "answered", by: "ann", version: await headOf(api, room.roomId) },
    ]);
    expect(await gates()).toEqual([]);
    const resolved = await resolvedIn(api, room);
    expect(resolved).toMatchObject({ gateId: gate.gateId, outcome: "answered", by: "ann", choices });
  });

  test("takes an answer to one of them alone, and one in words where words are asked for", async () => {
    const { api, room, decide } = await setUp();
    expect((await decide({ action: "answer", choices: { where: { options: [], text: "to the moon" } } })).status).toBe(
      200,
    );
    const resolved = await resolvedIn(api, room);
    expect(resolved).toMatchObject({ outcome: "answered", choices: { where: { options: [], text: "to the moon" } } });
  });

  test.each<[string, object, string[]]>([
    ["an unknown question", { colour: { options: ["red"] } }, ["choices", "colour"]],
    ["a name that every object has", { constructor: { options: ["red"] } }, ["choices", "constructor"]],
    ["an unknown option", { format: { options: ["yaml"] } }, ["choices", "format"]],
    ["the option of another question", { format: { options: ["disk"] } }, ["choices", "format"]],
    ["two options where one is asked for", { format: { options: ["json", "text"] } }, ["choices", "format"]],
    ["words where options are asked for", { format: { options: [], text: "yaml" } }, ["choices", "format"]],
    [
      "a wrong one beside a right one",
      { where: { options: ["web"] }, format: { options: ["yaml"] } },
      ["choices", "format"],
    ],
    ["no answer at all", {}, ["body"]],
    ["a question without a choice", { format: { options: [] } }, ["body"]],
    ["a choice that is not a list", { format: { options: "json" } }, ["choices", "format", "options"]],
    ["a choice of another form", { format: ["json"] }, ["choices", "format"]],
    ["a member that no choice has", { format: { options: ["json"], why: "it is short" } }, ["choices", "format"]],
    ["choices that are not an object", ["json"], ["choices"]],
  ])("refuses %s and decides nothing", async (_, choices, path) => {
    const { api, room, gate, gates, decide } = await setUp();
    const before = await headOf(api, room.roomId);
    const refused = await decide({ action: "answer", choices });
    expect([refused.status, refused.json.code, refused.json.issues[0].path]).toEqual([422, "invalid", path]);
    expect(await headOf(api, room.roomId)).toBe(before);
    expect(await gates()).toEqual([gate]);
    expect((await decide({ action: "answer", choices: { format: { options: ["json"] } } })).status).toBe(200);
  });

  test("refuses choices from a member and a viewer, and under a hash of other questions", async () => {
    const { room, gates, decide } = await setUp();
    const answer = { action: "answer", choices: { format: { options: ["json"] } } };
    for (const token of [room.member, room.viewer]) expect((await decide(answer, token)).status).toBe(403);
    const changed = await decide({ ...answer, hash: "f".repeat(64) });
    expect([changed.status, changed.json.code]).toEqual([409, "gate_changed"]);
    expect(await gates()).toHaveLength(1);
    expect((await decide(answer)).status).toBe(200);
  });
});
