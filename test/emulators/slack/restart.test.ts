import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LogLevel, WebClient } from "@slack/web-api";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "../../support/free-port.js";
import { asObject, asText, parseJson } from "./json.js";
import { createStore } from "./store.js";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
  readonly client: WebClient;
}

/** The emulator as people start it, in a process of its own. */
async function launch(statePath: string, port = "0"): Promise<Process> {
  const entry = fileURLToPath(new URL("./main.ts", import.meta.url));
  const args = ["--import", "tsx", entry, "--port", port, "--state", statePath];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("slack-emulator ready ")) continue;
    const ready = asObject(parseJson(line.slice("slack-emulator ready ".length)));
    const env = asObject(ready.env);
    const client = new WebClient(asText(env.SLACK_BOT_TOKEN), {
      slackApiUrl: asText(env.SLACK_API_URL),
      retryConfig: { retries: 0 },
      timeout: 3_000,
      logLevel: LogLevel.ERROR,
    });
    return { child, url: asText(ready.url), client };
  }
  throw new Error("the emulator ended before it was ready");
}

const control = async (url: string, act: string, body: object) => {
  const answer = await fetch(`${url}/_emulator/${act}`, { method: "POST", body: JSON.stringify(body) });
  return asObject(await answer.json());
};

const post = { channel: "C00GENERAL", unfurl_links: false, unfurl_media: false };

describe("an emulator in its own process", () => {
  test("keeps its answers over kill -9, in the middle of a call, on the same port", async () => {
    const statePath = join(await mkdtemp(join(tmpdir(), "slack-")), "state.jsonl");
    const first = await launch(statePath, String(await freePort()));
    const one = await first.client.chat.postMessage({ ...post, text: "one" });
    await control(first.url, "people/say", { user: "mia", channel: "general", text: "hello", threadTs: one.ts });
    await control(first.url, "faults/add", {
      target: "call",
      mode: "kill",
      phase: "after",
      method: "chat.postMessage",
    });
    await expect(
      first.client.chat.postMessage({ ...post, text: "two", thread_ts: one.ts as string }),
    ).rejects.toThrow();
    if (first.child.exitCode === null && first.child.signalCode === null) await once(first.child, "exit");
    expect(first.child.signalCode).toBe("SIGKILL");

    const second = await launch(statePath, new URL(first.url).port);
    expect(second.url).toBe(first.url);
    const { messages } = await second.client.conversations.replies({ channel: post.channel, ts: one.ts as string });
    expect(messages?.map(({ text }) => text)).toEqual(["one", "hello", "two"]);
    const after = await second.client.chat.postMessage({ ...post, text: "three" });
    expect(Number(after.ts)).toBeGreaterThan(Number(one.ts));
    const violations = await (await fetch(`${second.url}/_emulator/violations`)).json();
    expect(violations).toEqual([]);
  }, 180_000);
});

describe("the journal", () => {
  test("skips a torn line, and forgets removed entries", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "slack-")), "state.jsonl");
    const letters = createStore(path).collection<string>("letters");
    letters.put("a", "A");
    letters.put("b", "B");
    letters.remove("a");
    await writeFile(path, `${await readFile(path, "utf8")}["letters","c","C`);
    const again = createStore(path).collection<string>("letters");
    again.put("d", "D");
    expect(createStore(path).collection<string>("letters").values()).toEqual(["B", "D"]);
  });

  test("writes nothing more once frozen", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "slack-")), "state.jsonl");
    const store = createStore(path);
    store.collection<string>("letters").put("a", "A");
    store.freeze();
    store.collection<string>("letters").put("b", "B");
    expect(createStore(path).collection<string>("letters").values()).toEqual(["A"]);
  });
});
