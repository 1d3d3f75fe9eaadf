import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, makeHome, type RunOptions, runCliProcess } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";
import { eventSeen, eventsOf, openGate, openSite, roomWith, type Site } from "./support/server.js";

let site: Site;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.end());

const parley = (args: readonly string[], options?: RunOptions): Promise<Ended> => runCliHere(site.home, args, options);
const parleyProcess = (args: readonly string[], options?: RunOptions): Promise<Ended> =>
  runCliProcess(site.home, args, options);

/** Runs a command that must succeed and resolves to its output. */
async function ok(...args: string[]): Promise<string> {
  const { code, out, err } = await parley(args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

const okJson = async (...args: string[]): Promise<Record<string, unknown>> => JSON.parse(await ok(...args, "--json"));

const adminTokenOf = async ({ home }: Site) => (await readFile(join(home.dataDir, "admin-token"), "utf8")).trim();

const echo = { name: "echo", runtime: "scripted", script: [{ match: "^ping (.*)", reply: "@host pong" }] };

describe("rooms", () => {
  test("are made with agents, and the owner's token is kept, not printed", async () => {
    const out = await ok("room", "new", "first", "--agent", "coder", "--agent", "rex:reviewer", "--owner", "mia");
    expect(out).toMatch(/^Room first \([0-9a-z]{10}\) is there\.$/m);
    expect(out).toMatch(/Invite as member\s+\S{20,}/);
    expect(out).toMatch(/opens http:\/\/127\.0\.0\.1:\d+\/#<code> in a browser/);
    expect(out).toContain("You are mia (owner) in it");
    const path = join(site.home.env.XDG_CONFIG_HOME ?? "", "parley", "tokens.json");
    const { tokens } = JSON.parse(await readFile(path, "utf8"));
    expect(tokens).toEqual([expect.objectContaining({ roomName: "first", name: "mia", role: "owner" })]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(out).not.toContain(tokens[0].token);
    const shown = await ok("room", "show", "first");
    expect(shown).toMatch(/coder +agent, coder/);
    expect(shown).toMatch(/rex +agent, reviewer/);
    expect(shown).toMatch(/mia +owner/);
  });

  test("say that their agents are halted", async () => {
    const script = [{ match: "^(go|on)", reply: "@room on" }];
    const agents = ["ping", "pong"].map((name) => ({ name, script }));
    const room = await roomWith(site.home, agents, { loopGuard: { maxHops: 2 } });
    expect(await ok("room", "show", room)).toMatch(/active, version 1$/m);
    await ok("send", room, "@ping go");
    await openGate(site.home, room);
    const shown = await ok("room", "show", room);
    expect(shown).toContain("halted until somebody decides whether agents go on, version");
    expect(shown).toMatch(/ping +agent +idle/);
  });

  test("say which repository they are about", async () => {
    await ok("room", "new", "about", "--repo", "https://example.org/acme/a.git", "--branch", "main");
    expect(await ok("room", "show", "about")).toContain("repo    https://example.org/acme/a, branch main");
  });

  test("print the token only when asked", async () => {
    expect(await okJson("room", "new", "quiet")).not.toHaveProperty("token");
    expect(await okJson("room", "new", "loud", "--show-token")).toHaveProperty("token", expect.any(String));
  });

  test("are listed and shown by name and by id", async () => {
    const { rooms } = (await okJson("room", "list")) as { rooms: { roomId: string; name: string }[] };
    const first = rooms.find(({ name }) => name === "first");
    expect(await ok("room", "list")).toContain(`${first?.roomId}  first`);
    expect(await okJson("room", "show", first?.roomId ?? "")).toMatchObject({ name: "first", state: "active" });
  });

  test("of the same name are distinguished by id, and a closed one does not count", async () => {
    await ok("room", "new", "twin");
    expect((await parley(["room", "new", "twin"])).err).toContain("2 open rooms are called “twin” now");
    const two = await parley(["room", "show", "twin"]);
    expect(two).toMatchObject({ code: 2, out: "" });
    expect(two.err).toMatch(/2 rooms are called “twin”; use one of their ids: \w{10}, \w{10}/);
    const [, id = ""] = /ids: (\w{10})/.exec(two.err) ?? [];
    await ok("room", "close", id);
    await ok("room", "show", "twin");
  });

  test("pause, resume, stop and close", async () => {
    const room = await roomWith(site.home, [echo]);
    expect(await ok("room", "pause", room)).toContain("paused");
    expect(await okJson("room", "show", room)).toMatchObject({ state: "paused" });
    expect(await ok("room", "resume", room)).toContain("goes on");
    expect(await ok("room", "stop", room)).toContain("every agent was stopped");
    expect(await ok("room", "close", room)).toContain("closed");
    const late = await parley(["send", room, "too late"]);
    expect(late).toMatchObject({ code: 1, out: "" });
    expect(late.err).toContain("(room_closed)");
  });

  test("give up what their agents have on disk only when closed, and only when that is sure", async () => {
    const room = await roomWith(site.home, [echo]);
    const open = await parley(["room", "purge", room, "--yes"]);
    expect(open).toMatchObject({ code: 1, out: "" });
    expect(open.err).toContain("(room_open)");
    await ok("room", "close", room);
    const unsure = await parley(["room", "purge", room]);
    expect(unsure).toMatchObject({ code: 2, out: "" });
    expect(unsure.err).toContain("--yes is needed. Nothing was deleted.");
    expect(await ok("room", "purge", room, "--yes")).toContain("no home of its agents was on the server's machine");
    expect(await ok("export", room)).toContain('"type":"room.purged"');
  });

  test("change name and rules, and keep the rules that were not named", async () => {
    const room = await roomWith(site.home, [], { loopGuard: false });
    await ok("room", "set", room, "--gate", "always");
    expect(await okJson("room", "show", room)).toMatchObject({ policy: { gate: "always", loopGuard: false } });
    await ok("room", "set", room, "--name", "renamed");
    expect(await ok("room", "show", "renamed")).toContain("renamed");
    expect((await parley(["room", "set", "renamed"])).code).toBe(2);
  });

  test("grant provider features by name, and revoke them", async () => {
    const room = await roomWith(site.home, [], {});
    const access = async () => (await okJson("room", "show", room)).policy;
    await ok("room", "set", room, "--provider-access", "web_search", "--provider-access", "mcp:mcp.example.com");
    expect(await access()).toEqual({ providerAccess: ["web_search", "mcp:mcp.example.com"] });
    await ok("room", "set", room, "--no-provider-access", "web_search");
    expect(await access()).toEqual({ providerAccess: ["mcp:mcp.example.com"] });
    for (const wrong of ["everything", "mcp:https://mcp.example.com", "mcp:"]) {
      const refused = await parley(["room", "set", room, "--provider-access", wrong]);
      expect(refused.code).not.toBe(0);
      expect(refused.err).toContain("no provider access");
    }
  });

  test("let agents reach hosts, one by one, and no longer", async () => {
    const { roomId } = await okJson("room", "new", "reach", "--gate", "first", "--egress", "a.example");
    const room = String(roomId);
    const policy = async () => (await okJson("room", "show", room)).policy;
    expect(await policy()).toEqual({ gate: "first", egress: ["a.example"] });
    await ok("room", "set", room, "--egress", "*.b.example", "--egress", "c.example:80", "--egress", "a.example");
    expect(await policy()).toEqual({ gate: "first", egress: ["a.example", "*.b.example", "c.example:80"] });
    await ok("room", "set", room, "--no-egress", "a.example", "--no-egress", "*.b.example");
    expect(await ok("room", "show", room)).toContain('policy  {"gate":"first","egress":["c.example:80"]}');
    const unknown = await parley(["room", "set", room, "--no-egress", "a.example"]);
    expect(unknown).toMatchObject({ code: 2, out: "" });
    expect(unknown.err).toContain("a.example is not on the room's egress list (it has c.example:80).");
    const wrong = await parley(["room", "set", room, "--egress", "https://d.example"]);
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toContain('"https://d.example" is not an egress entry');
    expect(await policy()).toEqual({ gate: "first", egress: ["c.example:80"] });
  });
});

describe("agents", () => {
  test("join, get other rules, are interrupted and leave", async () => {
    const room = await roomWith(site.home, []);
    await writeFile(
      join(site.home.folder, "slow.json"),
      JSON.stringify([{ match: "work", work: [{ tool: "Bash", ms: 60_000 }] }]),
    );
    const added = ["agent", "add", room, "slow", "--role", "coder", "--runtime", "scripted", "--script", "slow.json"];
    expect(await ok(...added, "--gate", "first", "--prompt", "Be slow.")).toBe("slow joined.\n");
    expect(await ok("agent", "set", room, "slow", "--gate", '{"to":["room"]}')).toBe("slow is changed: gate now.\n");
    await ok("send", room, "@slow work");
    await eventSeen(site.home, room, ({ type }) => type === "turn.started");
    expect(await ok("agent", "interrupt", room, "slow")).toBe("slow was interrupted.\n");
    await eventSeen(site.home, room, ({ type, outcome }) => type === "turn.ended" && outcome === "cancelled");
    expect(await ok("agent", "remove", room, "slow")).toBe("slow left.\n");
    const gone = await parley(["agent", "remove", room, "slow"]);
    expect(gone.code).toBe(1);
    expect(gone.err).toContain("(participant_not_found)");
  });

  test("that run outside Parley are invited, with a token of their own that is listed and revoked", async () => {
    const room = await roomWith(site.home, [{ name: "coder", script: [] }]);
    const out = await ok("agent", "invite", room, "--as", "Laptop", "--gate", "first", "--expires", "12h");
    const token = /^p2\.room-agent\.\S+$/m.exec(out)?.[0] ?? "";
    expect(out).toContain(`/mcp --header "Authorization: Bearer ${token}"`);
    expect(out).toContain("laptop may join");
    const given = JSON.parse(await ok("agent", "invite", room, "--as", "laptop", "--json"));
    expect(given).toMatchObject({
      name: "laptop",
      token: expect.stringMatching(/^p2\.room-agent\./),
      roomId: expect.any(String),
    });
    expect(given.token).not.toBe(token);
    const listed = await ok("token", "list", room);
    expect(listed.match(/laptop, agent, for/g)).toHaveLength(2);
    expect(listed).not.toContain(given.token);
    const answer = await fetch(`${given.url}/api/rooms/${given.roomId}/agent`, {
      headers: { Authorization: `Bearer ${given.token}` },
    });
    expect(await answer.json()).toMatchObject({ you: { name: "laptop" } });
    expect(await ok("token", "revoke", room, given.tokenId)).toContain("is revoked");
    expect((await parley(["agent", "invite", room, "--as", "coder"])).err).toContain("(name_taken)");
  });

  test("get what failed again, and a new conversation, on request", async () => {
    const stumble = [
      { match: "^go", fail: "error", times: 1 },
      { match: "^go", reply: "@host done" },
    ];
    const room = await roomWith(site.home, [{ name: "stumbler", runtime: "scripted", script: stumble }]);
    const nothing = await parley(["retry", room]);
    expect(nothing).toMatchObject({ code: 1, out: "" });
    expect(nothing.err).toContain("(nothing_to_retry)");
    await ok("send", room, "@stumbler go");
    await eventSeen(site.home, room, ({ type, outcome }) => type === "turn.ended" && outcome === "failed");
    const posted = (await eventsOf(site.home, room)).find(({ type }) => type === "message.posted");
    const messageId = String(posted?.messageId);
    const again = await ok("retry", room, messageId, "--agent", "stumbler");
    expect(again).toBe(`Message ${messageId} is delivered again to stumbler, attempt 2.\n`);
    await eventSeen(site.home, room, ({ type, outcome }) => type === "turn.ended" && outcome === "done");
    expect((await parley(["retry", room])).err).toContain("(nothing_to_retry)");
    expect(await ok("agent", "fresh", room, "stumbler")).toBe(
      `stumbler begins a new conversation with its next message. What failed is delivered again with: parley retry ${room}\n`,
    );
    expect(await okJson("agent", "fresh", room, "stumbler")).toEqual({ version: expect.any(Number) });
    expect((await parley(["agent", "fresh", room, "nobody"])).err).toContain("(participant_not_found)");
  });

  test("keep their other limits when the total is changed", async () => {
    const budget = { usd: 5, usdPerDay: 1, tokens: 9 };
    const room = await roomWith(site.home, [{ ...echo, name: "spender", budget }]);
    expect(await ok("agent", "set", room, "spender", "--budget", "$7")).toBe("spender is changed: budget now.\n");
    const { agents } = (await okJson("usage", room)) as { agents: { limits: object }[] };
    expect(agents.map(({ limits }) => limits)).toEqual([{ usd: 7, usdPerDay: 1, tokens: 9 }]);
  });

  test("take standing instructions from a file or a pipe", async () => {
    const room = await roomWith(site.home, []);
    const added = await parley(["agent", "add", room, "helper", "--prompt-file", "-"], { input: "Help.\n" });
    expect(added).toMatchObject({ code: 0, err: "" });
    const joined = (await eventsOf(site.home, room)).find(({ name }) => name === "helper");
    expect(joined).toMatchObject({ prompt: "Help.\n" });
  });
});

describe("invites", () => {
  test("let people in, are listed and revoked; the token is kept for the room", async () => {
    const room = await roomWith(site.home, [echo]);
    const made = await okJson("invite", "new", room, "--role", "approver", "--expires", "1h", "--uses", "2");
    const { code, inviteId } = made as { code: string; inviteId: string };
    expect(await ok("invite", "list", room)).toMatch(
      new RegExp(`${inviteId}  approver, 2 uses left, for \\d+ (min|h) more`),
    );
    const guest = await makeHome();
    const url = site.server().url;
    expect(await ok("invite", "new", room)).toMatch(new RegExp(`In a browser: ${url}/#[0-9a-z-]{20,}$`, "m"));
    const joined = await runCliHere(guest, ["join", `${url}/#${code}`, "--name", "ann", "--display-name", "Ann B."]);
    expect(joined).toMatchObject({ code: 0, err: "" });
    expect(joined.out).toContain(`You are ann (approver) in ${room}`);
    const kept = await readFile(join(guest.env.XDG_CONFIG_HOME ?? "", "parley", "tokens.json"), "utf8");
    const [{ token }] = JSON.parse(kept).tokens;
    expect(joined.out).not.toContain(token);
    const sent = await runCliHere(guest, ["send", room, "hello", "--url", url]);
    expect(sent).toMatchObject({ code: 0, err: "" });
    const events = await eventsOf(site.home, room);
    expect(events.find(({ type }) => type === "message.posted")).toMatchObject({ from: "ann", body: "hello" });
    expect(await ok("invite", "revoke", room, inviteId)).toBe(`Invite ${inviteId} is revoked.\n`);
    const opened = await runCliHere(guest, ["open", room, "--url", url]);
    expect(opened.out).toMatch(new RegExp(`^Open ${url}/#once-\\S+ in a browser, as ann\\. The link works once`));
    const late = await runCliHere(guest, ["join", "-", "--name", "bob", "--url", url], { input: `${code}\n` });
    expect(late.code).toBe(1);
    expect(late.err).toContain("(invite_invalid)");
    await guest.remove();
  });

  test("a taken name is answered with a free one", async () => {
    const room = await roomWith(site.home, [echo]);
    const { code } = (await okJson("invite", "new", room)) as { code: string };
    expect(await okJson("join", code, "--name", "李雷")).toMatchObject({ name: "li-lei", role: "member" });
    expect(await okJson("join", code, "--display-name", "Zoë Müller")).toMatchObject({ name: "zoe-muller" });
    const taken = await parley(["join", code, "--name", "host"]);
    expect(taken.code).toBe(1);
    expect(taken.err).toContain("Free would be: host-2");
    const shown = await okJson("join", code, "--name", "host-2", "--show-token");
    expect(shown).toMatchObject({ name: "host-2", role: "member", token: expect.any(String) });
  });

  test("a person is removed, and comes back under the same name with a code of their own", async () => {
    const room = await roomWith(site.home, []);
    const { code } = (await okJson("invite", "new", room)) as { code: string };
    const { token } = await okJson("join", code, "--name", "max", "--show-token");
    const owner = ["--token", await adminTokenOf(site)];
    const removed = (await ok("person", "remove", room, "max", ...owner)).split("\n");
    expect(removed[0]).toBe("max is no longer in the room.");
    expect(removed[1]).toBe("These invites stay open, and they may know them (parley invite revoke ends one):");
    expect(removed.slice(2).join("\n")).toContain("member, 99 uses left");
    expect((await parley(["send", room, "still here?", "--token", String(token)])).code).toBe(1);
    const back = (await okJson("invite", "new", room, "--for", "max", ...owner)) as { code: string };
    expect(await okJson("join", back.code, "--name", "max")).toMatchObject({ name: "max", role: "member" });
  });

  test("a member's token may not do what an owner may", async () => {
    const room = await roomWith(site.home, []);
    const { code } = (await okJson("invite", "new", room, "--role", "viewer")) as { code: string };
    const { token, roomId } = await okJson("join", code, "--name", "vic", "--show-token");
    const refused = await parley(["room", "close", String(roomId), "--token", String(token)]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("(forbidden)");
    const byName = await parley(["room", "show", room], { env: { PARLEY_TOKEN: String(token) } });
    expect(byName.code).toBe(0);
  });
});

describe("tokens", () => {
  test("are made for a program, shown once, listed and revoked", async () => {
    const room = await roomWith(site.home, [echo]);
    const out = await ok(
      "token",
      "new",
      room,
      "--scope",
      "read",
      "--scope",
      "post",
      "--label",
      "ci",
      "--expires",
      "1h",
    );
    expect(out).toMatch(/^Token [0-9a-z]{16} of host \(read, post\):$/m);
    const token = /p2\.api\.\S{60}/.exec(out)?.[0] ?? "";
    expect((await parley(["send", room, "@echo ping x", "--token", token])).code).toBe(0);
    expect((await parley(["room", "pause", room, "--token", token])).err).toContain("This takes the scope manage");
    const listed = await ok("token", "list", room);
    expect(listed).toMatch(/^[0-9a-z]{16} {2}host, ci, read post, for /m);
    expect(listed).not.toContain(token.split(".")[3]);
    const id = token.split(".")[2] ?? "";
    expect(await ok("token", "revoke", room, id)).toBe(`Token ${id} is revoked.\n`);
    expect((await parley(["send", room, "again", "--token", token])).code).toBe(1);
    expect(await ok("token", "list", room)).toContain("There is no token.");
  });
});

describe("spending", () => {
  test("is shown for a room and for everything, and stopped and resumed by the admin", async () => {
    const roomId = await roomWith(site.home, [echo]);
    expect(await ok("usage", roomId)).toMatch(/^room {2}today \$0\.00, this month \$0\.00, total \$0\.00, 0 tokens$/m);
    expect(await ok("usage")).toMatch(/^installation {2}today \$0\.00/);
    expect(await ok("spending", "show")).toMatch(/^Spending is not stopped/);
    expect(await ok("spending", "stop", "--reason", "too dear")).toMatch(
      /^All spending is stopped, by admin .*: too dear$/m,
    );
    expect(await okJson("spending", "show")).toMatchObject({ stopped: true, reason: "too dear" });
    expect(await ok("spending", "resume")).toMatch(/^Spending is not stopped/);
  });
});

describe("messages", () => {
  test("are sent from words, a pipe and a file, to whom they name", async () => {
    const room = await roomWith(site.home, [echo]);
    expect(await ok("send", room, "@echo", "ping", "me")).toMatch(/^Sent as \S+, version \d+\.$/m);
    await eventSeen(site.home, room, ({ body }) => body === "pong");
    const piped = await parley(["send", room, "--to", "echo", "--class", "notify", "--ttl", "15m"], {
      input: "line 1\nline 2\n",
    });
    expect(piped).toMatchObject({ code: 0, err: "" });
    const events = await eventsOf(site.home, room);
    expect(events.find(({ body }) => body === "line 1\nline 2")).toMatchObject({
      to: ["echo"],
      class: "notify",
      expiresAtMs: expect.any(Number),
    });
    expect(events.find(({ body }) => body === "ping me")).toMatchObject({ from: "host", to: ["echo"] });
  });

  test("are refused when empty, too long or for an unknown recipient", async () => {
    const room = await roomWith(site.home, [echo]);
    expect(await parley(["send", room], { input: " \n" })).toMatchObject({ code: 2, out: "" });
    const long = await parley(["send", room, "-"], { input: "x".repeat(33_000) });
    expect(long.code).toBe(1);
    const endless = await parleyProcess(["send", room, "-"], { input: "x".repeat(1_100_000) });
    expect(endless).toMatchObject({ code: 2, out: "" });
    const nobody = await parley(["send", room, "--to", "nobody", "hi"]);
    expect(nobody.code).toBe(1);
    expect(nobody.err).toMatch(/^parley: .*nobody/);
  });
});

describe("export", () => {
  test("gives every event as JSON, and a text to read", async () => {
    const room = await roomWith(site.home, [echo]);
    await ok("send", room, "@echo ping \u202e\u001b[31m");
    await eventSeen(site.home, room, ({ body }) => body === "pong");
    const out = await ok("export", room);
    expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cf}\p{Cc}]/u);
    const printed = out.trim().split("\n");
    expect(printed.map((line) => JSON.parse(line))).toEqual(await eventsOf(site.home, room));
    expect(printed.some((line) => line.includes("ping \\u202e\\u001b[31m"))).toBe(true);
    const md = await ok("export", room, "--format", "md");
    expect(md).toContain("pong");
    expect(md.replaceAll("\n", "")).not.toMatch(/[\p{Cf}\p{Cc}]/u);
  });

  test("into a file is complete or not there", async () => {
    const room = await roomWith(site.home, [echo]);
    const file = join(site.home.folder, "out.jsonl");
    const done = await parley(["export", room, "-o", "out.jsonl"]);
    expect(done).toMatchObject({ code: 0, out: "" });
    expect(done.err).toContain(`written to ${file}`);
    expect((await readFile(file, "utf8")).trim().split("\n").length).toBeGreaterThan(1);
    expect((await parley(["export", room, "-o", "no/such/folder"])).code).toBe(1);
  });
});

describe("help", () => {
  test("is there for everything", async () => {
    const overview = await ok("--help");
    expect(overview).toContain("room new");
    expect(await ok("help")).toBe(overview);
    expect(await ok("send", "--help")).toContain('parley send demo "@coder please add a test"');
    expect(await ok("help", "send")).toBe(await ok("send", "-h"));
    expect(await ok("room", "--help")).toContain("room pause");
    expect((await parleyProcess(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await ok("up", "--help")).toContain("PARLEY_DATA_DIR");
  });

  test("without a command is the overview, and an error", async () => {
    const nothing = await parley([]);
    expect(nothing.code).toBe(2);
    expect(nothing.out).toContain("Usage: parley <command>");
    expect((await parley(["room"])).code).toBe(2);
    expect(await parley(["up", "--json"])).toMatchObject({ code: 2, out: "" });
  });
});
