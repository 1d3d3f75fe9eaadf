import type { CanUseTool, PermissionUpdate } from "@anthropic-ai/claude-agent-sdk";
import { describe, expect, test } from "vitest";
import { createAsks } from "../../../adapters/claude-code/asks.js";
import type { Output } from "../../../src/ports/agents.js";

type Asked = Parameters<CanUseTool>[2];

function makeAsks() {
  const outputs: Output[] = [];
  const asks = createAsks({ emit: (output) => outputs.push(output), onEdited: () => {} });
  const abort = new AbortController();
  const asked = (more: Partial<Asked> = {}): Asked =>
    ({ requestId: "r1", toolUseID: "t1", signal: abort.signal, ...more }) as Asked;
  return { asks, outputs, abort, asked };
}

const rules = (behavior: "allow" | "deny" | "ask", ruleContent: string): PermissionUpdate => ({
  type: "addRules",
  rules: [{ toolName: "Bash", ruleContent }],
  behavior,
  destination: "localSettings",
});

describe("a permission that is remembered", () => {
  const remembered = async (suggestions: PermissionUpdate[]) => {
    const { asks, asked } = makeAsks();
    const result = asks.canUseTool("Bash", { command: "ls" }, asked({ suggestions }));
    asks.answer("r1", { kind: "allow", input: undefined, remember: true });
    return result;
  };

  test("holds the rules that were proposed as allowed, for this session", async () => {
    expect(await remembered([rules("allow", "ls:*")])).toMatchObject({
      behavior: "allow",
      updatedPermissions: [
        {
          type: "addRules",
          rules: [{ toolName: "Bash", ruleContent: "ls:*" }],
          behavior: "allow",
          destination: "session",
        },
      ],
    });
  });

  test.each(["deny", "ask"] as const)("never allows a rule that was proposed as %s", async (behavior) => {
    const mixed = await remembered([rules(behavior, "rm:*"), rules("allow", "ls:*")]);
    expect(mixed).toMatchObject({ updatedPermissions: [{ rules: [{ ruleContent: "ls:*" }] }] });
    expect(JSON.stringify(mixed)).not.toContain("rm:*");
    const alone = await remembered([rules(behavior, "rm:*")]);
    expect(alone).toMatchObject({ updatedPermissions: [{ rules: [{ toolName: "Bash" }] }] });
    expect(JSON.stringify(alone)).not.toContain("rm:*");
  });

  test("never takes over a mode or a folder", async () => {
    const result = await remembered([
      { type: "setMode", mode: "bypassPermissions", destination: "session" },
      { type: "addDirectories", directories: ["/"], destination: "session" },
    ]);
    expect(result).toMatchObject({ updatedPermissions: [{ type: "addRules", rules: [{ toolName: "Bash" }] }] });
  });

  test("is absent if remembering is suppressed or was not asked for", async () => {
    const { asks, asked } = makeAsks();
    const once = asks.canUseTool("Bash", {}, asked());
    asks.answer("r1", { kind: "allow", input: undefined, remember: false });
    expect(await once).toEqual({ behavior: "allow", updatedInput: {} });
    const never = asks.canUseTool("Bash", {}, asked({ suppressAlwaysAllowRule: true } as Partial<Asked>));
    asks.answer("r1", { kind: "allow", input: undefined, remember: true });
    expect(await never).toEqual({ behavior: "allow", updatedInput: {} });
  });
});

describe("a question that is withdrawn", () => {
  test("is denied to Claude Code, which waits no longer, and told once", async () => {
    const { asks, outputs, abort, asked } = makeAsks();
    const result = asks.canUseTool("Bash", { command: "ls" }, asked());
    abort.abort();
    expect(await result).toEqual({ behavior: "deny", message: "The question was withdrawn." });
    expect(outputs.filter(({ kind }) => kind === "askWithdrawn")).toEqual([{ kind: "askWithdrawn", requestId: "r1" }]);
    asks.answer("r1", { kind: "allow", input: undefined, remember: false });
    expect(outputs).toHaveLength(2);
  });

  test("is not withdrawn once it was answered", async () => {
    const { asks, outputs, abort, asked } = makeAsks();
    const result = asks.canUseTool("Bash", {}, asked());
    asks.answer("r1", { kind: "deny", message: "no" });
    abort.abort();
    expect(await result).toEqual({ behavior: "deny", message: "no" });
    expect(outputs.map(({ kind }) => kind)).toEqual(["ask"]);
  });

  test("that was withdrawn before it was asked is denied too", async () => {
    const { asks, abort, asked } = makeAsks();
    abort.abort();
    const result = asks.canUseTool("Bash", {}, asked());
    const answer = await Promise.race([result, new Promise((resolve) => setImmediate(resolve, "waits for ever"))]);
    expect(answer).toEqual({ behavior: "deny", message: "The question was withdrawn." });
  });
});
