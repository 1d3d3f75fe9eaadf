import { afterEach, expect, test } from "vitest";
import { createHttpFleetCalls, fleetCallPath } from "../../../adapters/fleet-http/fleet-calls.js";
import { sign, signatureHeader } from "../../../adapters/fleet-http/signature.js";
import { describeFleetCalls } from "../../contract/fleet-calls.js";
import { serveMount } from "../../support/mount-server.js";
import { realClock } from "../../support/stub-clock.js";

const key = new TextEncoder().encode("a key of the fleet");
const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

async function listen(handle: (request: Request) => Promise<Response>): Promise<string> {
  const { url, close } = await serveMount(handle);
  closes.push(close);
  return url;
}

/** The processes `one` and `two`, each at its own server. `change`: what a network does to the answers of `two`. */
async function openFleet({ change = async (response: Response) => response, keyOfTwo = key } = {}) {
  const urls = new Map<string, string>();
  const open = (node: string, ownKey: Uint8Array) =>
    createHttpFleetCalls({
      node,
      key: ownKey,
      ownUrl: () => urls.get(node),
      urlOf: (name) => urls.get(name),
      clock: realClock,
    });
  const [one, two] = [open("one", key), open("two", keyOfTwo)];
  urls.set("one", await listen(one.mount.handle));
  urls.set("two", await listen(async (request) => change(await two.mount.handle(request))));
  closes.push(one.close, two.close);
  return { one, two, urls };
}

describeFleetCalls({ name: "HTTP", open: async () => ({ ...(await openFleet()), close: async () => undefined }) });

const refused = { code: "unavailable" };
const inTime = { timeoutMs: 5_000 };

/** A call as `one` makes it, sent to `two` with something changed. */
async function sendTo(url: string, how: { body?: object; signedWith?: Uint8Array; signature?: string } = {}) {
  const body = JSON.stringify({ from: "one", to: "two", atMs: Date.now(), request: "x", ...how.body });
  const signature = how.signature ?? sign(how.signedWith ?? key, ["call", body]);
  return fetch(new URL(fleetCallPath, url), { method: "POST", body, headers: { [signatureHeader]: signature } });
}

test.each<[string, Parameters<typeof sendTo>[1], number]>([
  ["a call as it should be", {}, 200],
  ["signed with another key", { signedWith: new TextEncoder().encode("another key") }, 401],
  ["without a signature", { signature: "" }, 401],
  ["signed as an answer", { signature: sign(key, ["answer", "x", "x"]) }, 401],
  ["recorded a while ago", { body: { atMs: Date.now() - 31_000 } }, 401],
  ["from a clock that is far ahead", { body: { atMs: Date.now() + 60_000 } }, 401],
  ["without a time", { body: { atMs: "now" } }, 401],
  ["meant for another process", { body: { to: "one" } }, 421],
])("answers with the status of its kind: %s", async (_name, how, status) => {
  const { two, urls } = await openFleet();
  let asked = 0;
  two.serve(async () => {
    asked += 1;
    return "answer";
  });
  expect((await sendTo(urls.get("two") ?? "", how)).status).toBe(status);
  expect(asked).toBe(status === 200 ? 1 : 0);
});

test("an answer that the process did not sign is refused", async () => {
  const forged = async (response: Response) => new Response(JSON.stringify("forged"), { headers: response.headers });
  const { one, two } = await openFleet({ change: forged });
  two.serve(async () => "true");
  await expect(one.call("two", 1, inTime)).rejects.toMatchObject(refused);
});

test("the answer to another call is refused", async () => {
  let first: { text: string; headers: Headers } | undefined;
  const replay = async (response: Response) => {
    first ??= { text: await response.clone().text(), headers: response.headers };
    return new Response(first.text, { headers: first.headers });
  };
  const { one, two } = await openFleet({ change: replay });
  two.serve(async (_from, request) => request);
  expect(await one.call("two", "a", inTime)).toBe("a");
  await expect(one.call("two", "b", inTime)).rejects.toMatchObject(refused);
});

test("a process with another secret is not believed and believes nobody", async () => {
  const { one, two } = await openFleet({ keyOfTwo: new TextEncoder().encode("another fleet") });
  one.serve(async () => 1);
  two.serve(async () => 2);
  await expect(one.call("two", 1, inTime)).rejects.toMatchObject(refused);
  await expect(two.call("one", 1, inTime)).rejects.toMatchObject(refused);
});

test("a call without an answer in time is rejected", async () => {
  const { one, two } = await openFleet();
  let release = () => {};
  const waits = new Promise<void>((resolve) => {
    release = resolve;
  });
  two.serve(async () => {
    await waits;
    return "late";
  });
  await expect(one.call("two", 1, { timeoutMs: 50 })).rejects.toMatchObject(refused);
  release();
});
