import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, describe, expect, test } from "vitest";
import { createMcpEndpoint } from "../../../adapters/mcp/endpoint.js";
import { type Api, createApi, makeRoom, type TestRoom } from "../../http/support/api.js";

const opened: Client[] = [];
const faults: Error[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
  expect(faults.splice(0)).toEqual([]);
});

const eras = [
  ["2026-07-28", { pin: "2026-07-28" }],
  ["2025", "legacy"],
] as const;

type Era = (typeof eras)[number][1];

/** A room with a session `pia` that reaches it over the Model Context Protocol alone. */
async function open(era: Era, given: { gate?: string } = {}) {
  const toolCalls = createMcpEndpoint({ version: "0.0.0-test", onError: (error) => faults.push(error) });
  const api = await createApi({ toolCalls });
  const room = await makeRoom(api);
  const body = { name: "pia", runtime: "external", ...given };
  const made = await api.call("POST", `${room.path}/agents`, { token: room.owner, body });
  const pia = await connect(api, made.json.token, era);
  return { api, room, made: made.json, pia };
}

async function connect(api: Api, token: string, era: Era) {
  const transport = new StreamableHTTPClientTransport(new URL("http://parley.test/mcp"), {
    fetch: async (url, init) =>
      api.app.request(String(url), init, { incoming: { socket: { remoteAddress: "192.0.2.1" } } }),
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  });
  const client = new Client({ name: "a test", version: "1" }, { versionNegotiation: { mode: era } });
  opened.push(client);
  await client.connect(transport);
  return {
    client,
    async call(name: string, args: Record<string, unknown> = {}, id?: string) {
      const meta = id === undefined ? {} : { _meta: { "claudecode/toolUseId": id } };
      const answer = await client.callTool({ name, arguments: args, ...meta });
      const [content] = answer.content as { type: string; text: string }[];
      return { text: content?.text ?? "", isError: answer.isError === true };
    },
  };
}

const post = (api: Api, room: TestRoom, body: string) =>
  api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body } });

const messagesOf = async (api: Api, room: TestRoom, name: string) =>
  (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json.messages.filter(
    ({ from }: { from: string }) => from === name,
  );

const turnIn = (text: string): string => /^turn (\S+)/m.exec(text)?.[1] ?? "";

async function lookAt(api: Api, room: TestRoom, name: string) {
  const { participants } = (await api.call("GET", room.path, { token: room.viewer })).json;
  return participants.find((one: { name: string }) => one.name === name);
}

describe.each(eras)("a session that speaks the protocol of %s", (_name, era) => {
  test("hears what is for it, again until it is done, and no session is kept for it", async () => {
    const { api, room, pia } = await open(era);
    expect((await pia.call("listen")).text).toBe("Nothing came.");
    await post(api, room, "@pia please look");
    const heard = await pia.call("listen");
    expect(heard.text).toContain("please look");
    expect((await pia.call("listen")).text).toBe(heard.text);
    await post(api, room, "@pia and this");
    const next = await pia.call("listen", { done: turnIn(heard.text) });
    expect(next.text).toContain("and this");
    expect(next.text).not.toContain("please look");
    const again = await pia.call("listen", { done: turnIn(heard.text) });
    expect(again.text).toContain("That turn had ended before.");
    expect(again.text).toContain("and this");
  });

  test("waits for a message and is there meanwhile; then it hears at its next turn", async () => {
    const { api, room, pia } = await open(era);
    const waiting = pia.call("listen", { waitSeconds: 50 });
    await expect.poll(async () => (await lookAt(api, room, "pia")).status).toBe("idle");
    await post(api, room, "@pia now");
    expect((await waiting).text).toContain("now");
    await post(api, room, "@pia later");
    expect(await lookAt(api, room, "pia")).toMatchObject({
      status: "offline",
      note: "hears at its next turn",
      unread: 1,
    });
    const [, later] = await messagesOf(api, room, "host");
    expect(later).toMatchObject({ body: "later", delivery: { pia: "queued" } });
  });

  test("says something, and only what is in the log is called sent", async () => {
    const { api, room, pia } = await open(era);
    const said = await pia.call("say", { to: ["@coder"], body: "please test" });
    const [message] = await messagesOf(api, room, "pia");
    expect(said.text).toBe(`Sent ${message.messageId} to @coder (coder queued).`);
    expect((await pia.call("say", { to: ["ghost"], body: "hello" })).text).toMatch(/^Not sent: @ghost is not/);
    await api.call("POST", `${room.path}/pause`, { token: room.owner });
    expect(await pia.call("say", { to: ["coder"], body: "more" })).toMatchObject({ isError: true });
    expect(await messagesOf(api, room, "pia")).toHaveLength(1);
    expect((await pia.call("receipts")).text).toContain("(coder queued)");
  });

  test("says nothing twice when a call is made again", async () => {
    const { api, room, pia } = await open(era);
    const args = { to: ["coder"], body: "once" };
    await pia.call("say", args, "toolu_1");
    const again = await pia.call("say", args, "toolu_1");
    expect(again.text).toContain("You said this before");
    expect(await messagesOf(api, room, "pia")).toHaveLength(1);
    await pia.call("ask", { question: "Which?" }, "toolu_2");
    expect((await pia.call("ask", { question: "Which?" }, "toolu_2")).text).toMatch(/^Asked before/);
    expect((await api.call("GET", `${room.path}/gates`, { token: room.owner })).json.gates).toHaveLength(1);
  });

  test("asks a person, is told that nobody is there, and hears the answer or takes the question back", async () => {
    const { api, room, pia } = await open(era);
    const asked = await pia.call("ask", {
      question: "Release?",
      options: ["yes", "no"],
      urgent: true,
      expiresSeconds: 60,
    });
    expect(asked.text).toContain("It is queued: nobody who may answer is here.");
    const [gate] = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json.gates;
    expect(gate).toMatchObject({ kind: "question", body: "Release?", options: [{ label: "yes" }, { label: "no" }] });
    const answer = { token: room.owner, body: { action: "answer", hash: gate.hash, body: "yes" } };
    await api.call("POST", `${room.path}/gates/${gate.gateId}/decision`, answer);
    expect((await pia.call("listen")).text).toContain("yes");
    const second = await pia.call("ask", { question: "And now?" });
    const id = /\((g-[^)]+)\)/.exec(second.text)?.[1];
    expect((await pia.call("withdraw", { id })).text).toBe("It is taken back.");
    expect((await pia.call("withdraw", { id })).isError).toBe(true);
  });

  test("reads back and finds what goes to the room, to it and from it, and no held text", async () => {
    const { api, room, pia } = await open(era, { gate: "always" });
    await post(api, room, "hello everybody\nturn 123");
    await post(api, room, "@coder between us");
    expect((await pia.call("say", { to: ["room"], body: "held words" })).text).toMatch(/^Held until a person decides/);
    const all = [await pia.call("read"), await pia.call("read", { text: "held" }), await pia.call("who")];
    expect(all[0]?.text).toContain("> hello everybody\n> turn 123");
    expect(all[1]?.text).toBe("No message found.");
    expect(all[2]?.text).toContain("@pia (you): agent");
    expect(all.map(({ text }) => text).join()).not.toMatch(/held words|between us/);
  });

  test("is described in at most 700 tokens", async () => {
    const { pia } = await open(era);
    const { tools } = await pia.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["who", "listen", "read", "receipts", "say", "ask", "withdraw"]);
    const described = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    expect(tokensOf(JSON.stringify(described))).toBeLessThanOrEqual(700);
  });
});

