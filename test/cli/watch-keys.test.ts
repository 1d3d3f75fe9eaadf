import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keysOf } from "../../src/cli/key-reader.js";
import { runCliHere } from "./support/run-here.js";
import { eventsOf, openGate, openSite, roomWith, type Site } from "./support/server.js";
import { inTerminal, startInTerminal } from "./support/terminal.js";

let site: Site;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.end());

const coder = (text: string) => ({
  name: "coder",
  runtime: "scripted",
  gate: "always",
  script: [{ match: "go", reply: `@room ${text}` }],
});
const asker = {
  name: "asker",
  runtime: "scripted",
  script: [{ match: ".", ask: { question: "Which one?", options: ["left", "right"] }, reply: "@host thanks" }],
};
const resolved = async (room: string) =>
  (await eventsOf(site.home, room)).filter(({ type }) => type === "gate.resolved");
const posts = async (room: string) => (await eventsOf(site.home, room)).filter(({ type }) => type === "message.posted");

async function watched(agents: readonly object[], env: Record<string, string> = {}) {
  const room = await roomWith(site.home, agents);
  const terminal = startInTerminal(site.home, ["watch", room], { env, columns: 120 });
  await terminal.sees("q quit");
  return { room, terminal };
}

describe("keys of a terminal", () => {
  test.each([
    ["ab", ["a", "b"]],
    ["\r", ["enter"]],
    ["\u001b", ["escape"]],
    ["\u001b[A", ["escape"]],
    ["\u001b[1;5Cq", ["escape", "q"]],
    ["\u001bOPq", ["escape", "q"]],
    ["é漢", ["é", "漢"]],
    ["\u0003", ["\u0003"]],
  ])("are read one by one from %j", (typed, keys) => {
    expect(keysOf(typed)).toEqual(keys);
  });
});

inTerminal("watch at the keys", () => {
  test("decides a held message, and shows afterwards what was said meanwhile", async () => {
    const { room, terminal } = await watched([coder("the whole text")]);
    await runCliHere(site.home, ["send", room, "@coder go"]);
    await openGate(site.home, room);
    await terminal.sees("1 gate open");
    terminal.type("d");
    await terminal.sees("a approve · e edit · x drop");
    await runCliHere(site.home, ["send", room, "said meanwhile"]);
    terminal.type("a");
    await terminal.sees("said meanwhile");
    expect(await resolved(room)).toMatchObject([{ outcome: "approved", by: "host" }]);
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
  });

  test("answers a question by the number of an option, and in words", async () => {
    const { room, terminal } = await watched([asker]);
    for (const [keys, answer] of [
      ["2", "right"],
      ["rneither\n", "neither"],
    ] as const) {
      await runCliHere(site.home, ["send", room, "@asker go"]);
      await openGate(site.home, room);
      terminal.type("d");
      await terminal.sees("1-2 choose · r answer");
      const before = (await resolved(room)).length;
      terminal.type(keys.slice(0, 1));
      if (keys.length > 1) {
        await terminal.sees("Your answer");
        terminal.type(keys.slice(1));
      }
      await expect
        .poll(async () => (await resolved(room))[before], { timeout: 60_000 })
        .toMatchObject({ body: answer });
    }
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
  });

  test("opens the editor for an edit, and drops with a reason", async () => {
    const EDITOR = join(site.home.folder, "new-editor");
    await writeFile(EDITOR, '#!/bin/sh\nsed -i s/old/new/ "$1"\n');
    await chmod(EDITOR, 0o755);
    const { room, terminal } = await watched([coder("the old text")], { EDITOR });
    await runCliHere(site.home, ["send", room, "@coder go"]);
    await openGate(site.home, room);
    terminal.type("d");
    await terminal.sees("e edit");
    terminal.type("e");
    await terminal.sees("Send this instead? [y/N]");
    terminal.type("y\n");
    await expect.poll(async () => (await resolved(room)).length, { timeout: 60_000 }).toBe(1);
    expect((await posts(room)).at(-1)).toMatchObject({ body: "the new text" });
    await runCliHere(site.home, ["send", room, "@coder go"]);
    await openGate(site.home, room);
    terminal.type("d");
    await terminal.sees(/e edit[\s\S]*e edit/);
    terminal.type("x");
    await terminal.sees("Why (");
    terminal.type("not today\n");
    await expect.poll(async () => resolved(room), { timeout: 60_000 }).toHaveLength(2);
    expect((await resolved(room))[1]).toMatchObject({ outcome: "dropped", reason: "not today" });
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(130);
  });

  test("writes to the room, and sends nothing when the line is empty", async () => {
    const { room, terminal } = await watched([]);
    terminal.type("m");
    await terminal.sees("To the room");
    terminal.type("\n");
    await terminal.sees("Nothing was sent.");
    terminal.type("m");
    await terminal.sees(/To the room[\s\S]*To the room/);
    terminal.type("hello from the keys\n");
    await expect
      .poll(() => posts(room), { timeout: 60_000 })
      .toMatchObject([{ from: "host", body: "hello from the keys" }]);
    await terminal.sees(/→ room[\s\S]*hello from the keys/);
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
  });

  test("goes to the rooms, those first in which something waits, and opens one by its number", async () => {
    const { room, terminal } = await watched([coder("held here")]);
    await runCliHere(site.home, ["send", room, "@coder go"]);
    await openGate(site.home, room);
    terminal.type("w");
    await terminal.sees(new RegExp(`1 .*${room}.*1 gate open`));
    terminal.type("1");
    await terminal.sees(new RegExp(`opens a room[\\s\\S]*${room}[\\s\\S]*waits for you`));
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
  });

  test("parley alone opens the rooms in a terminal, and its help in a pipe", async () => {
    const terminal = startInTerminal(site.home, []);
    await terminal.sees("opens a room");
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
    const piped = await runCliHere(site.home, []);
    expect(piped).toMatchObject({ code: 2, out: expect.stringContaining("watch") });
  });

  test("says what is refused, and goes on", async () => {
    const { room, terminal } = await watched([coder("text")]);
    await runCliHere(site.home, ["send", room, "@coder go"]);
    const { hash } = await openGate(site.home, room);
    terminal.type("d");
    await terminal.sees("a approve");
    await runCliHere(site.home, ["drop", room, "--yes", "--hash", hash]);
    terminal.type("a");
    await terminal.sees("host was first: dropped");
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
  });
});
