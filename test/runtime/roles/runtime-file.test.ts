import { expect, test } from "vitest";
import { parseRuntime } from "../../../src/runtime/roles/runtime-file.js";

const good = `name: gemini
kind: acp
command: [gemini, --experimental-acp]
env:
  SEARCH: "off"
modeFor:
  readOnly: plan
tools: asks
`;

const problemsOf = (text: string) => {
  const parsed = parseRuntime(text);
  return parsed.kind === "ok" ? [] : parsed.problems;
};

test("reads a definition", () => {
  expect(parseRuntime(good)).toEqual({
    kind: "ok",
    definition: {
      name: "gemini",
      kind: "acp",
      command: ["gemini", "--experimental-acp"],
      env: { SEARCH: "off" },
      modeFor: { readOnly: "plan" },
      tools: "asks",
    },
  });
});

test.each([
  ["an invalid name", good.replace("name: gemini", "name: Gemini!"), 1, "`name`"],
  ["an empty command", good.replace("[gemini, --experimental-acp]", "[]"), 3, "`command`"],
  ["a variable with a wrong name", good.replace("SEARCH", "NO-SUCH"), 5, "env"],
  ["a key that is unknown", good.replace("tools: asks", "tools: asks\nsecret: x"), 1, "secret"],
  ["an unknown word for tools", good.replace("tools: asks", "tools: maybe"), 8, "`tools`"],
  ["a path that leaves the home folder", `${good}homeFiles:\n  ../x: y\n`, 10, "homeFiles"],
  ["a syntax error", good.replace("kind: acp", "kind: [acp"), 3, ""],
  ["nothing", "", 1, ""],
])("tells %s with its line", (_what, text, line, reason) => {
  expect(problemsOf(text)).toContainEqual({ line, reason: expect.stringContaining(reason) });
});

test("expands no aliases", () => {
  expect(problemsOf(`a: &a [x]\nb: [*a, *a]\n${good}`)).not.toEqual([]);
});
