import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nameWithHandle } from "../../src/cli/roster.js";
import { call } from "../support/parley-client.js";
import { runCliHere } from "./support/run-here.js";
import { eventsOf, openSite, type Site } from "./support/server.js";

let site: Site;
let rooms = 0;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.end());

const mia = { USER: "mia" };
const parley = (args: readonly string[], env: Record<string, string> = mia) => runCliHere(site.home, args, { env });
const api = async (path: string, body?: object) => {
  const token = (await readFile(join(site.home.dataDir, "admin-token"), "utf8")).trim();
  return call<Record<string, unknown>>(`${site.server().url}/api${path}`, { token, ...(body && { body }) });
};
/** A room that somebody made elsewhere: this terminal has no token for it. */
async function roomOfOthers(owner = "zoe"): Promise<string> {
  rooms += 1;
  const name = `theirs-${rooms}`;
  await api("/rooms", { name, owner });
  return name;
}
const posts = async (room: string) => (await eventsOf(site.home, room)).filter(({ type }) => type === "message.posted");

describe("a terminal on the server's machine", () => {
  test("joins with its first message as an owner under the user's name, and stays that person", async () => {
    const room = await roomOfOthers();
    const first = await parley(["send", room, "one"]);
    expect(first).toMatchObject({ code: 0, err: expect.stringContaining(`You are mia (owner) in ${room}`) });
    expect(await parley(["send", room, "two"])).toMatchObject({ code: 0, err: "" });
    expect((await posts(room)).map(({ from }) => from)).toEqual(["mia", "mia"]);
  });

  test("joins nowhere when it only reads", async () => {
    const room = await roomOfOthers();
    for (const args of [
      ["room", "show", room],
      ["gates", room],
      ["watch", room, "--no-follow"],
      ["export", room],
    ])
      expect(await parley(args)).toMatchObject({ code: 0, err: "" });
    expect((await eventsOf(site.home, room)).filter(({ type }) => type === "participant.joined")).toHaveLength(1);
  });

  test("never becomes somebody of the same name who came another way", async () => {
    const room = await roomOfOthers("mia");
    await parley(["send", room, "hello"]);
    expect(await posts(room)).toMatchObject([{ from: expect.stringMatching(/^mia-\d+$/) }]);
  });

  test("takes a user's name from any script", async () => {
    const room = await roomOfOthers();
    await parley(["send", room, "hello"], { USER: "李雷" });
    expect(await posts(room)).toMatchObject([{ from: "li-lei" }]);
  });

  test("acts as the admin with --admin alone", async () => {
    const room = await roomOfOthers();
    expect(await parley(["send", room, "as the admin", "--admin"])).toMatchObject({ code: 0, err: "" });
    expect(await posts(room)).toMatchObject([{ from: "admin" }]);
    const elsewhere = await parley(["send", room, "x", "--admin", "--url", "http://127.0.0.1:9"]);
    expect(elsewhere.code).not.toBe(0);
  });

  test("makes rooms of its user, and is warned of a second one of a name, both of which stay reachable by their ids", async () => {
    const first = JSON.parse((await parley(["room", "new", "twice", "--json"])).out) as { roomId: string };
    const second = await parley(["room", "new", "twice"]);
    expect(second.err.replace(/\s+/g, " ")).toContain(`2 open rooms are called “twice” now`);
    expect(second.err).toContain(first.roomId);
    expect(second.out).toContain("You are mia (owner)");
    const [, id = ""] = /Room twice \((\w+)\)/.exec(second.out) ?? [];
    for (const roomId of [first.roomId, id]) expect((await parley(["room", "show", roomId])).code).toBe(0);
    expect((await parley(["room", "show", "twice"])).err).toContain(id);
  });
});

describe("names", () => {
  test("are shown with the handle behind, so that none passes for another", () => {
    expect(nameWithHandle("zoe-muller", "Zoë Müller")).toBe("Zoë Müller @zoe-muller");
    expect(nameWithHandle("mia", "admin")).toBe("admin @mia");
    expect(nameWithHandle("mia", "mia")).toBe("mia");
    expect(nameWithHandle("mia", undefined)).toBe("mia");
  });

  test("of people and agents stand in the log, the roster and at gates", async () => {
    rooms += 1;
    const name = `shown-${rooms}`;
    const agents = [
      { name: "rex", displayName: "Rex the Reviewer", gate: "always", script: [{ match: "go", reply: "@room fine" }] },
    ];
    const { body } = await api("/rooms", { name, owner: "zoe", agents });
    const { invites } = body as { invites: { member: string } };
    await parley(["join", invites.member, "--name", "李雷"]);
    await parley(["send", name, "@rex go"]);
    await expect.poll(async () => (await parley(["room", "show", name])).out, { timeout: 60_000 }).toContain("gate");
    const shown = (await parley(["room", "show", name])).out;
    expect(shown).toContain("of Rex the Reviewer @rex");
    expect(shown).toContain("李雷 @li-lei");
    const log = (await parley(["watch", name, "--no-follow"])).out;
    expect(log).toContain("李雷 @li-lei → Rex the Reviewer @rex");
  });
});
