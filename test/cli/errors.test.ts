import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Home, makeHome, runCliProcess, startCli } from "./support/cli.js";
import { ensureBuilt } from "./support/ensure-built.js";
import { runCliHere } from "./support/run-here.js";
import { openSite, roomWith, type Site } from "./support/server.js";

let home: Home;

beforeAll(ensureBuilt);
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

describe("wrong usage ends with 2 and sends nothing", () => {
  test.each<[string[], string]>([
    [["wach"], "There is no command wach. Did you mean “watch”?"],
    [["room", "nwe"], "There is no command room nwe. Did you mean “new”? There are: new, list, show"],
    [["--jsno"], "There is no option --jsno before a command. Did you mean “--json”?"],
    [
      ["--url", "http://127.0.0.1:1", "room", "list"],
      "--url stands before the command; options stand behind it: parley <command> --url …",
    ],
    [["watch", "demo", "--lst", "3"], "There is no option --lst. Did you mean “--last”?"],
    [["watch", "demo", "--last", "many"], "--last is “many”; expected a whole number from 0 to 200."],
    [["watch", "demo", "--after", "x"], "--after is “x”; expected a version"],
    [["send", "demo", "--ttl", "soon", "x"], "--ttl is “soon”; expected a time"],
    [["invite", "new", "demo", "--expires", "0"], "--expires is “0”"],
    [["invite", "new", "demo", "--uses", "none"], "--uses is “none”"],
    [["invite", "new", "demo", "--role", "boss"], "--role is “boss”; it can be owner, approver, member, viewer."],
    [
      ["room", "new", "x", "--agent", "a:b:c"],
      "--agent is “a:b:c”; expected name, name:role, name=runtime or name:role=runtime.",
    ],
    [["room", "new", "x", "--gate", "sometimes"], "--gate is “sometimes”; expected never, always, first"],
    [["room", "new", "x", "--policy", "absent.json"], "absent.json cannot be read"],
    [
      ["agent", "set", "demo", "coder"],
      "agent set needs --role, --prompt, --gate, --model, --effort, --mode or --budget.",
    ],
    [["completion", "basch"], "There is no completion for “basch”; there is for bash, zsh, fish. Did you mean “bash”?"],
    [["room", "list", "--url", "localhost:4400"], "--url is “localhost:4400”; expected an http:// or https:// address"],
    [["join", "http://127.0.0.1:1/", "--name", "mia"], "This link has no code"],
  ])("parley %j", async (args, message) => {
    const { code, out, err } = await runCliHere(home, args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
    expect(err).toMatch(/^parley: /);
  });

  test("a file that is not JSON is named", async () => {
    await writeFile(join(home.folder, "bad.json"), "{nope");
    const { code, err } = await runCliHere(home, ["room", "new", "x", "--agents", "bad.json"]);
    expect(code).toBe(2);
    expect(err).toContain("bad.json is not JSON");
  });
});

/** An address without a listener. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe("a server that is not reached ends with 3", () => {
  test("when none is known", async () => {
    const { code, err } = await runCliProcess(home, ["room", "list"]);
    expect(code).toBe(3);
    expect(err).toContain(`${home.dataDir} has no run.json. Start one with parley up`);
  });

  test("when nothing listens at the address", async () => {
    const url = await deadAddress();
    const { code, err } = await runCliHere(home, ["room", "list", "--url", url]);
    expect(code).toBe(3);
    expect(err).toContain(`The Parley server at ${url} cannot be reached: nothing listens there.`);
  });

  test("when the server that wrote run.json is gone", async () => {
    await mkdir(home.dataDir);
    await writeFile(join(home.dataDir, "run.json"), JSON.stringify({ url: "http://127.0.0.1:9", pid: 2 ** 22 + 1 }));
    const { code, err } = await runCliHere(home, ["room", "list"]);
    expect(code).toBe(3);
    expect(err).toMatch(/process \d+\) is gone; start it again with parley up/);
  });
});

describe("a server that is not Parley", () => {
  let other: Server;
  let url: string;
  let seen: string[];
  let redirects: boolean;

  beforeEach(async () => {
    seen = [];
    redirects = false;
    other = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
      if (redirects) response.writeHead(302, { location: "/api/elsewhere" }).end();
      else response.writeHead(request.url?.startsWith("/api/rooms") ? 200 : 404).end("<html>hello\u001b[31m</html>");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    other.closeAllConnections();
    other.close();
  });

  test("is reported, with exit code 3", async () => {
    const { code, err } = await runCliHere(home, ["room", "list", "--url", url]);
    expect(code).toBe(3);
    expect(err).toContain(`The server at ${url} is not a Parley server`);
    const joined = await runCliHere(home, ["join", "abc", "--name", "mia", "--url", url]);
    expect(joined.code).toBe(3);
    expect(joined.err).toContain("(status 404) does not answer like a Parley server");
  });

  test("does not get the admin token of this machine", async () => {
    await mkdir(home.dataDir);
    await writeFile(join(home.dataDir, "run.json"), JSON.stringify({ url: "http://127.0.0.1:9", pid: 1 }));
    await writeFile(join(home.dataDir, "admin-token"), "top-secret\n");
    await runCliHere(home, ["room", "list", "--url", url]);
    expect(seen).toEqual(["GET /api/rooms -"]);
  });

  test("and gets no token through a redirect", async () => {
    redirects = true;
    const { code } = await runCliHere(home, ["room", "list", "--url", url, "--token", "t"]);
    expect(code).toBe(3);
    expect(seen).toEqual(["GET /api/rooms Bearer t"]);
  });
});

describe("a connection that breaks while a message is sent", () => {
  let flaky: Server;
  let keys: unknown[];
  let url: string;

  beforeEach(async () => {
    keys = [];
    flaky = createServer((request, response) => {
      if (request.method === "GET") {
        response.end(
          JSON.stringify({ rooms: [{ roomId: "r", name: "demo", state: "active", version: 1, openGates: 0 }] }),
        );
        return;
      }
      keys.push(request.headers["idempotency-key"]);
      if (keys.length < 3) request.socket.destroy();
      else response.writeHead(201).end(JSON.stringify({ messageId: "m1", version: 2 }));
    });
    await new Promise<void>((resolve) => flaky.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(flaky.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    flaky.closeAllConnections();
    flaky.close();
  });

  test("is sent again under the same key", async () => {
    const sent = await runCliHere(home, ["send", "demo", "x", "--url", url, "--token", "t"]);
    expect(sent).toMatchObject({ code: 0, out: "Sent as m1, version 2.\n", err: "" });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^\S{8,}$/);
  });
});

describe("with a server", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.end());

  test("a wrong token ends with 1 and says what to do", async () => {
    const { code, err } = await runCliHere(site.home, ["room", "list", "--token", "wrong"]);
    expect(code).toBe(1);
    expect(err).toContain("(unauthorized)");
    expect(err).toContain("Name a token with --token or PARLEY_TOKEN");
  });

  test("a room that is not there ends with 1, with the nearest", async () => {
    await runCliHere(site.home, ["room", "new", "payments"]);
    const { code, err } = await runCliHere(site.home, ["room", "show", "paymets"]);
    expect(code).toBe(1);
    expect(err).toContain("There is no room “paymets”. Did you mean “payments”?");
    const stranger = await runCliHere(home, ["room", "show", "payments", "--url", site.server().url]);
    expect(stranger.code).toBe(1);
    expect(stranger.err).toContain("Join it with an invite code");
  });

  test("too many wrong codes end with 1 and when to try again", async () => {
    const url = ["--url", site.server().url];
    const tries = Array.from({ length: 12 }, () =>
      runCliHere(home, ["join", "00000-00000-0000-0000-0000-0000", "--name", "mia", ...url]),
    );
    const ended = await Promise.all(tries);
    expect(new Set(ended.map(({ code }) => code))).toEqual(new Set([1]));
    expect(ended.some(({ err }) => /Try again in \d+ s\./.test(err))).toBe(true);
  });

  test("a file of kept tokens that is broken is not overwritten", async () => {
    const folder = join(home.env.XDG_CONFIG_HOME ?? "", "parley");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "tokens.json"), "{broken");
    const room = await roomWith(site.home, []);
    const { code, err } = await runCliHere(home, ["room", "show", room, "--url", site.server().url]);
    expect(code).toBe(1);
    expect(err).toContain("cannot be read as JSON; nothing was changed");
  });

  test("Ctrl-C ends with 130, quietly", async () => {
    const room = await roomWith(site.home, []);
    const watching = startCli(site.home, ["watch", room]);
    while (!watching.out().includes(room))
      await new Promise((resolve) => watching.process.stdout?.once("data", resolve));
    watching.process.kill("SIGINT");
    expect(await watching.ended).toMatchObject({ code: 130, err: "" });
  });

  test("a reader that goes away ends it with 0, quietly", async () => {
    const room = await roomWith(site.home, []);
    const watching = startCli(site.home, ["watch", room, "--json", "--after", "0"]);
    await new Promise((resolve) => watching.process.stdout?.once("data", resolve));
    watching.process.stdout?.destroy();
    await runCliHere(site.home, ["send", room, "one"]);
    await runCliHere(site.home, ["send", room, "two"]);
    expect(await watching.ended).toMatchObject({ code: 0, err: "" });
  });
});
