import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCliHere } from "./support/run-here.js";
import { openGate, openSite, roomWith, type Site } from "./support/server.js";

let site: Site;
let room: string;

beforeAll(async () => {
  site = await openSite();
  const asker = {
    name: "asker",
    script: [{ match: ".", ask: { question: "Which?", options: ["a"] }, reply: "@room x" }],
  };
  room = await roomWith(site.home, [asker, { name: "rex", role: "reviewer" }]);
  await runCliHere(site.home, ["send", room, "@asker go"]);
  await openGate(site.home, room);
});
afterAll(() => site.end());

const words = async (...line: string[]) => {
  const { out, err, code } = await runCliHere(site.home, ["completion", "words", "--", ...line]);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  return out.split("\n").filter((word) => word !== "");
};

describe("completions that the server knows", () => {
  test("are rooms, agents, gates, people, roles and handles, where each belongs", async () => {
    expect(await words("watch", "")).toEqual([room]);
    expect(await words("room", "show", room.slice(0, 3))).toEqual([room]);
    expect(await words("agent", "set", room, "")).toEqual(["asker", "rex"]);
    expect(await words("agent", "remove", room, "r")).toEqual(["rex"]);
    expect(await words("agent", "add", room, "new", "--role", "re")).toEqual(["reviewer"]);
    expect(await words("role", "show", "cod")).toEqual(["coder"]);
    expect(await words("answer", room, "")).toEqual([expect.stringMatching(/^a-/)]);
    expect(await words("person", "remove", room, "")).toEqual(["host"]);
    expect(await words("send", room, "@r")).toEqual(["@rex"]);
    expect(await words("retry", room, "--agent", "a")).toEqual(["asker"]);
  });

  test("are none where nothing fits, and never an error", async () => {
    for (const line of [
      ["send", room, "hello"],
      ["watch", "nothing-like-it"],
      ["agent", "set", "no-room", ""],
      ["x"],
      [""],
    ])
      expect(await words(...line), line.join(" ")).toEqual([]);
  });

  test("name rooms of the same name by their ids", async () => {
    for (const _ of [1, 2]) await runCliHere(site.home, ["room", "new", "twin"]);
    const offered = await words("watch", "");
    expect(offered).not.toContain("twin");
    expect(offered).toHaveLength(3);
  });
});

describe("parley role", () => {
  test("lists the roles and shows one with its tools and text", async () => {
    const list = await runCliHere(site.home, ["role", "list"]);
    for (const role of ["agent", "coder", "planner", "reviewer", "ui-designer"]) expect(list.out).toContain(role);
    const shown = await runCliHere(site.home, ["role", "show", "developer"]);
    expect(shown.out).toContain("coder  Changes code");
    expect(shown.out).toContain("AskUserQuestion");
    expect((await runCliHere(site.home, ["role", "show", "nothing"])).code).toBe(1);
  });

  test("checks one's own roles, with file and line", async () => {
    const folder = join(site.home.folder, "own", "roles", "cook");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "SKILL.md"), "---\nname: cook\ndescription: Cooks.\n---\nYou cook.\n");
    expect(await runCliHere(site.home, ["role", "check", "own"])).toMatchObject({ code: 0 });
    await writeFile(join(folder, "SKILL.md"), "---\nname: cook\nnonsense: 1\n---\nYou cook.\n");
    const broken = await runCliHere(site.home, ["role", "check", "own"]);
    expect(broken.code).toBe(1);
    expect(broken.out).toContain("SKILL.md");
    expect((await runCliHere(site.home, ["role", "check"])).code).toBe(1);
  });
});
