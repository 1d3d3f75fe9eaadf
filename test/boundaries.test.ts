import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { SourceFile } from "./support/ast.js";
import { checkBoundaries } from "./support/boundaries.js";
import { listSources, readModule } from "./support/imports.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Files as `{path: text}`; other files do not exist. */
const check = (files: Record<string, string>) =>
  checkBoundaries(Object.entries(files).map(([path, text]): SourceFile => ({ path, text })));

describe("the source", () => {
  const files = listSources(root, ["src", "adapters"]);

  test("is there to be checked", () => {
    expect(files.map((file) => file.path)).toContain("src/config.ts");
  });

  test("has no wrong arrow, no cycle, no default export, no file over 300 lines and one reader of the environment", () => {
    expect(checkBoundaries(files)).toEqual([]);
  });
});

describe("what a module imports", () => {
  test("is found in any spelling, and only in code", () => {
    const text = [
      'import "./a.js"; import b from "./b.js"; import * as c from "./c.js"; import { d } from "./d.js";',
      'import type { E } from "./e.js"; import { type F } from "./f.js"; import { g, type G } from "./g.js";',
      'export * from "./h.js"; export { i } from "./i.js"; export type { J } from "./j.js"; export * as k from "./k.js";',
      "const l = await import('./l.js'); const m = await import(`./m.js`); type N = import(\"./n.js\").N;",
      'import o = require("./o.js"); const f = () => { void import("./p.js"); };',
      // A template with a hole, in pieces so that it is not a template here.
      'const r = /["\'`/]import "no1"/; const s = `$' + '{await import("./q.js")} import "no2"`; // import "no3"',
      'const t = \'import "no4"\'; /* import "no5" */ const u = 4 / 2; const v = "import(\'no6\') / ";',
    ].join("\n");
    const { imports } = readModule({ path: "src/x.ts", text });
    expect(imports.map(({ specifier }) => specifier)).toEqual([..."abcdefghijklmnopq"].map((name) => `./${name}.js`));
    expect(imports.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier)).toEqual(
      [..."efjn"].map((name) => `./${name}.js`),
    );
    expect(imports.map(({ line }) => line)).toEqual([1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6]);
  });

  test("is found in a file with markup", () => {
    const text = 'import { render } from "preact"; export const Page = () => <p title="import">{import("./a.js")}</p>;';
    const { imports } = readModule({ path: "adapters/web/client/page.tsx", text });
    expect(imports.map(({ specifier }) => specifier)).toEqual(["preact", "./a.js"]);
  });
});

const empty = "export {};";
const target = (path: string) => ({ [path]: empty });

describe("a right arrow", () => {
  test.each<[string, string, Record<string, string>]>([
    ["src/core/a.ts", 'import { z } from "zod"; import { b } from "./b.js";', target("src/core/b.ts")],
    ["src/ports/a.ts", 'import type { B } from "../core/b.js";', target("src/core/b.ts")],
    ["src/runtime/rooms/a.ts", 'import "node:fs"; import { b } from "../../ports/b.js";', target("src/ports/b.ts")],
    [
      "src/http/a.ts",
      'import "hono/sse"; import "@hono/node-server"; import "../runtime/rooms/b.js";',
      target("src/runtime/rooms/b.ts"),
    ],
    ["src/cli/a.ts", 'import "zod"; import "../protocol/b.js";', target("src/protocol/b.ts")],
    ["src/protocol/a.ts", 'import "zod"; import "../core/room/b.js";', target("src/core/room/b.ts")],
    ["src/runtime/chat/a.ts", 'import "../rooms/b.js";', target("src/runtime/rooms/b.ts")],
    ["src/runtime/node/a.ts", 'import "../chat/inbound/b.js";', target("src/runtime/chat/inbound/b.ts")],
    ["adapters/slack/a.ts", 'import "../kit/b.js";', target("adapters/kit/b.ts")],
    ["adapters/web/client/a.ts", 'import type { B } from "../../../src/protocol/b.js";', target("src/protocol/b.ts")],
    [
      "adapters/redis/a.ts",
      'import "bullmq"; import "ioredis"; import "../../src/ports/b.js";',
      target("src/ports/b.ts"),
    ],
    ["adapters/slack/a.ts", 'import "@slack/bolt"; import "node:url"; import "zod";', {}],
    ["adapters/web/client/a.tsx", 'import "preact/hooks"; import "../../../src/core/b.js";', target("src/core/b.ts")],
    ["src/main.ts", 'import "../adapters/lmdb/b.js"; import "pino"; process.env.A;', target("adapters/lmdb/b.ts")],
    ["src/main/a.ts", 'import "./assemble/b.js";', target("src/main/assemble/b.ts")],
    [
      "src/main/assemble.ts",
      'import "../runtime/node/b.js"; import "../http/c.js";',
      {
        ...target("src/runtime/node/b.ts"),
        ...target("src/http/c.ts"),
      },
    ],
    ["adapters/docker/a.ts", "const { pid } = process; const env = { A: 1 }; options.env; process.exit;", {}],
  ])("%s may: %s", (path, text, others) => {
    expect(check({ [path]: text, ...others })).toEqual([]);
  });
});

