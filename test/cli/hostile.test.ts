import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "../support/parley-client.js";
import { hostileTexts } from "./support/hostile-texts.js";
import { runCliHere } from "./support/run-here.js";
import { eventsOf, openSite, type Site } from "./support/server.js";
import { inTerminal, startInTerminal, withoutOwnSequences } from "./support/terminal.js";

let site: Site;
let room: string;
let texts: string[];
let accepted: string[];

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const firstUnseen = (text: string) => unseen.exec(text.replaceAll("\n", ""))?.[0];

beforeAll(async () => {
  site = await openSite();
  texts = hostileTexts();
  const made = await runCliHere(site.home, ["room", "new", "hostile", "--json", "--show-token"]);
  const { roomId, token } = JSON.parse(made.out) as { roomId: string; token: string };
  room = roomId;
  accepted = [];
  for (const body of texts) {
    const { status } = await call(`${site.server().url}/api/rooms/${roomId}/messages`, { token, body: { body } });
    // The server takes off white space around a message, and refuses none of these.
    if (status === 201) accepted.push(body.trim());
  }
});
afterAll(() => site.end());

test("100 hostile messages are in the room as they were written", async () => {
  expect(texts).toHaveLength(100);
  const events = await eventsOf(site.home, room);
  const bodies = events.filter(({ type }) => type === "message.posted").map(({ body }) => String(body).trim());
  expect(bodies).toEqual(accepted);
  expect(accepted).toHaveLength(100);
});

test.each([
  ["watch", ["--last", "200", "--no-follow"]],
  ["watch", ["--after", "0", "--no-follow"]],
  ["watch", ["--json", "--after", "0", "--no-follow"]],
  ["export", []],
  ["export", ["--format", "md"]],
  ["room", ["show"]],
])("%s %j prints no control sequence in a pipe", async (command, args) => {
  const line = command === "room" ? ["room", "show", room] : [command, room, ...args];
  const { code, out, err } = await runCliHere(site.home, line);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(firstUnseen(out)).toBeUndefined();
});

inTerminal("in a terminal", () => {
  test("watch sends nothing but its own colours and line ends, and keeps its layout", async () => {
    const terminal = startInTerminal(site.home, ["watch", room, "--last", "200", "--no-follow"]);
    expect(await terminal.ended).toBe(0);
    const left = withoutOwnSequences(terminal.raw());
    expect(firstUnseen(left)).toBeUndefined();
    const heads = left.match(/^\d\d:\d\d:\d\d host → /gm) ?? [];
    expect(heads).toHaveLength(accepted.length);
    for (const line of left.split("\n").slice(1)) expect(line).toMatch(/^(\d\d:\d\d:\d\d host → | {9}|$)/);
  });
});

test("names, titles and errors of the server are made visible too", async () => {
  const { createServer } = await import("node:http");
  const evil = "\u001b]0;x\u0007\u202eevil\u009b2J";
  const server = createServer((request, response) => {
    if (request.url === "/api/rooms") {
      response.end(JSON.stringify({ rooms: [{ roomId: evil, name: evil, state: evil, version: 1, openGates: 1 }] }));
      return;
    }
    response.writeHead(409, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ code: evil, detail: evil, suggestion: evil }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const url = ["--url", `http://127.0.0.1:${port}`, "--token", "t"];
  const list = await runCliHere(site.home, ["room", "list", ...url]);
  const show = await runCliHere(site.home, ["room", "show", evil, ...url]);
  server.close();
  expect(list.code).toBe(0);
  expect(show.code).toBe(1);
  for (const text of [list.out, list.err, show.out, show.err]) expect(firstUnseen(text)).toBeUndefined();
  expect(list.out).toContain("\\u{202e}evil");
});
