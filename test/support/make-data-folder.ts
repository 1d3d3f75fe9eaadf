import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createSlackEmulator, type SlackEmulator } from "../emulators/slack/emulator.js";
import { storeFixture } from "./data-folder.js";
import { type ParleyProcess, startParley, testAdminToken } from "./parley-process.js";

/**
 * Writes a data folder in the format of a version of Parley: `tsx test/support/make-data-folder.ts <checkout of that version> <folder to write>`. It
 * starts that version with an emulated Slack and makes one of everything that is stored: rooms, an agent's journal, a thread, an inbox, the registry,
 * a file, a token, an invite code, an open card and a snapshot. The content that a later version must open is written beside it, to `expected.json`.
 */
const [checkout = "", target = ""] = process.argv.slice(2);
if (checkout === "" || target === "") throw new Error("Give the checkout and the folder to write");

interface Api {
  get<T>(path: string, token?: string): Promise<T>;
  post<T>(path: string, body: object, token?: string): Promise<T>;
}

function apiOf({ url }: ParleyProcess): Api {
  const call = async (path: string, init: RequestInit & { token: string }) => {
    const headers = { authorization: `Bearer ${init.token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    get: async (path, token = testAdminToken) => call(path, { token }) as never,
    post: async (path, body, token = testAdminToken) =>
      call(path, { method: "POST", body: JSON.stringify(body), token }) as never,
  };
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`not in time: ${what}`);
}

interface Gate {
  gateId: string;
  kind: string;
  hash: string;
}
interface Made {
  roomId: string;
  token: string;
  invites: Record<string, string>;
}

const agents = [
  {
    name: "coder",
    gate: "always",
    script: [
      { match: "ask", ask: { question: "Which format?", options: ["json", "text"] } },
      { match: "tool", ask: { tool: "Bash", input: { command: "make test" } } },
      { reply: "@{from} Done: {body}", work: [{ tool: "Read", ms: 10 }] },
    ],
  },
  { name: "reviewer", script: [{ reply: "@room I have seen it.", work: [{ tool: "Grep", ms: 10 }] }] },
];

async function makeWebRoom(api: Api): Promise<Made> {
  const made = await api.post<Made>("/api/rooms", { name: "Old web room", owner: "mia", agents });
  const { roomId, token } = made;
  const gates = async (count: number) =>
    until(`${count} gates`, async () => {
      const { gates } = await api.get<{ gates: Gate[] }>(`/api/rooms/${roomId}/gates`, token);
      return gates.length >= count ? gates : undefined;
    });
  for (const [body, count] of [
    ["@coder please", 1],
    ["@reviewer look", 1],
  ] as const) {
    await api.post(`/api/rooms/${roomId}/messages`, { body }, token);
    await gates(count);
  }
  const [held] = await gates(1);
  if (!held) throw new Error("nothing was held");
  const decision = { action: "approve", hash: held.hash };
  await api.post(`/api/rooms/${roomId}/gates/${held.gateId}/decision`, decision, token);
  await api.post(`/api/rooms/${roomId}/messages`, { body: "@coder ask me" }, token);
  await gates(1);
  await api.post("/api/join", { code: made.invites.member, name: "ben" });
  return made;
}

const isGateCard = ({ buttons }: { buttons: readonly { value?: string }[] }) =>
  buttons.some(({ value }) => value?.startsWith("g:"));

async function makeSlackRoom(slack: SlackEmulator, api: Api): Promise<{ channel: string; thread: string }> {
  const channel = "general";
  const command = { user: "mia", channel, text: "/room new Old thread with coder as coder" };
  const done = await slack.people.command(command);
  if (!done.ok) throw new Error(done.shown);
  const root = await slack.until(() => slack.people.channel(channel).find(({ author }) => author.isApp), 10_000);
  const [room] = (await api.get<{ rooms: { roomId: string; name: string }[] }>("/api/rooms")).rooms.filter(
    ({ name }) => name === "Old thread",
  );
  await api.post(`/api/rooms/${room?.roomId}/agents`, { ...agents[0], name: "writer" });
  const files = [{ name: "notes.txt", content: "bytes of a file" }];
  slack.people.say({ user: "mia", channel, threadTs: root.ts, text: "@writer say something", files });
  const held = () => slack.people.thread(channel, root.ts).find(isGateCard);
  await slack.until(held, 20_000);
  return { channel, thread: root.ts };
}

async function main(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-data-"));
  const slack = await createSlackEmulator();
  const program = ["--import", "tsx", join(resolve(checkout), "src/main.ts"), "up"];
  const env = { ...slack.env, PARLEY_SECRET: "a secret for the fixture only 0123456789", PARLEY_NODE_NAME: "fixture" };
  const parley = await startParley({ dataDir, program, env });
  try {
    const api = apiOf(parley);
    const web = await makeWebRoom(api);
    const thread = await makeSlackRoom(slack, api);
    await new Promise((done) => setTimeout(done, 2_000));
    const list = await api.get<{ rooms: { roomId: string }[] }>("/api/rooms");
    const rooms = await Promise.all(list.rooms.map(({ roomId }) => api.get<object>(`/api/rooms/${roomId}`)));
    const card = slack.people.thread(thread.channel, thread.thread).find(isGateCard);
    const expected = {
      madeAtMs: Date.now(),
      secret: env.PARLEY_SECRET,
      token: web.token,
      roomId: web.roomId,
      invite: web.invites.viewer,
      buttons: card?.buttons.flatMap(({ value }) => value ?? []),
      rooms,
    };
    // A clean stop flushes pending writes, snapshots among them.
    await parley.kill("SIGTERM");
    storeFixture(dataDir, { target, expected });
  } finally {
    await parley.kill("SIGKILL");
    await slack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

await main();
