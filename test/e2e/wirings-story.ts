import { expect } from "vitest";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import {
  type Answer,
  type CreatedRoom,
  call,
  eventually,
  exportEvents,
  type GateSeen,
  type LoggedEvent,
} from "../support/parley-client.js";
import { openStream, type Stream } from "../support/sse.js";
import { until } from "../support/until.js";

/** Where people find Parley: one process, or several that serve the same rooms. */
export interface Wiring {
  urls: readonly string[];
  adminToken: string;
}

type RoomSeen = AnswerOf<"getRoom"> & { gates: GateSeen[] };

const patienceMs = 60_000;
const agents = [
  {
    name: "coder",
    role: "coder",
    runtime: "scripted",
    script: [
      { match: "^build (\\S+)", reply: "@reviewer look at {1}", delayMs: 5 },
      { match: "^ship (\\S+)", reply: "@human GATE: ship {1}?", delayMs: 5 },
      { match: "^slow", reply: "@mia at last", stream: true, delayMs: 60_000 },
      { match: ".", reply: "@mia coder heard you" },
    ],
  },
  {
    name: "reviewer",
    role: "reviewer",
    runtime: "scripted",
    script: [{ match: "^look at (\\S+)", reply: "@mia {1} is fine", delayMs: 5 }],
  },
  {
    name: "careful",
    role: "planner",
    runtime: "scripted",
    gate: "always",
    script: [{ match: "^plan (\\S+)", reply: "@mia the plan for {1}", delayMs: 5 }],
  },
];

