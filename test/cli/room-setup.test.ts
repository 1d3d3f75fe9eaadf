import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpServer, serve } from "../../src/http/serve.js";
import { type Api, createApi, makeRoom, type TestRoom } from "../http/support/api.js";
import { realClock } from "../support/stub-clock.js";
import { type Home, makeHome } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";

const files = [
  { kind: "instructions", path: "CLAUDE.md", text: "Use tabs. \u001b[2J\n" },
  { kind: "skill", path: ".claude/skills/notes/SKILL.md", text: "Write notes." },
  { kind: "skill", path: ".claude/skills/notes/form.md", text: "A form." },
  { kind: "mcp", path: ".mcp.json", text: '{"mcpServers":{}}' },
] as const;
const found = { commit: "1f0c2ab9aaaaaaaa", files, refused: [{ path: "AGENTS.md", why: "it is a link" }] };

let api: Api;
let server: HttpServer;
let home: Home;

beforeAll(async () => {
  api = await createApi({ publicOrigin: "", boundHost: "127.0.0.1" });
  server = await serve(api.app, { host: "127.0.0.1", port: 0, clock: realClock, endStreams: () => {} });
  home = await makeHome();
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await home.remove();
});

async function roomWith(setup?: Parameters<Api["deps"]["setups"]["offer"]>[1]): Promise<TestRoom> {
  const room = await makeRoom(api, { repo: "acme/widgets" });
  if (setup) await api.deps.setups.offer(room.roomId, setup);
  return room;
}
const parley = (room: TestRoom, args: readonly string[] = [], token = room.owner) =>
  runCliHere(home, [
    "room",
    "setup",
    room.roomId,
    ...args,
    "--url",
    `http://127.0.0.1:${server.port}`,
    "--token",
    token,
  ]);
const shown = async (room: TestRoom) => JSON.parse((await parley(room, ["--json"])).out);
const used = async (room: TestRoom) =>
  ((await shown(room)).used?.files ?? []).map(({ path }: { path: string }) => path);

describe("parley room setup", () => {
  test("shows all of the text, harmlessly, with what runs commands and how to decide", async () => {
    const room = await roomWith(found);
    const { code, out, err } = await parley(room);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Use tabs. \\x1b[2J");
    expect(out).toContain("shown as escapes");
    expect(out).toMatch(/\.mcp\.json .*RUNS commands in the agents' containers/);
    expect(out).toContain("AGENTS.md cannot be used: it is a link");
    expect(out).toContain(`hash ${(await shown(room)).offered.hash}`);
    expect(out).toContain(`parley room setup ${room.roomId} --use all`);
    expect(out).toContain("Agents use nothing of a set-up now.");
  });

  test.each([
    [
      "all",
      ["--use", "all"],
      [".claude/skills/notes/SKILL.md", ".claude/skills/notes/form.md", ".mcp.json", "CLAUDE.md"],
    ],
    ["a file", ["--use", "CLAUDE.md"], ["CLAUDE.md"]],
    [
      "a folder and a file",
      ["--use", ".claude/skills/notes/", "--use", "CLAUDE.md"],
      [".claude/skills/notes/SKILL.md", ".claude/skills/notes/form.md", "CLAUDE.md"],
    ],
    ["nothing", ["--refuse"], []],
  ])("lets agents use %s", async (_, args, paths) => {
    const room = await roomWith(found);
    const { hash } = (await shown(room)).offered;
    const { code, out } = await parley(room, [...args, "--yes", "--hash", hash]);
    expect(code).toBe(0);
    expect(out).toContain("each from its next turn");
    expect((await used(room)).toSorted()).toEqual(paths);
    expect((await parley(room)).out).toContain("decided");
  });

  test.each([
    ["without a hash in a pipe", ["--use", "all"], 2, "--yes and --hash are both needed"],
    ["with --yes alone", ["--use", "all", "--yes"], 2, "--yes goes only together with --hash"],
    ["with both answers", ["--use", "all", "--refuse"], 2, "do not go together"],
    ["with another hash", ["--use", "all", "--yes", "--hash", "0".repeat(64)], 1, "not what your --hash stands for"],
  ])("decides nothing %s", async (_, args, code, message) => {
    const room = await roomWith(found);
    const ended = await parley(room, args);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(message);
    expect(await shown(room)).toMatchObject({ offered: { isOpen: true } });
  });

  test("decides nothing about a file that is not there", async () => {
    const room = await roomWith(found);
    const { hash } = (await shown(room)).offered;
    const ended = await parley(room, ["--use", "README.md", "--yes", "--hash", hash]);
    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).toContain("The set-up has no “README.md”");
  });

  test("says that none was found, and is for owners alone", async () => {
    const room = await roomWith();
    expect((await parley(room)).out).toContain("No set-up for agents was found");
    const ended = await parley(room, [], room.approver);
    expect(ended.code).toBe(1);
    expect(ended.err).toContain("(forbidden)");
  });
});
