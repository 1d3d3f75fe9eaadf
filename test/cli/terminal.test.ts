import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GateSeen } from "../support/parley-client.js";
import { runCliHere } from "./support/run-here.js";
import { eventsOf, openGate, openSite, roomWith, type Site } from "./support/server.js";
import { inTerminal, startInTerminal, withoutOwnSequences } from "./support/terminal.js";

let site: Site;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.end());

const worker = {
  name: "worker",
  runtime: "scripted",
  script: [{ match: "work", work: [{ tool: "Bash", input: "npm test", ms: 3_000 }], reply: "@host finished" }],
};
/** A pattern of the sequence that removes the status line. */
const erase = "\\u001b\\[2K";
const asker = {
  name: "asker",
  runtime: "scripted",
  script: [{ match: ".", ask: { question: "Which one?", options: ["left", "right"] }, reply: "@host thanks" }],
};

async function held(text: string): Promise<{ room: string; gate: GateSeen }> {
  const coder = {
    name: "coder",
    runtime: "scripted",
    gate: "always",
    script: [{ match: "go", reply: `@room ${text}` }],
  };
  const room = await roomWith(site.home, [coder]);
  await runCliHere(site.home, ["send", room, "@coder go"]);
  return { room, gate: await openGate(site.home, room) };
}

const resolved = async (room: string) =>
  (await eventsOf(site.home, room)).filter(({ type }) => type === "gate.resolved");
const posted = async (room: string) =>
  (await eventsOf(site.home, room)).filter(({ type, from }) => type === "message.posted" && from === "coder");

/** An editor that applies the shell command to the file. */
async function editor(name: string, command: string): Promise<string> {
  const path = join(site.home.folder, name);
  await writeFile(path, `#!/bin/sh\n${command}\n`);
  await chmod(path, 0o755);
  return path;
}

inTerminal("watch in a terminal", () => {
  test("has colours and one line at the bottom that says who works, and ends cleanly on Ctrl-C", async () => {
    const room = await roomWith(site.home, [worker]);
    const terminal = startInTerminal(site.home, ["watch", room]);
    await terminal.sees(room);
    await runCliHere(site.home, ["send", room, "@worker work"]);
    await terminal.sees(new RegExp(`${erase}[^\\n]*worker[^\\n]*Bash`));
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(130);
    expect(terminal.raw()).toContain("\u001b[1m");
    const left = withoutOwnSequences(terminal.raw());
    expect(left.replaceAll("\n", "").replace("^C", "")).not.toMatch(/\p{Cc}/u);
    expect(terminal.raw().endsWith("\r\u001b[2K")).toBe(true);
  });

  test("has no colour with NO_COLOR or --no-color, and no control sequence on a dumb terminal", async () => {
    const room = await roomWith(site.home, []);
    await runCliHere(site.home, ["send", room, "hello"]);
    const runs = [
      startInTerminal(site.home, ["watch", room, "--no-follow"], { env: { NO_COLOR: "1" } }),
      startInTerminal(site.home, ["watch", room, "--no-follow", "--no-color"]),
      startInTerminal(site.home, ["watch", room, "--no-follow"], { env: { TERM: "dumb" } }),
    ];
    for (const run of runs) {
      expect(await run.ended).toBe(0);
      expect(run.raw()).toContain("hello");
      expect(run.raw()).not.toContain("\u001b");
    }
  });

  test("wraps to the width of the terminal", async () => {
    const room = await roomWith(site.home, []);
    await runCliHere(site.home, ["send", room, `${"漢字".repeat(60)} ${"word ".repeat(60)}`]);
    const terminal = startInTerminal(site.home, ["watch", room, "--no-follow"], { columns: 50 });
    await terminal.ended;
    const lines = withoutOwnSequences(terminal.raw()).split("\n");
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines)
      expect([...line].reduce((sum, char) => sum + (char > "\u2e80" ? 2 : 1), 0)).toBeLessThanOrEqual(50);
  });

  test("says in one line that the server came back", async () => {
    const room = await roomWith(site.home, [worker]);
    const terminal = startInTerminal(site.home, ["watch", room]);
    await terminal.sees(room);
    await runCliHere(site.home, ["send", room, "still here"]);
    await terminal.sees("still here");
    await site.kill();
    await terminal.sees("The server is gone");
    await site.restart();
    await terminal.sees("nothing was missed");
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(130);
    expect(withoutOwnSequences(terminal.raw()).match(/↻ .*gone.*nothing was missed$/gm)).toHaveLength(1);
  });
});