/** Plays a whole room's life over HTTP, every request to the next process, and returns the room's log of it. */
export async function tellStory({ urls, adminToken }: Wiring): Promise<string[]> {
  let asked = 0;
  const nextUrl = () => urls[asked++ % urls.length] as string;
  const ask = <T>(path: string, options: Parameters<typeof call>[1]): Promise<Answer<T>> =>
    call(nextUrl() + path, options);

  const room = await made(
    await ask<CreatedRoom>("/api/rooms", { token: adminToken, body: { name: "Story", owner: "mia", agents } }),
  );
  const path = `/api/rooms/${room.roomId}`;
  const join = async (code: string, name: string) =>
    (await made(await ask<AnswerOf<"joinRoom">>("/api/join", { body: { code, name } }), 200)).token;
  const mia = room.token;
  const ann = await join(room.invites.approver, "ann");
  const max = await join(room.invites.member, "max");
  const vic = await join(room.invites.viewer, "vic");
  expect(
    (await ask("/api/join", { body: { code: `${room.roomId}-wrong-code`, name: "eve" } })).status,
  ).toBeGreaterThanOrEqual(400);

  const look = async (token = mia) => (await ask<RoomSeen>(path, { token })).body;
  const say = (token: string, body: string, to?: string[], key?: string) =>
    ask<AnswerOf<"postMessage">>(`${path}/messages`, {
      token,
      body: { body, ...(to && { to }) },
      ...(key && { key }),
    });
  const post = async (token: string, body: string, to?: string[], key?: string) =>
    made(await say(token, body, to, key));
  const texts = async (token: string) =>
    (await ask<AnswerOf<"listMessages">>(`${path}/messages?limit=100`, { token })).body.messages.map(
      ({ from, body }) => `${from}: ${body}`,
    );
  /** Every process has the text. */
  const heard = async (text: string, token = mia) => {
    for (const _ of urls) await until(text, async () => (await texts(token)).includes(text), patienceMs);
  };
  const openGate = async () =>
    (
      await eventually(
        () => look(ann),
        ({ gates }) => gates.length > 0,
        patienceMs,
      )
    ).gates[0] as GateSeen;
  const decide = (token: string, { gateId, hash }: GateSeen, body: Record<string, unknown>) =>
    ask<Partial<AnswerOf<"decideGate">> & { code?: string }>(`${path}/gates/${gateId}/decision`, {
      token,
      body: { hash, ...body },
    });
  const idle = () =>
    eventually(
      () => look(),
      ({ participants }) => participants.every(({ status, unread = 0 }) => status !== "working" && unread === 0),
      patienceMs,
    );

  const viewers = await Promise.all(urls.map((url) => openStream(`${url}${path}/events`, vic)));

  // A message, once, whatever is sent how often to whom.
  const first = await post(max, "build engine", ["coder"], "key-1");
  for (const _ of urls) expect((await post(max, "build engine", ["coder"], "key-1")).messageId).toBe(first.messageId);
  await heard("reviewer: engine is fine");
  expect((await say(vic, "may I?")).status).toBe(403);
  await idle();

  // A gate: shown at every process, decided once, by people who may.
  await post(mia, "plan tests", ["careful"]);
  const held = await openGate();
  expect((await decide(max, held, { action: "approve" })).status).toBe(403);
  expect((await decide(ann, { ...held, hash: "0".repeat(64) }, { action: "approve" })).status).toBe(409);
  const decided = await Promise.all(
    [1, 2, 3].map(() => decide(ann, held, { action: "edit", body: "the plan, shorter" })),
  );
  expect(decided.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  await heard("careful: the plan, shorter");
  await post(mia, "plan dinner", ["careful"]);
  expect((await decide(ann, await openGate(), { action: "drop", reason: "not now" })).body.outcome).toBe("dropped");
  await idle();
  await post(mia, "ship engine", ["coder"]);
  const question = await openGate();
  expect(
    (await decide(ann, question, { action: question.kind === "message" ? "approve" : "answer", body: "yes" })).status,
  ).toBe(200);
  await idle();

  // While paused, nothing starts; waiting messages are handled afterwards.
  expect((await ask(`${path}/pause`, { method: "POST", token: ann })).status).toBe(200);
  await post(mia, "build wheels", ["coder"]);
  expect((await look()).state).toBe("paused");
  expect((await ask(`${path}/resume`, { method: "POST", token: ann })).status).toBe(200);
  await heard("reviewer: wheels is fine");
  await idle();

  // Stopped from anywhere, wherever it runs.
  await post(mia, "slow please", ["coder"]);
  await eventually(
    () => look(),
    ({ participants }) => participants.some(({ name, status }) => name === "coder" && status === "working"),
    patienceMs,
  );
  expect((await ask(`${path}/agents/coder/interrupt`, { method: "POST", token: ann })).status).toBe(200);
  await idle();
  await post(mia, "hello again", ["coder"]);
  await heard("coder: coder heard you");
  await idle();

  // The participants and the name of the room, the same for everybody.
  expect(
    (
      await ask(`${path}/agents`, {
        token: ann,
        body: { name: "tester", runtime: "scripted", script: [{ match: ".", reply: "@mia tested" }] },
      })
    ).status,
  ).toBe(201);
  await post(mia, "test it", ["tester"]);
  await heard("tester: tested");
  await idle();
  expect((await ask(`${path}/agents/tester`, { method: "DELETE", token: ann })).status).toBe(200);
  expect((await ask(path, { method: "PATCH", token: mia, body: { name: "Renamed" } })).status).toBe(200);
  expect((await ask(`${path}/participants/max`, { method: "DELETE", token: mia })).status).toBe(200);
  for (const _ of urls) {
    expect((await look()).name).toBe("Renamed");
    expect((await say(max, "am I gone?")).status).toBeGreaterThanOrEqual(401);
  }
  expect((await ask(`${path}/close`, { method: "POST", token: mia })).status).toBe(200);
  for (const _ of urls) expect((await say(mia, "hello?")).status).toBe(409);

  await sameForAll({ urls, room, viewers, vic });
  return transcript(await exportEvents(nextUrl(), room.roomId, mia));
}

async function made<T>({ status, body }: Answer<T>, expected = 201): Promise<T> {
  expect(status, JSON.stringify(body)).toBe(expected);
  return body;
}

/** Every process has the same log, and every viewer received every event they may see, in its order, at every process. */
async function sameForAll({
  urls,
  room,
  viewers,
  vic,
}: {
  urls: readonly string[];
  room: CreatedRoom;
  viewers: readonly Stream[];
  vic: string;
}): Promise<void> {
  const logs = await Promise.all(urls.map((url) => exportEvents(url, room.roomId, room.token)));
  for (const log of logs) expect(log).toEqual(logs[0]);
  const versions = [...new Set(logs[0]?.map(({ version }) => version))];
  expect(versions).toEqual(Array.from({ length: versions.length }, (_, index) => index + 1));
  const shown = await exportEvents(urls[0] as string, room.roomId, vic);
  const place = ({ version, index, type }: Record<string, unknown>) => `${version}.${index} ${type}`;
  for (const viewer of viewers) {
    const seen = () =>
      viewer
        .frames()
        .filter(({ version }) => version !== undefined)
        .map(place);
    await until("the viewer has the end", () => seen().some((text) => text.endsWith("room.closed")), patienceMs);
    const from = seen()[0] ?? "";
    const expected = shown.map((event) => place(event));
    expect(seen()).toEqual(expected.slice(expected.indexOf(from)));
    viewer.close();
  }
}

/** The actions of each participant, in order, without ids and without the order between participants, which differ from run to run. */
function transcript(events: readonly LoggedEvent[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { type, from, to, body, agent, name, outcome, by, kind, reason, text } of events) {
    const who = String(agent ?? from ?? name ?? "the room");
    const words = [type, to && `to ${to}`, kind, body, outcome, by && `by ${by}`, reason, text];
    const line = words.filter((word) => word !== undefined && word !== "").join(" ");
    lines.set(who, [...(lines.get(who) ?? []), line]);
  }
  return [...lines]
    .sort(([one], [other]) => one.localeCompare(other))
    .flatMap(([who, done]) => done.map((line) => `${who}: ${line}`));
}
