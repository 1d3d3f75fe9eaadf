import { describe, expect, test } from "vitest";
import { formatNeededBy } from "../../../../src/core/room/format.js";
import { gateHash } from "../../../../src/core/room/gate.js";
import { parseEvent } from "../../../../src/core/room/parse-event.js";
import { given } from "../../../support/given.js";
import { agent, opened, posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { by } from "../../../support/room-commands.js";
import { sha256 } from "../../../support/sha256.js";

const option = (label: string) => ({ label });
const content = {
  v: 2,
  questions: [
    { id: "q1", text: "Format?", options: [option("json"), option("text")], multiple: false, freeText: false },
    { id: "q2", text: "Where to?", options: [option("disk"), option("web")], multiple: true, freeText: true },
  ],
};
const attachments = [{ name: "notes.txt", bytes: 15, sha256: "f".repeat(64) }];
const message = { messageId: "m1", class: "deliver", hop: 1, steps: 3 } as const;
const heldWithFile = opened({
  gateId: "g-file",
  kind: "message",
  from: "coder",
  to: ["mia"],
  body: "See the file",
  content: { v: 2, attachments },
  message,
});
const questions = opened({ gateId: "g-ask", kind: "question", from: "coder", body: "Two things", content });

const scene = given(roomOf(["coder"]), agent("reviewer"))
  .and(posted("mia", ["coder"], "work"))
  .and(turnStarted("coder", ["work"]))
  .and(heldWithFile, questions);
const decide = (gate: typeof questions, more: object) =>
  ({
    type: "gate.decide",
    by: by("mia"),
    gateId: gate.gateId,
    hash: gate.hash,
    opened: gate,
    messageId: "a1",
    ...more,
  }) as never;

describe("a gate with content", () => {
  test("takes the hash of version 2 and no hash of its text alone", () => {
    const { content: _content, ...textAlone } = questions;
    const old = gateHash(textAlone, sha256);
    scene.when(decide(questions, { action: "drop", hash: old })).thenRejected("gate_changed");
    scene.when(decide(questions, { action: "drop" })).then({ type: "gate.resolved" }, { type: "message.bounced" });
  });

  test.each([
    ["is missing", undefined],
    ["has lost its content", { ...questions, content: undefined }],
    ["has other content", { ...questions, content: { v: 2 } }],
  ])("is not decided if its content in the log %s", (_how, found) => {
    scene.when(decide(questions, { action: "drop", opened: found })).thenRejected("gate_changed");
  });

  test("sends the files that were approved, and how many tools its turn had used", () => {
    scene
      .when(decide(heldWithFile, { action: "approve" }))
      .then({ type: "gate.resolved", outcome: "approved" }, { type: "message.posted", attachments, steps: 3 });
  });

  test("is answered question by question", () => {
    const choices = { q1: { options: ["json"] }, q2: { options: ["disk", "web"], text: "and tape" } };
    scene
      .when(decide(questions, { action: "answer", choices }))
      .then(
        { type: "gate.resolved", outcome: "answered", choices, body: "Format? json\nWhere to? disk, web, and tape" },
        { type: "message.posted", to: ["coder"], body: "Format? json\nWhere to? disk, web, and tape" },
      );
  });

  test("keeps words that name no question apart from what was chosen", () => {
    const choices = { q1: { options: ["json"] } };
    scene
      .when(decide(questions, { action: "answer", choices, body: "and hurry" }))
      .then(
        { type: "gate.resolved", choices, answers: { "": "and hurry" }, body: "Format? json\nand hurry" },
        { type: "message.posted", body: "Format? json\nand hurry" },
      );
  });

  test("is answered by words alone, which are put to no question", () => {
    scene
      .when(decide(questions, { action: "answer", body: "SQLite" }))
      .then({ type: "gate.resolved", outcome: "answered", body: "SQLite" }, { type: "message.posted", body: "SQLite" });
  });

  test("is answered in part: what was left out has no line", () => {
    const choices = { q1: { options: [] }, q2: { options: [], text: "on paper" } };
    scene
      .when(decide(questions, { action: "answer", choices: { q2: choices.q2 } }))
      .then({ type: "gate.resolved", body: "Where to? on paper" }, { type: "message.posted" });
    scene.when(decide(questions, { action: "answer", choices: { q1: choices.q1 } })).thenRejected("invalid");
  });

  test.each([
    ["an option chosen twice", { q2: { options: ["disk", "disk"] } }],
    ["an unknown question", { q9: { options: [] } }],
    ["a name every object has", { constructor: { options: [] } }],
    ["an unknown option", { q1: { options: ["yaml"] } }],
    ["two options where one is asked for", { q1: { options: ["json", "text"] } }],
    ["words of one's own where options are asked for", { q1: { options: [], text: "yaml" } }],
  ])("refuses %s", (_what, choices) => {
    scene.when(decide(questions, { action: "answer", body: "x", choices })).thenRejected("invalid");
  });

  test("refuses choices for a gate without questions, and an answer that answers nothing", () => {
    scene.when(decide(heldWithFile, { action: "approve", choices: { q1: { options: [] } } })).thenRejected("invalid");
    scene.when(decide(questions, { action: "answer", choices: {} })).thenRejected("invalid");
  });
});

describe("the format of the log", () => {
  test("has to be 2 for content, choices and votes, and 1 for everything else", () => {
    const vote = { type: "gate.voted", gateId: "g-ask", by: "mia", action: "approve", hash: questions.hash } as const;
    const resolved = { type: "gate.resolved", gateId: "g", kind: "question", outcome: "answered", by: "mia" } as const;
    const { content: _content, ...old } = questions;
    expect(formatNeededBy([old, resolved, posted("mia", ["coder"], "x")])).toBe(1);
    for (const event of [questions, vote, { ...resolved, choices: {} }]) expect(formatNeededBy([old, event])).toBe(2);
  });

  test("content of a later version is read, unknown members kept", () => {
    const later = { ...questions, content: { ...content, v: 3, quorum: { count: 2 } } };
    expect(parseEvent(later)).toEqual({ kind: "known", event: later });
  });
});
