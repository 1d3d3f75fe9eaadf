import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../support/parley-client.js";
import { type Home, makeHome, startCli } from "./support/cli.js";
import { ensureBuilt } from "./support/ensure-built.js";
import { runCliHere } from "./support/run-here.js";

let home: Home;

beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const env = () => readFile(join(home.folder, ".env"), "utf8").catch(() => "");
const key = "sk-ant-api-0123456789abcdef";
/** Without a data folder in the environment, as a new user has it. */
const init = (args: readonly string[], lines: readonly string[]) =>
  runCliHere(home, ["init", "--no-start", ...args], {
    env: { PARLEY_DATA_DIR: "" },
    input: lines.map((line) => `${line}\n`).join(""),
  });

test("asks for folder, key, chat and room, and writes the first two for this user alone", async () => {
  const { code, out, err } = await init([], ["rooms-here", key, "", "payments"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(await env()).toBe(`PARLEY_DATA_DIR=rooms-here\nANTHROPIC_API_KEY=${key}\n`);
  expect((await stat(join(home.folder, ".env"))).mode & 0o777).toBe(0o600);
  expect(out).toContain("parley room new payments");
  expect(out).not.toContain(key);
});

test("writes nothing where everything is left as it is", async () => {
  const { code, out } = await init([], ["", "", "", ""]);
  expect(code).toBe(0);
  expect(await env()).toBe("");
  expect(out).toContain("parley room new first");
});

test("knows a token of claude setup-token by its form", async () => {
  await init([], ["", `sk-ant-oat01-${key}`, "none", ""]);
  expect(await env()).toBe(`CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-${key}\n`);
});

test("asks again for a key that cannot be one, and keeps what stands in .env", async () => {
  await writeFile(join(home.folder, ".env"), "# mine\nOTHER=1\n");
  const { out } = await init(["--room", "a"], ["", "short", "with a space in the middle of it", key, "none"]);
  expect(await env()).toBe(`# mine\nOTHER=1\nANTHROPIC_API_KEY=${key}\n`);
  expect(out.match(/This is no key/g)).toHaveLength(2);
});

test("asks nothing that options say", async () => {
  const { code, out } = await init(["--no-key", "--chat", "none", "--room", "a", "--data-dir", "d"], []);
  expect(code).toBe(0);
  expect(out).not.toContain("?");
  expect(await env()).toBe("PARLEY_DATA_DIR=d\n");
});

test("says what it kept when it is left before its end", async () => {
  const { code, err } = await init([], ["rooms-here"]);
  expect(code).not.toBe(0);
  expect(err).toContain(".env keeps PARLEY_DATA_DIR. Go on with parley init.");
});

test("refuses a chat it does not know", async () => {
  expect(await init([], ["", "", "irc"])).toMatchObject({ code: 2, err: expect.stringContaining("slack or discord") });
});

test("starts the server, makes the room, and prints a link into it", async () => {
  await ensureBuilt();
  const args = ["init", "--no-key", "--chat", "none", "--room", "payments"];
  const running = startCli(home, args, { env: { PARLEY_PORT: "0", USER: "mia" } });
  try {
    await eventually(
      async () => running.out(),
      (out) => /Open\s+http:\/\/\S+#once-/.test(out),
      120_000,
    );
    expect(running.out()).toContain("Room payments (");
    const shown = await runCliHere(home, ["room", "show", "payments"]);
    for (const name of ["planner", "coder", "reviewer"]) expect(shown.out).toContain(name);
  } finally {
    running.process.kill("SIGTERM");
    await running.ended;
  }
}, 180_000);
