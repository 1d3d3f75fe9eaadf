import { type IncomingMessage, request } from "node:http";
import { describe, expect, test } from "vitest";
import { until } from "../support/until.js";
import { type Api, createApi, headOf, makeRoom, type TestRoom } from "./support/api.js";
import { checkedFetch } from "./support/check-answer.js";
import { readSse } from "./support/sse.js";
import { auth, useServer } from "./support/use-server.js";

const others = 20;
const body = "z".repeat(30_000);

const { listen } = useServer();

/** A viewer that reads its first frame and then pauses until it is resumed. */
function pausedViewer(url: string, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: auth(token), agent: false }, (response) => {
      response.once("data", (chunk: Buffer) => {
        response.pause();
        response.unshift(chunk);
        resolve(response);
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Ids of the whole frames it still gets, up to where it breaks off. */
async function restOf(response: IncomingMessage): Promise<string[]> {
  let text = "";
  let isBroken = false;
  response.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  response.on("error", () => {});
  response.on("close", () => {
    isBroken = true;
  });
  response.resume();
  await until("the paused viewer's connection is closed", () => isBroken);
  expect(response.complete).toBe(false);
  const whole = text.slice(0, text.lastIndexOf("\n\n") + 1);
  return [...whole.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id ?? "");
}

async function idsFrom(api: Api, room: TestRoom): Promise<string[]> {
  const { text } = await api.call("GET", `${room.path}/export`, { token: room.owner });
  const events = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { version: number; index: number });
  return events.map(({ version, index }) => `${version}.${index}`);
}

describe("a viewer that stops reading among many who read", () => {
  test("is cut and resumes exactly, and the others have each message before the next is posted", async () => {
    const api = await createApi();
    const room = await makeRoom(api, { policy: { loopGuard: false } });
    const url = `${await listen(api)}${room.path}/events`;
    const paused = await pausedViewer(url, room.viewer);
    const reading = await Promise.all(
      Array.from({ length: others }, async () => readSse(await checkedFetch(url, { headers: auth(room.viewer) }))),
    );
    const before = await idsFrom(api, room);
    const version = await headOf(api, room.roomId);
    let posted = 0;
    let postedWhenCut = 0;
    while (postedWhenCut === 0 || posted < postedWhenCut + 20) {
      const message = { token: room.member, body: { body, to: ["host"] } };
      expect((await api.call("POST", `${room.path}/messages`, message)).status).toBe(201);
      posted += 1;
      const frames = await Promise.all(reading.map((sse) => sse.nextData()));
      expect(new Set(frames.map((frame) => frame?.id)).size).toBe(1);
      if (postedWhenCut === 0 && api.feeds.viewers() === others) postedWhenCut = posted;
      // The system buffers at most a few MiB for a socket.
      expect(posted).toBeLessThan(800);
    }
    const wanted = (await idsFrom(api, room)).slice(before.length);
    expect(wanted).toHaveLength(posted);
    const [head, ...had] = await restOf(paused);
    expect(head).toBe(String(version));
    expect(had.length).toBeLessThan(posted);
    const cursor = { ...auth(room.viewer), "Last-Event-ID": had.at(-1) ?? String(version) };
    const again = readSse(await checkedFetch(url, { headers: cursor }));
    const resumed = await again.take(wanted.length - had.length);
    expect([...had, ...resumed.map(({ id }) => id)]).toEqual(wanted);
    await Promise.all([...reading, again].map((sse) => sse.cancel()));
  }, 60_000);
});
