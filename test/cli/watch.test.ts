import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, eventually } from "../support/parley-client.js";
import { type RunningCli, startCli } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";
import { eventSeen, eventsOf, openSite, roomWith, type Site } from "./support/server.js";

let site: Site;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.end());

const coder = {
  name: "coder",
  runtime: "scripted",
  script: [
    {
      match: "work",
      work: [{ tool: "Bash", input: { command: "npm test" }, ms: 300 }],
      reply: "@reviewer please look",
      delayMs: 50,
    },
  ],
};
const reviewer = {
  name: "reviewer",
  runtime: "scripted",
  gate: "always",
  script: [{ match: "look", reply: "@room fine" }],
};

const sees = (cli: RunningCli, text: string | RegExp) =>
  eventually(
    async () => cli.out(),
    (out) => (typeof text === "string" ? out.includes(text) : text.test(out)),
    60_000,
  );

const jsonLines = (out: string) =>
  out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { version: number; index: number; type: string });

const places = (events: readonly { version: number; index: number }[]) =>
  events.map(({ version, index }) => `${version}.${index}`);

async function end(cli: RunningCli): Promise<number | null> {
  cli.process.kill("SIGINT");
  return (await cli.ended).code;
}

describe("watch in a pipe", () => {
  test("shows who writes to whom, who works on what, and open gates, without one control character", async () => {
    const room = await roomWith(site.home, [coder, reviewer]);
    await runCliHere(site.home, ["send", room, "before you came"]);
    const cli = startCli(site.home, ["watch", room]);
    await sees(cli, "before you came");
    await runCliHere(site.home, ["send", room, "@coder work"]);
    await sees(cli, "message gate");
    await sees(cli, "coder is done");
    expect(await end(cli)).toBe(130);
    const out = cli.out();
    expect(out).toMatch(/^\d\d:\d\d:\d\d host → coder\n {9}work$/m);
    expect(out).toMatch(/^\d\d:\d\d:\d\d coder starts to work on 1 message\n {9}coder · Bash npm test$/m);
    expect(out).toMatch(/^\d\d:\d\d:\d\d coder → reviewer\n {9}please look$/m);
    expect(out).toMatch(
      /^\d\d:\d\d:\d\d ◆ message gate \S+ of reviewer to room: every message of reviewer is held\n {9}│ fine$/m,
    );
    expect(out).toContain(`parley approve|edit|drop ${room} `);
    expect(out.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test("shows no message twice between history and live events", async () => {
    const room = await roomWith(site.home, []);
    const { roomId } = JSON.parse((await runCliHere(site.home, ["room", "show", room, "--json"])).out);
    const token = (await readFile(join(site.home.dataDir, "admin-token"), "utf8")).trim();
    const url = `${site.server().url}/api/rooms/${roomId}/messages`;
    const sending = (async () => {
      for (let n = 0; n < 300; n++) await call(url, { token, body: { body: `message number ${n}.` } });
    })();
    const cli = startCli(site.home, ["watch", room, "--last", "200"]);
    await sending;
    await sees(cli, "message number 299.");
    await end(cli);
    const numbers = [...cli.out().matchAll(/message number (\d+)\.\n/g)].map(([, number]) => Number(number));
    const first = numbers[0] ?? 0;
    expect(numbers).toEqual(Array.from({ length: 300 - first }, (_, at) => first + at));
  });

  test("ends with the room", async () => {
    const room = await roomWith(site.home, [coder]);
    const cli = startCli(site.home, ["watch", room]);
    await sees(cli, room);
    await runCliHere(site.home, ["room", "close", room]);
    expect(await cli.ended).toMatchObject({ code: 0, err: "" });
    expect(cli.out()).toContain("the room is closed");
  });

  test("shows what there is and ends with --no-follow, also of a closed room", async () => {
    const room = await roomWith(site.home, []);
    await runCliHere(site.home, ["send", room, "one"]);
    const people = await runCliHere(site.home, ["watch", room, "--no-follow"]);
    expect(people).toMatchObject({ code: 0, err: "" });
    expect(people.out).toContain("one");
    const json = await runCliHere(site.home, ["watch", room, "--no-follow", "--json", "--after", "0"]);
    expect(jsonLines(json.out)).toEqual(
      await eventsOf(site.home, room).then((events) => jsonLines(events.map((e) => JSON.stringify(e)).join("\n"))),
    );
    await runCliHere(site.home, ["room", "close", room]);
    expect((await runCliHere(site.home, ["watch", room])).out).toContain("one");
  });

  test("in an ASCII locale is ASCII, wrapped to the given width", async () => {
    const room = await roomWith(site.home, []);
    await runCliHere(site.home, ["send", room, `Grüße, ${"word ".repeat(30)}`]);
    const { out } = await runCliHere(site.home, ["watch", room, "--no-follow"], {
      env: { LC_ALL: "C", COLUMNS: "40" },
    });
    expect(out).toMatch(/^[\n -~]*$/);
    expect(out).toContain("host -> room");
    expect(out).toContain("Gr\\xfc\\xdfe,");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
  });

  test("adds the work of agents to --json with --activity", async () => {
    const room = await roomWith(site.home, [coder, reviewer]);
    const cli = startCli(site.home, ["watch", room, "--json", "--after", "0", "--activity"]);
    await sees(cli, "room.created");
    await runCliHere(site.home, ["send", room, "@coder work"]);
    await sees(cli, '"activity.tool"');
    await end(cli);
  });
});

describe("watch through kill -9 and restart", () => {
  test.each([
    ["on the same port", true],
    ["on another port", false],
  ])("%s: no gap, nothing twice, said in one line", async (_, samePort) => {
    const room = await roomWith(site.home, []);
    const people = startCli(site.home, ["watch", room]);
    const json = startCli(site.home, ["watch", room, "--json", "--after", "0"]);
    await sees(people, room);
    await sees(json, "room.created");
    for (let life = 0; life < 3; life++) {
      for (let n = 0; n < 4; n++) {
        const sent = await runCliHere(site.home, ["send", room, `life ${life} message ${n}`]);
        expect(sent).toMatchObject({ code: 0, err: "" });
      }
      await site.kill();
      await sees(people, new RegExp(`(The server is gone[^\\n]*[^]*){${life + 1}}`));
      await site.restart({ samePort });
      await sees(people, new RegExp(`(nothing was missed[^]*){${life + 1}}`));
    }
    await runCliHere(site.home, ["send", room, "the end"]);
    await sees(people, "the end");
    await sees(json, "the end");
    await end(people);
    await end(json);
    expect(places(jsonLines(json.out()))).toEqual(places(await eventsOf(site.home, room)));
    for (let life = 0; life < 3; life++) {
      for (let n = 0; n < 4; n++) expect(people.out().split(`life ${life} message ${n}\n`).length - 1).toBe(1);
    }
    const said = people.out().match(/^↻ .*$/gm);
    expect(said).toHaveLength(3);
    for (const line of said ?? []) {
      expect(line).toMatch(
        /^↻ The server is gone; waiting for it \.\.\. back after \d+ s; going on after \d+\.\d+, nothing was missed$/,
      );
    }
  });

  test("while an agent works: its turn is shown as it went on", async () => {
    const room = await roomWith(site.home, [
      { ...coder, script: [{ match: "work", work: [{ tool: "Bash", ms: 1_500 }], reply: "@host finished" }] },
    ]);
    const json = startCli(site.home, ["watch", room, "--json", "--after", "0"]);
    await sees(json, "room.created");
    await runCliHere(site.home, ["send", room, "@coder work"]);
    await sees(json, "turn.started");
    await site.kill();
    await site.restart();
    await eventSeen(site.home, room, ({ body }) => body === "finished");
    await sees(json, "finished");
    await end(json);
    const events = await eventsOf(site.home, room);
    expect(places(jsonLines(json.out()))).toEqual(places(events.slice(0, jsonLines(json.out()).length)));
  });
});