describe("a wrong arrow", () => {
  test.each<[string, string, Record<string, string>]>([
    ["src/core/a.ts", 'import "node:crypto";', {}],
    ["src/core/a.ts", 'import type { Stats } from "node:fs";', {}],
    ["src/core/a.ts", 'import "zodiac";', {}],
    ["src/core/a.ts", 'type B = import("../ports/b.js").B;', target("src/ports/b.ts")],
    ["src/ports/a.ts", 'import { b } from "../core/b.js";', target("src/core/b.ts")],
    ["src/ports/a.ts", 'import { Readable } from "node:stream";', {}],
    ["src/ports/a.ts", 'import type { B } from "../runtime/rooms/b.js";', target("src/runtime/rooms/b.ts")],
    ["src/runtime/rooms/a.ts", 'import "lmdb";', {}],
    ["src/runtime/rooms/a.ts", 'import "hono";', {}],
    ["src/runtime/rooms/a.ts", 'export * from "../../http/b.js";', target("src/http/b.ts")],
    ["src/runtime/rooms/a.ts", 'const b = () => import("../../../adapters/lmdb/b.js");', target("adapters/lmdb/b.ts")],
    ["src/http/a.ts", 'import "../cli/b.js";', target("src/cli/b.ts")],
    ["src/http/a.ts", 'import "pino";', {}],
    ["src/cli/a.ts", 'import "../http/b.js";', target("src/http/b.ts")],
    ["src/cli/a.ts", 'import "../../adapters/memory/b.js";', target("adapters/memory/b.ts")],
    ["src/config.ts", 'import "node:os";', {}],
    ["adapters/lmdb/a.ts", 'import "ioredis";', {}],
    ["adapters/lmdb/a.ts", 'import "../redis/b.js";', target("adapters/redis/b.ts")],
    ["adapters/lmdb/a.ts", 'import type { B } from "../../src/runtime/rooms/b.js";', target("src/runtime/rooms/b.ts")],
    ["adapters/slack/a.ts", 'import type { B } from "../../src/http/b.js";', target("src/http/b.ts")],
    ["adapters/scripted/a.ts", 'import "@anthropic-ai/claude-agent-sdk";', {}],
    ["adapters/web/client/a.ts", 'import "node:path";', {}],
    ["adapters/web/client/a.ts", 'import type { B } from "../../../src/ports/b.js";', target("src/ports/b.ts")],
    ["src/main/assemble.ts", 'import type { B } from "../../adapters/lmdb/b.js";', target("adapters/lmdb/b.ts")],
    ["src/main/assemble/a.ts", 'const b = () => import("../../../adapters/lmdb/b.js");', target("adapters/lmdb/b.ts")],
    ["src/main/assemble/a.ts", 'import "../../config.js";', target("src/config.ts")],
    ["src/main/assemble/a.ts", 'import "../server.js";', target("src/main/server.ts")],
    ["adapters/mystery/a.ts", empty, {}],
    ["src/helpers.ts", empty, {}],
    ["src/core/a.ts", 'import "./gone.js";', {}],
    ["src/runtime/rooms/a.ts", 'import "../../../test/support/imports.js";', {}],
    ["src/runtime/rooms/a.ts", 'import "../chat/b.js";', target("src/runtime/chat/b.ts")],
    ["src/runtime/access/a.ts", 'import "../rooms/b.js";', target("src/runtime/rooms/b.ts")],
    ["src/runtime/chat/a.ts", 'import type { B } from "../agents/b.js";', target("src/runtime/agents/b.ts")],
    ["src/runtime/viewers/a.ts", 'import "../chat/outbound/b.js";', target("src/runtime/chat/outbound/b.ts")],
    ["src/runtime/sandbox/a.ts", 'import "../chat/b.js";', target("src/runtime/chat/b.ts")],
    ["src/runtime/roles/a.ts", 'import type { B } from "../rooms/b.js";', target("src/runtime/rooms/b.ts")],
    ["src/runtime/mystery/a.ts", empty, {}],
    ["src/runtime/a.ts", empty, {}],
    ["src/protocol/a.ts", 'import "../http/b.js";', target("src/http/b.ts")],
    ["src/http/a.ts", 'import "../runtime/chat/b.js";', target("src/runtime/chat/b.ts")],
    ["src/cli/a.ts", 'import "../runtime/rooms/b.js";', target("src/runtime/rooms/b.ts")],
    ["adapters/kit/a.ts", 'import "../slack/b.js";', target("adapters/slack/b.ts")],
    ["adapters/web/client/a.ts", 'import { b } from "../../../src/protocol/b.js";', target("src/protocol/b.ts")],
    ["src/runtime/rooms/a.ts", "const load = (name: string) => import(name);", {}],
    ["src/runtime/rooms/a.ts", 'const b = require("node:fs");', {}],
    ["src/runtime/rooms/a.ts", "const load = createRequire(import.meta.url);", {}],
  ])("%s may not: %s", (path, text, others) => {
    const problems = check({ [path]: text, ...others });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(path);
  });
});