inTerminal("deciding in a terminal", () => {
  test("shows the whole text, asks, and takes y for yes", async () => {
    const { room, gate } = await held(Array.from({ length: 60 }, (_, n) => `line ${n}`).join("\n"));
    const terminal = startInTerminal(site.home, ["approve", room]);
    await terminal.sees("Send this message? [y/N]");
    for (let n = 0; n < 60; n++) expect(terminal.raw()).toContain(`line ${n}\r\n`);
    expect(await resolved(room)).toEqual([]);
    terminal.type("y\n");
    expect(await terminal.ended).toBe(0);
    expect(await resolved(room)).toMatchObject([{ gateId: gate.gateId, outcome: "approved", by: "host" }]);
  });

  test.each([
    ["n\n", 1],
    ["\n", 1],
    ["yes please\n", 1],
    ["\u0004", 130],
    ["\u0003", 130],
  ])("decides nothing on %j", async (typed, code) => {
    const { room } = await held("text");
    const terminal = startInTerminal(site.home, ["drop", room]);
    await terminal.sees("Drop it? [y/N]");
    terminal.type(typed);
    expect(await terminal.ended).toBe(code);
    expect(await resolved(room)).toEqual([]);
  });

  test("escapes unprintable text, and says so", async () => {
    const { room } = await held("safe \u001b[2J\u202e\u200b end");
    const terminal = startInTerminal(site.home, ["approve", room]);
    await terminal.sees("[y/N]");
    expect(terminal.raw()).toContain("safe \\x1b[2J\\u{202e}\\u{200b} end");
    expect(terminal.raw()).toContain("shown as escapes");
    expect(withoutOwnSequences(terminal.raw()).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    terminal.type("n\n");
    await terminal.ended;
  });

  test("loses to a faster decision, and says whose it is", async () => {
    const { room, gate } = await held("text");
    const terminal = startInTerminal(site.home, ["approve", room]);
    await terminal.sees("[y/N]");
    await runCliHere(site.home, ["drop", room, "--yes", "--hash", gate.hash]);
    terminal.type("y\n");
    expect(await terminal.ended).toBe(1);
    expect(terminal.raw()).toContain("host was first: dropped. (gate_already_resolved)");
  });

  test("asks for an answer and takes the number of an option", async () => {
    const room = await roomWith(site.home, [asker]);
    await runCliHere(site.home, ["send", room, "@asker go"]);
    await openGate(site.home, room);
    const terminal = startInTerminal(site.home, ["answer", room]);
    await terminal.sees("Your answer:");
    terminal.type("2\n");
    expect(await terminal.ended).toBe(0);
    expect(await resolved(room)).toMatchObject([{ outcome: "answered", body: "right" }]);
  });
});

inTerminal("edit in a terminal", () => {
  test("opens the editor, shows what would be sent, and sends it after a yes", async () => {
    const { room } = await held("the old text\nsecond line");
    const EDITOR = await editor("sed-editor", 'sed -i s/old/new/ "$1"');
    const terminal = startInTerminal(site.home, ["edit", room], { env: { EDITOR } });
    await terminal.sees("Send this instead? [y/N]");
    expect(terminal.raw()).toContain("the new text");
    expect(await resolved(room)).toEqual([]);
    terminal.type("y\n");
    expect(await terminal.ended).toBe(0);
    expect(await posted(room)).toMatchObject([{ body: "the new text\nsecond line" }]);
    expect(await resolved(room)).toMatchObject([{ outcome: "edited" }]);
  });

  test("takes an editor with arguments, and $VISUAL before $EDITOR", async () => {
    const { room } = await held("the old text");
    const env = { VISUAL: "sed -i -e s/old/visual/", EDITOR: "false" };
    const terminal = startInTerminal(site.home, ["edit", room], { env });
    await terminal.sees("the visual text");
    terminal.type("y\n");
    expect(await terminal.ended).toBe(0);
  });

  test("lets only this user read the file, and leaves none behind", async () => {
    const { room } = await held("secret");
    const note = join(site.home.folder, "mode");
    const EDITOR = await editor(
      "mode-editor",
      `stat -c %a "$1" "$(dirname "$1")" > '${note}'; sed -i s/secret/public/ "$1"`,
    );
    const terminal = startInTerminal(site.home, ["edit", room], { env: { EDITOR, TMPDIR: site.home.folder } });
    await terminal.sees("[y/N]");
    terminal.type("n\n");
    expect(await terminal.ended).toBe(1);
    expect((await readFile(note, "utf8")).trim().split("\n")).toEqual(["600", "700"]);
    expect((await readdir(site.home.folder)).filter((name) => name.startsWith("parley-"))).toEqual([]);
    expect(await resolved(room)).toEqual([]);
  });

  test.each<[string, string, number, string]>([
    ["fails", "exit 3", 1, "The editor ended with 3; nothing was decided"],
    ["changes nothing", "true", 1, "unchanged; nothing was decided"],
    ["leaves nothing", ': > "$1"', 1, "empty; nothing was decided"],
  ])("decides nothing when the editor %s", async (_, command, code, message) => {
    const { room } = await held("text");
    const EDITOR = await editor("odd-editor", command);
    const terminal = startInTerminal(site.home, ["edit", room], { env: { EDITOR } });
    expect(await terminal.ended).toBe(code);
    expect(withoutOwnSequences(terminal.raw()).replace(/\s+/g, " ")).toContain(message);
    expect(await resolved(room)).toEqual([]);
  });

  test("says so when there is no such editor", async () => {
    const { room } = await held("text");
    const terminal = startInTerminal(site.home, ["edit", room], { env: { EDITOR: "/no/such/editor" } });
    expect(await terminal.ended).toBe(2);
    expect(terminal.raw()).toContain("could not be started");
  });
});
