import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpServer, serve } from "../../src/http/serve.js";
import { createApi, makeRoom, type TestRoom } from "../http/support/api.js";
import { everyAgentsWork } from "../support/every-agents-work.js";
import { realClock } from "../support/stub-clock.js";
import { type Home, makeHome } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";

let home: Home;
let server: HttpServer;
let room: TestRoom;

beforeAll(async () => {
  home = await makeHome();
  const api = await createApi({ workspaces: everyAgentsWork() });
  server = await serve(api.app, { host: "127.0.0.1", port: 0, clock: realClock, endStreams: api.feeds.close });
  room = await makeRoom(api);
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await home.remove();
});

const parley = (args: readonly string[], token = room.member) =>
  runCliHere(home, args, { env: { PARLEY_URL: `http://127.0.0.1:${server.port}`, PARLEY_TOKEN: token } });

async function ok(...args: string[]) {
  const { code, out, err } = await parley(args);
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  return { out, err };
}

describe("parley files", () => {
  test("lists a folder and prints a file", async () => {
    expect((await ok("files", room.roomId, "coder")).out).toBe(
      "       8 B  README.md\n            src/\n      link  way-out\n",
    );
    expect((await ok("files", room.roomId, "@coder", "src")).out).toBe("      20 B  a.ts\n");
    expect((await ok("files", room.roomId, "coder", "src/a.ts")).out).toBe("export const a = 1;\n");
    const { entries } = JSON.parse((await ok("files", room.roomId, "coder", "src", "--json")).out);
    expect(entries).toEqual([{ name: "a.ts", kind: "file", size: 20 }]);
  });

  test("saves the whole folder as an archive", async () => {
    expect((await ok("files", room.roomId, "coder", "--out", "coder.tar")).err).toContain("written to");
    expect((await readFile(join(home.folder, "coder.tar"))).toString("latin1")).toContain("export const a = 1;");
  });

  test("says why it shows nothing", async () => {
    expect((await parley(["files", room.roomId, "coder", "none"])).err).toContain("no such file or folder");
    expect((await parley(["files", room.roomId, "coder", "way-out"])).err).toContain("link");
    expect((await parley(["files", room.roomId, "coder"], room.viewer)).err).toContain("members and up may");
  });
});

describe("parley diff", () => {
  test("shows what changed, and saves it as it is", async () => {
    expect((await ok("diff", room.roomId, "coder")).out).toContain("-# hi\n+# hello\n");
    await ok("diff", room.roomId, "coder", "--out", "coder.diff");
    expect(await readFile(join(home.folder, "coder.diff"), "utf8")).toContain("@@ -1 +1 @@\n-# hi\n+# hello\n");
  });

  test("compares two agents", async () => {
    expect((await ok("diff", room.roomId, "coder", "reviewer")).err).toContain("Nothing differs");
  });
});
