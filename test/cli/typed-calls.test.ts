import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { listSources } from "../support/imports.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Ways to ask Parley past the typed client: a request whose answer has a type written by hand, and a bare `fetch`. */
const untyped = /\brequest\s*[<(]|\bfetch\s*\(/;

/** The doctor asks other services too, which have no schema here. */
const asksOthers = ["src/cli/doctor/docker.ts", "src/cli/doctor/services.ts"];

const untypedIn = (files: readonly { path: string; text: string }[]) =>
  files.filter(({ path, text }) => !asksOthers.includes(path) && untyped.test(text)).map(({ path }) => path);

test("every command asks the server through the typed client", () => {
  const files = listSources(root, ["src/cli"]);
  expect(files.length).toBeGreaterThan(40);
  expect(untypedIn(files)).toEqual([]);
});

test.each(["api.request<{ version: number }>(path)", "api.request(path) as Answer", "await fetch(url)"])(
  "a call past it is found: %s",
  (text) => {
    expect(untypedIn([{ path: "src/cli/commands/a.ts", text }])).toEqual(["src/cli/commands/a.ts"]);
  },
);
