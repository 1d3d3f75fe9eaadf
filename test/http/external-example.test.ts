import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createApi, makeRoom } from "./support/api.js";
import { useServer } from "./support/use-server.js";

const server = useServer();
const ended: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const guide = readFileSync(new URL("../../docs/external-agents.md", import.meta.url), "utf8");
const program = /```js\n([\s\S]*?)```/.exec(guide)?.[1] ?? "";

/** Runs the program of the guide with these settings, in a folder of its own. */
async function run(env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "parley-example-"));
  const file = join(folder, "agent.mjs");
  await writeFile(file, program);
  const child = spawn(process.execPath, [file], { env: { PATH: process.env.PATH ?? "", ...env }, stdio: "pipe" });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += String(chunk);
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  };
  ended.push(stop, () => rm(folder, { recursive: true }));
  return { stop, errors: () => errors };
}

test("the program of the guide has 30 lines, and answers each message once, also when it is killed and started again", async () => {
  expect(program.trim().split("\n").length).toBeLessThanOrEqual(30);
  const api = await createApi();
  const url = await server.listen(api);
  const room = await makeRoom(api);
  const body = { name: "laptop", runtime: "external" };
  const made = await api.call("POST", `${room.path}/agents`, { token: room.owner, body });
  const env = { PARLEY_URL: url, PARLEY_ROOM: room.roomId, PARLEY_TOKEN: made.json.token };
  const say = (text: string) => api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body: text } });
  const messages = async () => (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json.messages;
  const answers = async (): Promise<string[]> =>
    (await messages()).flatMap((one: { from: string; body: string }) => (one.from === "laptop" ? [one.body] : []));

  const first = await run(env);
  await say("@laptop one");
  await expect.poll(answers, { timeout: 30_000 }).toEqual(["I read: one"]);
  await first.stop();
  expect(first.errors()).toBe("");
  // Its answer is in the log, and the turn is open as if it had been killed before the acknowledgement.
  await say("@laptop two");
  const take = await api.call("POST", `${room.path}/agent/take`, { token: made.json.token });
  const [message] = take.json.turn.messages;
  const headers = { "Idempotency-Key": `answer-${message.id}` };
  const answer = { to: ["host"], body: "I read: two" };
  await api.call("POST", `${room.path}/agent/messages`, { token: made.json.token, body: answer, headers });
  const second = await run(env);
  await say("@laptop three");
  await expect.poll(answers, { timeout: 30_000 }).toEqual(["I read: one", "I read: two", "I read: three"]);
  await expect
    .poll(async () => (await messages()).flatMap(({ delivery }: { delivery: object }) => Object.values(delivery)), {
      timeout: 30_000,
    })
    .toEqual(["acknowledged", "acknowledged", "acknowledged"]);
  expect(second.errors()).toBe("");
}, 90_000);
