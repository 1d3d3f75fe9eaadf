import { describe, expect, test } from "vitest";
import { isStop } from "../../../src/core/values/as-typed.js";
import { parseChatCommand } from "../../../src/core/values/chat-command.js";

const parse = (text: string) => parseChatCommand(text, "/room");
const coder = { role: "coder", name: "coder" };
const reviewer = { role: "reviewer", name: "reviewer" };

/** Rows with a name on GitHub are what users of other bots typed. */
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
    // wilhelmklopp/simple-poll#2, errbotio/errbot#1145: Slack and macOS turn quotes into typographic ones.
    ["new a --model=“opus” --branch=“main”", { options: { model: "opus", branch: "main" } }],
    // discordjs/Commando#89: quotes of one kind on both sides.
    ["new ”Thing 1” with coder as ‘zed‘", { name: "Thing 1", agents: [{ role: "coder", name: "zed" }] }],
    // diamondburned/arikawa#182: phones write single ones too.
    ["close ‘fix login’", { verb: "close", room: "fix login" }],
    // serenity-rs/serenity#1545: low and angle quotes of other languages.
    ["new „Anmeldung“ with coder", { name: "Anmeldung", agents: [coder] }],
    ["new ‚a‘ with ‹coder›", { name: "a", agents: [coder] }],
    // harbur/kubebot#9, jimmycuadra/lita-keyword-arguments#5: an em dash in place of two hyphens.
    ["new a —branch=slackbots", { options: { branch: "slackbots" } }],
    // mattermost/mattermost-mobile#5259, mdub/clamp#33: every option of a command, and in one that changes rules.
    ["set —gate always –budget 5", { verb: "rules", options: { gate: "always", budgetUsd: 5 } }],
    // CJK keyboards write separators of full width.
    ["new a with coder，reviewer：看看", { agents: [coder, reviewer], message: "看看" }],
    ["remove @zed。", { verb: "remove", name: "zed" }],
    ["pause！", { verb: "pause" }],
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