describe("the core", () => {
  test.each([
    "const a = Date.now();",
    "const a = Math.random();",
    "const a = new Date( );",
    "setTimeout(f, 1);",
    "export async function a() {}",
    "const a = crypto.randomUUID();",
  ])("may not say: %s", (text) => {
    expect(check({ "src/core/a.ts": `export {};\n${text}` })).toEqual([
      expect.stringMatching(/^src\/core\/a\.ts:2: says/),
    ]);
    expect(check({ "src/runtime/rooms/a.ts": text })).toEqual([]);
  });

  test("may turn a given time into a date", () => {
    expect(check({ "src/core/a.ts": "export const a = (nowMs: number) => new Date(nowMs).toISOString();" })).toEqual(
      [],
    );
  });
});

describe("everywhere", () => {
  test.each([
    "const a = process.env.HOME;",
    'const a = process["env"];',
    "const a = globalThis.process.env;",
    "const { env } = process;",
    "const { pid, ...rest } = process;",
    'import { env as e } from "node:process";',
    'import { env } from "process";',
    'import proc from "node:process"; const a = proc.env;',
    'import * as proc from "node:process"; const a = proc.env;',
  ])("only main reads the environment: %s", (text) => {
    const inAdapter = check({ "adapters/memory/a.ts": text }).filter((problem) =>
      problem.includes("reads process.env"),
    );
    expect(inAdapter).toHaveLength(1);
    expect(check({ "src/main.ts": text })).toEqual([]);
  });

  test.each(["export default 3;", "const a = 1; export { a as default };", 'export { default } from "zod";'])(
    "there is no default export: %s",
    (text) => {
      expect(check({ "src/core/a.ts": text })).toEqual([expect.stringContaining("has a default export")]);
    },
  );

  test("imports make no circle, not even of types", () => {
    const files = {
      "src/core/a.ts": 'import "./b.js";',
      "src/core/b.ts": 'import type { C } from "./c.js";',
      "src/core/c.ts": 'export type C = import("./a.js").A;',
    };
    expect(check(files)).toEqual([
      expect.stringContaining("src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts"),
    ]);
    expect(check({ ...files, "src/core/c.ts": empty })).toEqual([]);
    expect(check({ "src/core/a.ts": 'import "./a.js";' })).toHaveLength(1);
  });

  test("a file has at most 300 lines", () => {
    expect(check({ "src/core/a.ts": "//\n".repeat(300) })).toEqual([]);
    expect(check({ "src/core/a.ts": "//\n".repeat(301) })).toEqual([expect.stringContaining("301 lines")]);
    expect(check({ "adapters/web/client/a.css": "a {}\n".repeat(301) })).toHaveLength(1);
  });
});
