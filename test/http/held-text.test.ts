import { describe, expect, test } from "vitest";
import { until } from "../support/until.js";
import { agentSays, createApi, makeRoom } from "./support/api.js";
import { readSse } from "./support/sse.js";

const heldText = "the-held-secret";
const original = "original-wording";

async function gatedRoom(policy: object) {
  const api = await createApi();
  const room = await makeRoom(api, { policy: { gate: "always", ...policy } });
  return { api, room };
}

describe("held text", () => {
  test.each([
    { policy: {}, sees: ["owner", "approver", "member"], blind: ["viewer"] },
    { policy: { askIn: "approvers" }, sees: ["owner", "approver"], blind: ["member", "viewer"] },
  ] as const)("with $policy reaches $sees and never $blind, on any path", async ({ policy, sees, blind }) => {
    const { api, room } = await gatedRoom(policy);
    const open = async (token: string) =>
      readSse(await api.send("GET", `${room.path}/events?after=0&activity=1`, { token }));
    const people = { owner: room.owner, approver: room.approver, member: room.member, viewer: room.viewer };
    const streams = Object.fromEntries(
      await Promise.all(Object.entries(people).map(async ([role, token]) => [role, await open(token)])),
    );
    await agentSays(api, room.roomId, { text: `@room ${heldText} one` });
    await agentSays(api, room.roomId, { text: `@room ${original} two` });
    await agentSays(api, room.roomId, { text: `@human GATE: ${heldText} question` });
    const { gates } = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json;
    expect(gates).toHaveLength(3);
    const turnId = "any";
    api.activity.publish(room.roomId, { type: "activity.text", agent: "coder", turnId, text: heldText });
    api.runtime.cache.get(room.roomId);
    const decide = (at: number, body: object) =>
      api.call("POST", `${room.path}/gates/${gates[at].gateId}/decision`, {
        token: room.approver,
        body: { hash: gates[at].hash, ...body },
      });
    expect((await decide(0, { action: "drop", reason: heldText })).status).toBe(200);
    expect((await decide(1, { action: "edit", body: "the released wording" })).status).toBe(200);

    const read = async (role: string) => {
      const token = people[role as keyof typeof people];
      for (
        let data = await streams[role].nextData();
        data?.data.body !== "the released wording" || data.data.type !== "message.posted";
      ) {
        data = await streams[role].nextData();
      }
      const paths = ["", "/gates", "/messages", "/export", "/export?format=md", "/agents/coder/events?after=0"];
      let bytes = streams[role].seen();
      for (const path of paths) {
        if (path.includes("/agents/")) continue;
        bytes += (await api.call("GET", room.path + path, { token })).text;
      }
      return bytes;
    };
    for (const role of sees) expect(await read(role)).toContain(heldText);
    for (const role of blind) {
      const bytes = await read(role);
      expect(bytes).not.toContain(heldText);
      expect(bytes).not.toContain(original);
      expect(bytes).toContain("gate.opened");
      expect(bytes).toContain("the released wording");
    }
  });

  test("of a gated agent is not in its work either: stream and activity are for those who decide", async () => {
    const { api, room } = await gatedRoom({});
    const work = (token: string) => api.send("GET", `${room.path}/agents/coder/events?after=0`, { token });
    for (const token of [room.member, room.viewer]) expect((await work(token)).status).toBe(403);
    const approver = await work(room.approver);
    expect(approver.status).toBe(200);
    await approver.body?.cancel();
    const blind = readSse(await api.send("GET", `${room.path}/events?activity=1`, { token: room.member }));
    const sees = readSse(await api.send("GET", `${room.path}/events?activity=1`, { token: room.approver }));
    const shown = { type: "activity.text", agent: "coder", turnId: "t", text: heldText } as const;
    api.activity.publish(room.roomId, shown);
    expect((await sees.nextData())?.data).toEqual(shown);
    await api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body: "mark", to: ["max"] } });
    expect((await blind.nextData())?.data.body).toBe("mark");
    expect(blind.seen()).not.toContain(heldText);

    await api.call("PATCH", room.path, { token: room.owner, body: { policy: { gate: "never" } } });
    await blind.nextData();
    api.activity.publish(room.roomId, { ...shown, text: " and then" });
    expect((await blind.nextData())?.data).toMatchObject({ text: " and then" });
    const watching = readSse(await work(room.viewer));
    await watching.next();
    await api.call("PATCH", `${room.path}/agents/coder`, { token: room.owner, body: { gate: "always" } });
    expect(await watching.nextData(1_000)).toBeUndefined();
    for (const sse of [blind, sees]) await sse.cancel();
  });

  test("stays with those who decide in the agent's stored stream, also when its gate is lifted", async () => {
    const script = [{ match: "^say (.+)", work: [{ tool: "Edit", input: "{1}", ms: 1 }], reply: "@max {1}" }];
    const { api, room } = await gatedRoom({});
    await api.call("POST", `${room.path}/agents`, { token: room.owner, body: { name: "teller", script } });
    api.runtime.start();
    const say = async (text: string) => {
      const { version } = (
        await api.call("POST", `${room.path}/messages`, {
          token: room.owner,
          body: { body: `say ${text}`, to: ["teller"] },
        })
      ).json;
      const settled = `${room.path}?atLeast=${version + 3}`;
      await until(
        "the turn is over",
        async () => (await api.call("GET", settled, { token: room.owner })).json.version >= version + 3,
      );
    };
    await say(heldText);
    const { gates } = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json;
    const decision = { token: room.owner, body: { action: "drop", hash: gates[0].hash } };
    await api.call("POST", `${room.path}/gates/${gates[0].gateId}/decision`, decision);
    await api.call("PATCH", room.path, { token: room.owner, body: { policy: { gate: "never" } } });
    await say("something for all");
    const read = async (token: string) => {
      const sse = readSse(await api.send("GET", `${room.path}/agents/teller/events?after=0`, { token }));
      while (!sse.seen().includes("something for all")) await sse.nextData();
      await sse.cancel();
      return sse.seen();
    };
    for (const token of [room.owner, room.approver]) expect(await read(token)).toContain(heldText);
    for (const token of [room.member, room.viewer]) expect(await read(token)).not.toContain(heldText);
    await api.runtime.stop();
  });

  test("stops reaching members the moment the room asks approvers alone", async () => {
    const { api, room } = await gatedRoom({});
    const sse = readSse(await api.send("GET", `${room.path}/events`, { token: room.member }));
    await api.call("PATCH", room.path, {
      token: room.owner,
      body: { policy: { gate: "always", askIn: "approvers" } },
    });
    await agentSays(api, room.roomId, { text: `@room ${heldText}` });
    let frame = await sse.nextData();
    while (frame?.data.type !== "gate.opened") frame = await sse.nextData();
    expect(sse.seen()).not.toContain(heldText);
    await sse.cancel();
  });
});

describe("activity", () => {
  test("shows a late watcher the turn so far, then live output, without ids", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const text = (words: string) =>
      api.activity.publish(room.roomId, { type: "activity.text", agent: "coder", turnId: "t1", text: words });
    text("one ");
    text("two ");
    const early = readSse(await api.send("GET", `${room.path}/events?activity=1`, { token: room.viewer }));
    const plain = readSse(await api.send("GET", `${room.path}/events`, { token: room.viewer }));
    text("three");
    const frames = await early.take(2);
    expect(frames.map(({ data, id }) => [id, data.type, data.text])).toEqual([
      [undefined, "activity.snapshot", "one two "],
      [undefined, "activity.text", "three"],
    ]);
    const late = readSse(await api.send("GET", `${room.path}/events?activity=1`, { token: room.viewer }));
    expect((await late.nextData())?.data.text).toBe("one two three");
    await api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body: "mark" } });
    expect((await plain.nextData())?.data.type).toBe("message.posted");
    for (const sse of [early, late, plain]) await sse.cancel();
  });
});
