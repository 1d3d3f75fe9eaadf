import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Addressee, resolveBlock, resolveRecipients } from "../../../src/core/grammar/address.js";
import { MAX_BODY_BYTES, MAX_DIRECTIVES, parseDirectives } from "../../../src/core/grammar/directive.js";
import { frameNotice } from "../../../src/core/grammar/frame.js";
import { roomNames } from "../../../src/core/grammar/known.js";

const participants: Addressee[] = [
  { name: "coder", kind: "agent" },
  { name: "reviewer", kind: "agent" },
  { name: "mia", kind: "human" },
  { name: "tom", kind: "human" },
];

function resolve(names: string[], { sender = "coder", body = "hi", room = participants } = {}) {
  return resolveRecipients({ names, body, sender, participants: room });
}

describe("resolveRecipients", () => {
  test.each([
    ["one name", ["mia"], ["mia"]],
    ["names in the order written", ["tom", "reviewer"], ["tom", "reviewer"]],
    ["the sender left out", ["coder", "tom"], ["tom"]],
    ["the people", ["human"], ["mia", "tom"]],
    ["the people once", ["humans", "human", "mia"], ["mia", "tom"]],
    ["an agent and the people", ["reviewer", "human"], ["reviewer", "mia", "tom"]],
    ["a person before the others", ["tom", "human"], ["tom", "mia"]],
  ])("%s", (_, names, to) => {
    expect(resolve(names)).toEqual({ kind: "ok", to });
  });

  test.each([["room"], ["all"], ["everyone"], ["here"]])("@%s is the room, alone or among names", (group) => {
    expect(resolve([group])).toEqual({ kind: "ok", to: "room" });
    expect(resolve(["mia", group])).toEqual({ kind: "ok", to: "room" });
  });

  test("no names at all mean the room", () => {
    expect(resolve([])).toEqual({ kind: "ok", to: "room" });
  });

  test("the room takes messages without other members: viewers and mirrors read along", () => {
    const alone: Addressee[] = [{ name: "coder", kind: "agent" }];
    expect(resolve(["room"], { room: alone })).toEqual({ kind: "ok", to: "room" });
  });

  test("the sender need not be in the room, and its own name is not an unknown name even then", () => {
    const others = participants.filter(({ name }) => name !== "coder");
    expect(resolve(["coder", "mia"], { room: others })).toEqual({ kind: "ok", to: ["mia"] });
  });

  test("a person who writes to the people does not get the message", () => {
    expect(resolve(["human"], { sender: "mia" })).toEqual({ kind: "ok", to: ["tom"] });
  });

  test("one unknown name bounces the message and is named, with those who exist", () => {
    expect(resolve(["mia", "bob"])).toEqual({
      kind: "bounce",
      reason: "unknown-name",
      detail:
        "@bob is not in this room. This message was not sent. You can write to @reviewer, @mia, @tom, @room (everyone) and @human (the people).",
    });
    expect(resolve(["bob", "room", "eve"])).toMatchObject({
      detail: expect.stringMatching(/^@bob and @eve are not in this room/),
    });
  });

  test("reserved words that are not a group are unknown names", () => {
    expect(resolve(["admin"])).toMatchObject({ reason: "unknown-name" });
    expect(resolve(["channel"])).toMatchObject({ reason: "unknown-name" });
  });

  test("no recipient left: only oneself, or people in a room without people", () => {
    expect(resolve(["coder"])).toMatchObject({
      reason: "nobody",
      detail: expect.stringMatching(
        /^You named only yourself\. This message was not sent\. You can write to @reviewer/,
      ),
    });
    const agents = participants.filter(({ kind }) => kind === "agent");
    expect(resolve(["human"], { room: agents })).toEqual({
      kind: "bounce",
      reason: "nobody",
      detail:
        "No other person is in this room yet. This message was not sent. You can write to @reviewer and @room (everyone).",
    });
  });

  test("an empty body bounces", () => {
    expect(resolve(["mia", "tom"], { body: " \n" })).toMatchObject({
      reason: "empty-body",
      detail: expect.stringMatching(/^No text follows @mia and @tom\. This message was not sent\./),
    });
    expect(resolve([], { body: "" })).toMatchObject({ reason: "empty-body" });
  });

  test.each([
    ["ASCII", "x", 1],
    ["two bytes", "é", 2],
    ["three bytes", "你", 3],
    ["four bytes", "😀", 4],
  ])("the bound of a body is in bytes: %s", (_, char, bytes) => {
    const fits = char.repeat(Math.floor(MAX_BODY_BYTES / bytes));
    expect(resolve(["mia"], { body: fits })).toMatchObject({ kind: "ok" });
    expect(resolve(["mia"], { body: fits + char })).toMatchObject({
      reason: "body-too-long",
      detail: expect.stringMatching(/^The message has 3276\d|3277\d bytes; 32768 is the most\./),
    });
  });

  test("a bounce stays short in a room of 500 and for a list of 500 unknown names", () => {
    const room: Addressee[] = Array.from({ length: 500 }, (_, at) => ({ name: `agent-${at}`, kind: "agent" }));
    const names = Array.from({ length: 500 }, (_, at) => `nobody-${at}`);
    const result = resolve(names, { room: [...room, ...participants] });
    const detail = result.kind === "bounce" ? result.detail : "";
    expect(detail).toContain("480 more");
    expect(detail).toMatch(/485 more, @room \(everyone\) and @human \(the people\)\.$/);
    expect(detail.length).toBeLessThan(800);
    expect(frameNotice(detail)).toBe(`[parley | ${detail}]`);
  });

  test("what goes out goes to others in the room, each once", () => {
    const known = fc.constantFrom("coder", "reviewer", "mia", "tom", "human", "humans", "room", "here");
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 9, arbitrary: known }, fc.constant("bob"))), (names) => {
        const result = resolve(names);
        if (result.kind === "bounce") {
          expect(result.reason).toBe(names.includes("bob") ? "unknown-name" : "nobody");
          return;
        }
        expect(names).not.toContain("bob");
        if (result.to === "room") return;
        expect(result.to).not.toContain("coder");
        expect(new Set(result.to).size).toBe(result.to.length);
        for (const name of result.to) expect(participants.map((one) => one.name)).toContain(name);
      }),
    );
  });
});