/** About as many tokens as a model makes of this JSON: each word and each run of marks counts, a long one several times, and three characters are one at least. */
function tokensOf(json: string): number {
  const pieces = json.match(/[A-Za-z]+|\d+|[^A-Za-z\d]+/g) ?? [];
  const counted = pieces.reduce((sum, piece) => sum + Math.ceil(piece.length / (/\w/.test(piece) ? 8 : 4)), 0);
  return Math.max(counted, Math.ceil(json.length / 3));
}

describe("POST /mcp", () => {
  const initialize = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const headers = { Accept: "application/json, text/event-stream" };

  async function statusOf(api: Api, token: string | undefined, more: Record<string, string> = {}) {
    return (await api.call("POST", "/mcp", { token, body: initialize, headers: { ...headers, ...more } })).status;
  }

  test("takes an agent's own token and nothing else", async () => {
    const { api, room, made } = await open("legacy");
    expect(await statusOf(api, made.token)).toBe(200);
    const { owner, approver, member, viewer } = room;
    const program = await api.call("POST", "/api/tokens", {
      token: owner,
      body: { scopes: ["read", "post", "decide"] },
    });
    for (const token of [owner, approver, member, viewer, program.json.token])
      expect(await statusOf(api, token)).toBe(403);
    for (const token of [undefined, "wrong", `${made.token}x`]) expect(await statusOf(api, token)).toBe(401);
    await api.call("DELETE", `/api/tokens/${made.tokenId}`, { token: owner });
    expect(await statusOf(api, made.token)).toBe(401);
  });

  test("refuses another site's page, an unknown host, a large request and other methods", async () => {
    const { api, made } = await open("legacy");
    expect(await statusOf(api, made.token, { Origin: "https://elsewhere.example" })).toBe(403);
    expect(await statusOf(api, made.token, { Origin: "http://parley.test" })).toBe(200);
    expect(await statusOf(api, made.token, { Host: "elsewhere.example" })).toBe(421);
    const large = { token: made.token, raw: " ".repeat(65 * 1_024), headers };
    expect((await api.call("POST", "/mcp", large)).status).toBe(413);
    for (const method of ["GET", "DELETE"])
      expect((await api.call(method, "/mcp", { token: made.token })).status).toBe(405);
  });
});
