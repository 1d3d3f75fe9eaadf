import { describe, expect, test } from "vitest";
import { isStop } from "../../../src/core/values/as-typed.js";
import { parseChatCommand } from "../../../src/core/values/chat-command.js";

const parse = (text: string) => parseChatCommand(text, "/room");
const coder = { role: "coder", name: "coder" };
const reviewer = { role: "reviewer", name: "reviewer" };

describe("commands as keyboards and phones write them", () => {
  test.each([
    ["new “fix-login” with coder", { verb: "new", name: "fix-login", agents: [coder] }],
    ["new «Fix it» with coder，reviewer", { name: "Fix it", agents: [coder, reviewer] }],
    ["new a with coder、reviewer；coder as “zed”.", { agents: [coder, reviewer, { role: "coder", name: "zed" }] }],
    ["new a with *@coder*, @reviewer!", { agents: [coder, reviewer] }],
    ["Pause.", { verb: "pause" }],
    ["stop!", { verb: "stop" }],
    ["close “fix login”", { verb: "close", room: "fix login" }],
    ["remove “@zed”.", { verb: "remove", name: "zed" }],
    ["add coder as ‘zed’ in “fix login”", { verb: "add", agent: { role: "coder", name: "zed" }, room: "fix login" }],
    ["interrupt @coder!", { verb: "interrupt", name: "coder" }],
    ["usage fix-login", { verb: "usage", room: "fix-login" }],
    ["find fix", { verb: "find", words: "fix" }],
    [
      "new a with coder —repo https://git.example/x.git --branch=main –gate always --ask-in approvers --model “opus” --budget $5: go: now",
      {
        name: "a",
        agents: [coder],
        message: "go: now",
        options: {
          repository: "https://git.example/x.git",
          branch: "main",
          gate: "always",
          askIn: "approvers",
          model: "opus",
          budgetUsd: 5,
        },
      },
    ],
    ["new a: use --force", { name: "a", message: "use --force" }],
  ])("%j", (text, command) => {
    expect(parse(text)).toMatchObject({ kind: "ok", command });
  });

  test.each(["new a --gate maybe", "new a --budget lots", "new a --colour red"])("%j reports the problem", (text) => {
    expect(parse(text)).toMatchObject({ kind: "problem", detail: expect.stringContaining("--") });
  });
});

test.each(["stop", "Stop!", "please stop it now", "*STOP*", "stop, thanks 🙏", "cancel that, please", "halt."])(
  "%j stops",
  (body) => {
    expect(isStop(body)).toBe(true);
  },
);

test.each([
  "please stop the server on 4400",
  "don't stop",
  "stop the tests",
  "now",
  "",
  "stop 4400",
  "non-stop work",
  "stopping",
])("%j does not stop", (body) => {
  expect(isStop(body)).toBe(false);
});