describe("resolveBlock", () => {
  const block = (text: string) =>
    resolveBlock({ directives: parseDirectives(text, roomNames(participants)), sender: "coder", participants });

  test("one directive that bounces leaves the others alone", () => {
    expect(block("@bob: x\n@mia y\n@tom").map(({ resolution }) => resolution)).toMatchObject([
      { kind: "bounce", reason: "unknown-name" },
      { kind: "ok", to: ["mia"] },
      { kind: "bounce", reason: "empty-body" },
    ]);
  });

  test("a prefix alone is an empty body", () => {
    expect(block("@human GATE:")).toMatchObject([{ resolution: { reason: "empty-body" } }]);
  });

  test("16 directives go out; of 17 none does, and there is one bounce", () => {
    const lines = (count: number) => Array.from({ length: count }, () => "@mia x").join("\n");
    expect(block(lines(MAX_DIRECTIVES)).map(({ resolution }) => resolution.kind)).toEqual(Array(16).fill("ok"));
    const result = block(lines(MAX_DIRECTIVES + 1));
    expect(result).toMatchObject([{ directive: { offset: 0 }, resolution: { reason: "too-many-directives" } }]);
    expect(result).toHaveLength(1);
  });

  test("a line of 100,000 names bounces", () => {
    const names = Array.from({ length: 100_000 }, (_, at) => `@n${at}`).join(" ");
    expect(block(`@mia ${names} hi`)).toMatchObject([{ resolution: { reason: "unknown-name" } }]);
  });
});
