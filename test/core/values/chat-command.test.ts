import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chatHelp, chatVerbs, parseChatCommand } from "../../../src/core/values/chat-command.js";

const parse = (text: string) => parseChatCommand(text, "/room");
const coder = { role: "coder", name: "coder" };

describe("what people type", () => {
  test.each([
    ["new fix-login", { verb: "new", name: "fix-login", agents: [] }],
    ["NEW fix-login with coder", { verb: "new", name: "fix-login", agents: [coder] }],
    [
      "new Fix the login with coder, reviewer as rev: look at #12: it fails",
      {
        verb: "new",
        name: "Fix the login",
        agents: [coder, { role: "reviewer", name: "rev" }],
        message: "look at #12: it fails",
      },
    ],
    ["new a with coder and @reviewer", { verb: "new", agents: [coder, { role: "reviewer", name: "reviewer" }] }],
    ["new a with coder, and reviewer", { verb: "new", agents: [coder, { role: "reviewer", name: "reviewer" }] }],
    ["new a: hello\nworld", { verb: "new", name: "a", message: "hello\nworld" }],
    ["new without: hi", { verb: "new", name: "without", agents: [] }],
    ["  list ", { verb: "list" }],
    ["", { verb: "help" }],
    ["show", { verb: "show" }],
    ["pause fix-login", { verb: "pause", room: "fix-login" }],
    ["close in fix login", { verb: "close", room: "fix login" }],
    ["add coder", { verb: "add", agent: coder }],
    ["add coder as Zed in fix-login", { verb: "add", agent: { role: "coder", name: "zed" }, room: "fix-login" }],
    ["remove @Zed", { verb: "remove", name: "zed" }],
    ["remove zed in fix-login", { verb: "remove", name: "zed", room: "fix-login" }],
    ["invite", { verb: "invite", role: "member" }],
    ["invite Approver", { verb: "invite", role: "approver" }],
    ["invite in fix-login", { verb: "invite", role: "member", room: "fix-login" }],
    ["open", { verb: "open" }],
    ["open in fix login", { verb: "open", room: "fix login" }],
    ["set --gate always", { verb: "rules", options: { gate: "always" } }],
    [
      "set --budget=$12.50 –ask-in approvers --reminder 15m in fix-login",
      { verb: "rules", options: { budgetUsd: 12.5, askIn: "approvers", reminderS: 900 }, room: "fix-login" },
    ],
    ["set --name “Fix the login”", { verb: "rules", options: { name: "Fix the login" } }],
    [
      'new a with coder --egress "a.example.com, b.example.com:80" --egress c.example.com: go',
      {
        verb: "new",
        name: "a",
        agents: [coder],
        message: "go",
        options: { egress: ["a.example.com", "b.example.com:80", "c.example.com"] },
      },
    ],
    [
      "new a --provider-access web_search --provider-access mcp:mcp.example.com",
      { verb: "new", options: { providerAccess: ["web_search", "mcp:mcp.example.com"] } },
    ],
    ["attach ABCDE-12345", { verb: "attach", target: "ABCDE-12345" }],
  ])("%j", (text, command) => {
    expect(parse(text)).toMatchObject({ kind: "ok", command });
  });

  test.each([
    ["new", "The room needs a name. It goes: `/room new"],
    ["new with coder", "The room needs a name."],
    ["new a with", "An agent is missing in the list."],
    ["new a with coder,", "An agent is missing"],
    ["new a with coder please now", "“coder please now” is not an agent."],
    ["new a:", "No message follows the colon."],
    ["new a --name b", "The name stands first"],
    ["rules", "What shall change?"],
    ["set --model opus", "The model is chosen when a room is made."],
    ["set --repo acme/x", "The repository is chosen when a room is made."],
    ["set --reminder 10s", "--reminder is a time such as 15m, 1m or more."],
    ["set --shout now", "There is no option --shout."],
    ["set --gate", "--gate needs a value."],
    ["add", "Which role?"],
    ["remove", "Who?"],
    ["invite king", "no role “king”"],
    ["attach", "Which room?"],
    ["list all", "takes nothing behind it"],
    ["puase", "Did you mean `/room pause"],
    ["inv", "Did you mean `/room invite"],
    ["dance", "There are: new, list"],
  ])("%j is answered with what would have worked", (text, detail) => {
    const parsed = parse(text);
    expect(parsed).toMatchObject({ kind: "problem" });
    expect(parsed.kind === "problem" && parsed.detail).toContain(detail);
  });

  test("never throws, and the answer stays short", () => {
    fc.assert(
      fc.property(fc.constantFrom("", ...chatVerbs), fc.string({ unit: "grapheme", maxLength: 500 }), (verb, rest) => {
        const parsed = parse(`${verb} ${rest}`);
        if (parsed.kind === "problem") expect(parsed.detail.length).toBeLessThan(400);
      }),
    );
  });

  test("help names every command", () => {
    const help = chatHelp("@Parley");
    for (const verb of chatVerbs) expect(help).toContain(`\`@Parley ${verb}`);
  });
});
