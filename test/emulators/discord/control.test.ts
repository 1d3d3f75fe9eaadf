import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "../../support/free-port.js";
import { answerInteractions, call, general, identify, openThread, registerRoom, say, startDiscord } from "./harness.js";
import type { Json } from "./model.js";

const processes = new Set<ChildProcess>();
const folders: string[] = [];

afterEach(async () => {
  for (const one of processes) one.kill("SIGKILL");
  processes.clear();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function control(url: string, path: string, body?: Json): Promise<Json> {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return (await fetch(`${url}/_emulator/${path}`, options)).json();
}

describe("the driver over HTTP", () => {
  test("acts as people and reads what they see", async () => {
    const discord = await startDiscord();
    const connection = await identify(discord);
    await registerRoom(discord);
    answerInteractions(discord, connection, () => ({ type: 4, data: { content: "**done**", flags: 64 } }));
    const done = await control(discord.url, "people/command", {
      user: "mia",
      channel: general,
      verb: "new",
      options: { name: "x" },
    });
    expect(done).toMatchObject({ ok: true, result: { kind: "text", text: "**done**" } });
    await control(discord.url, "people/say", { user: "mia", channel: general, text: "hello <b>" });
    expect(await control(discord.url, `seen?channel=${general}`)).toMatchObject([{ from: "Mia", text: "hello <b>" }]);
    const state = await control(discord.url, "state?user=mia");
    const shown = state.messages.map(({ html, isPrivate }: Json) => ({ html, isPrivate }));
    expect(shown).toEqual([
      { html: "<div><strong>done</strong></div>", isPrivate: true },
      { html: "<div>hello &#60;b&#62;</div>", isPrivate: false },
    ]);
    expect((await control(discord.url, "state?user=bob")).messages).toHaveLength(1);
    expect(await control(discord.url, "violations")).toEqual([]);
  });

  test("moderates, breaks calls and cuts connections", async () => {
    const discord = await startDiscord();
    const connection = await identify(discord);
    const thread = await openThread(discord);
    await control(discord.url, "admin/lock", { thread });
    expect(await say(discord, { content: "c" }, thread)).toMatchObject({ body: { code: 50083 } });
    await control(discord.url, "admin/open", { thread });
    await control(discord.url, "faults/add", { target: "rest", route: "POST message", mode: "http_error" });
    expect((await say(discord, { content: "c" }, thread)).status).toBe(503);
    expect((await say(discord, { content: "c" }, thread)).status).toBe(200);
    await control(discord.url, "gateway/close", { code: 4000 });
    expect(await discord.until(() => connection.closed())).toBe(4000);
  });

  test("reports errors, and refuses pages of another site", async () => {
    const discord = await startDiscord();
    expect(await control(discord.url, "people/say", { user: "nobody", channel: general, text: "x" })).toMatchObject({
      ok: false,
    });
    expect(await control(discord.url, "people/fly", {})).toMatchObject({
      ok: false,
      error: "nothing to control at people/fly",
    });
    const foreign = await fetch(`${discord.url}/_emulator/people/say`, {
      method: "POST",
      headers: { origin: "https://evil.example" },
      body: JSON.stringify({ user: "mia", channel: general, text: "x" }),
    });
    expect(foreign.status).toBe(403);
    expect(discord.people.seen(general)).toEqual([]);
  });
});

async function startProcess(args: readonly string[]): Promise<{ url: string; env: Json; kill(): Promise<unknown> }> {
  const child = spawn(process.execPath, ["--import", "tsx", "test/emulators/discord/main.ts", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  processes.add(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /^discord-emulator ready (\{.*\})$/.exec(line)?.[1];
    if (ready === undefined) continue;
    const kill = async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      return ended;
    };
    return { ...JSON.parse(ready), kill };
  }
  throw new Error("it ended before it was ready");
}

test("as a process it survives its own kill -9: messages, threads, webhooks, nonces, violations and ids", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parley-discord-emulator-"));
  folders.push(folder);
  const args = ["--state", join(folder, "state.json")];
  const first = await startProcess(["--port", String(await freePort()), ...args]);
  const app = { env: first.env };
  const post = { content: "once", nonce: "n1", enforce_nonce: true };
  const { body: root } = await call(app, "POST", `/channels/${general}/messages`, post);
  await call(app, "POST", `/channels/${general}/messages/${root.id}/threads`, { name: "room" });
  const { body: hook } = await call(app, "POST", `/channels/${general}/webhooks`, { name: "Parley" });
  await call(app, "GET", "/unknown");
  await first.kill();

  const second = await startProcess(["--port", new URL(first.url).port, ...args]);
  expect(second.url).toBe(first.url);
  expect((await call(app, "POST", `/channels/${general}/messages`, post)).body.id).toBe(root.id);
  expect(await control(second.url, `threads?channel=${general}`)).toEqual([root.id]);
  const path = `/webhooks/${hook.id}/${hook.token}?wait=true&thread_id=${root.id}`;
  const { body: reply } = await call(app, "POST", path, { content: "still here", username: "Coder" });
  expect(BigInt(reply.id) > BigInt(root.id)).toBe(true);
  expect(await control(second.url, "violations")).toMatchObject([{ rule: "unknown_route" }]);
}, 180_000);
