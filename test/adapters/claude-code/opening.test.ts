import { describe, expect, test } from "vitest";
import {
  isOutdated,
  type Opening,
  promptIdIn,
  sandboxIdOf,
  sandboxSpecOf,
} from "../../../adapters/claude-code/opening.js";
import type { ClaudeCodeRole } from "../../../adapters/claude-code/options.js";
import type { AgentSpec } from "../../../src/ports/agents.js";
import { sha256 } from "../../support/sha256.js";

const role: ClaudeCodeRole = { guidance: "Write code.", tools: { allow: ["Bash", "Skill"], autoAllow: [], deny: [] } };
const spec = { roomId: "r1", name: "coder", role: "coder", participants: [] } as unknown as AgentSpec;
const opening: Opening = {
  processNonce: "5-0",
  spec,
  sessionId: "s1",
  conversationId: "c1",
  hasConversed: false,
  role,
  skillsStamp: "one",
  ofRepository: { setup: { stamp: "", instructions: "" } as unknown as Opening["ofRepository"]["setup"] },
  token: "secret-token",
  socketDir: "/sockets/coder",
  filesDir: undefined,
};

describe("an agent that was opened", () => {
  const without = { ...role, tools: { ...role.tools, allow: ["Bash"] } };
  test.each<[string, Opening, ClaudeCodeRole | undefined, string, boolean]>([
    ["is as it would be opened now", opening, structuredClone(role), "one", false],
    ["is outdated by another guidance", opening, { ...role, guidance: "Write tests." }, "one", true],
    ["is outdated by another tool", opening, without, "one", true],
    ["is not outdated by a role that cannot be read now", opening, undefined, "one", false],
    ["is outdated by other skills", opening, role, "two", true],
    ["is outdated by other skills while its role cannot be read", opening, undefined, "two", true],
    ["is not outdated by skills that it may not look up", { ...opening, role: without }, without, "two", false],
  ])("%s", (_, opened, now, stamp, outdated) => {
    expect(isOutdated(opened, { roleOf: () => now, skillsStamp: () => stamp, sha256 })).toBe(outdated);
  });
});

test("the sandbox of an agent has its labels, its limits and its environment, and no token in its command", () => {
  const how = { args: ["--verbose"], env: { A: "1", B: undefined }, isFresh: false, waits: false };
  const limits = { memoryMb: 1, cpus: 1, pids: 1 };
  const sandbox = sandboxSpecOf(opening, how, { limits, sha256 });
  expect(sandbox).toMatchObject({
    id: sandboxIdOf({ roomId: "r1", name: "coder", sessionId: "s1" }, sha256),
    labels: { room: "r1", agent: "coder", session: "s1", process: "5-0", setup: "" },
    env: { A: "1" },
    limits,
    socketDir: "/sockets/coder",
  });
  expect(Object.keys(sandbox.env ?? {})).toEqual(["A"]);
  expect(sandbox).not.toHaveProperty("readOnlyDir");
  expect(JSON.stringify(sandbox)).not.toContain("secret-token");
});

test.each<[string, Partial<Opening>, string[], boolean]>([
  ["is the same for the same inputs", {}, ["a", "b"], true],
  ["is another one for other inputs", {}, ["a"], false],
  ["is another one in another process", { processNonce: "5-1" }, ["a", "b"], false],
  ["is another one in another conversation", { conversationId: "c2" }, ["a", "b"], false],
])("a prompt's id %s", (_, other, inputIds, isSame) => {
  const id = promptIdIn(opening, ["a", "b"], sha256);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(promptIdIn({ ...opening, ...other }, inputIds, sha256) === id).toBe(isSame);
});
