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
    ["attach ABCDE-12345", { verb: "attach", target: "ABCDE-12345" }],
  ])("%j", (text, command) => {
    expect(parse(text)).toMatchObject({ kind: "ok", command });
  });

  test.each([
    ["new", "The room needs a name. It goes: `/room new"],
    ["new with coder", "The room needs a name."],
    ["new a with", "An agent is missing in the list."],
    ["new a with coder,", "An agent is missing"],
    ["new a with coder please now", "“coder please now” is no agent."],
    ["new a:", "No message follows the colon."],
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
