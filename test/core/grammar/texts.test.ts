import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { resolveBlock } from "../../../src/core/grammar/address.js";
import { parseDirectives } from "../../../src/core/grammar/directive.js";
import { roomNames } from "../../../src/core/grammar/known.js";
import { missedNames } from "../../../src/core/grammar/missed.js";

/** A text of the agent lead and what its reader expects. */
interface Sample {
  readonly text: string;
  /** Recipients of each message, in order: `coder+mia | room`; empty for none; `?`: the sender hears that there is no such name. */
  readonly to: string;
  /** The recipients of the first message. */
  readonly holds?: string;
  /** Why another route than the expected one is accepted. */
  readonly argued?: string;
}

const participants = [
  ...["lead", "coder", "reviewer", "tester"].map((name) => ({ name, kind: "agent" as const })),
  ...["mia", "tom"].map((name) => ({ name, kind: "human" as const })),
];
const known = roomNames(participants);
const sender = "lead";
const files = { reports: 100, scripts: 30, about: 40, code: 30 };
const samples = Object.keys(files).flatMap((name) => read(name));

function read(name: string): Sample[] {
  return JSON.parse(readFileSync(new URL(`texts-${name}.json`, import.meta.url), "utf8"));
}

/** Faults in how a text is read. */
interface Verdict {
  readonly falseRoute: boolean;
  /** A recipient who was meant gets nothing, and the sender hears nothing. */
  readonly silentMiss: boolean;
  /** The sender is told of a message that was not meant as one. */
  readonly needlessNote: boolean;
}

function judge({ text, to, holds }: Sample): Verdict {
  const results = resolveBlock({ directives: parseDirectives(text, known), sender, participants });
  const expected = to === "" || to === "?" ? [] : to.split(" | ");
  const sent = results.flatMap(({ resolution, directive }) =>
    resolution.kind === "ok" ? [{ to: named(resolution.to), body: directive.body }] : [],
  );
  const reached = new Set(sent.flatMap((message) => message.to));
  const missed = missedNames(text, { known, sender }).filter(({ name }) => !reached.has(name) && !reached.has("room"));
  const isNoted = missed.length > 0 || results.some(({ resolution }) => resolution.kind === "bounce");
  const wanted = expected.map((names) => wantedOf(names).toSorted().join());
  const falseRoute =
    sent.some((message) => !expected.some((names) => message.to.every((name) => wantedOf(names).includes(name)))) ||
    (holds !== undefined && sent[0] !== undefined && !sent[0].body.includes(holds));
  const isWhole = wanted.join("|") === sent.map((message) => message.to.toSorted().join()).join("|");
  return {
    falseRoute,
    silentMiss: !falseRoute && !isNoted && (to === "?" || !isWhole),
    needlessNote: isNoted && isWhole && to !== "?",
  };
}

function wantedOf(names: string): string[] {
  return names.split("+").flatMap((name) => (name === "human" ? ["mia", "tom"] : [name]));
}

function named(to: "room" | readonly string[]): string[] {
  return to === "room" ? ["room"] : [...to];
}

function textsWith(verdict: keyof Verdict): string[] {
  return samples.filter((sample) => judge(sample)[verdict]).map(({ text }) => text);
}

describe("200 texts, against what was written down for them before", () => {
  test("are enough in number, none twice", () => {
    for (const [name, count] of Object.entries(files)) expect(read(name), name).toHaveLength(count);
    expect(new Set(samples.map(({ text }) => text)).size).toBe(200);
  });

  test("never miss an intended recipient without telling the sender", () => {
    expect(textsWith("silentMiss")).toEqual([]);
  });

  test("reach an unintended recipient at most 6 times, each with an argument", () => {
    const argued = samples.filter((sample) => sample.argued !== undefined).map(({ text }) => text);
    expect(textsWith("falseRoute").filter((text) => !argued.includes(text))).toEqual([]);
    expect(argued.length).toBeLessThanOrEqual(6);
  });

  test("warn at most 10 senders without need", () => {
    expect(textsWith("needlessNote").length, textsWith("needlessNote").join("\n---\n")).toBeLessThanOrEqual(10);
  });
});
