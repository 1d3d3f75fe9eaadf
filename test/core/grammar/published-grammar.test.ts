import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type AddressBounceReason,
  type Addressee,
  resolveBlock,
  resolveRecipients,
} from "../../../src/core/grammar/address.js";
import {
  type Directive,
  MAX_BODY_BYTES,
  MAX_DIRECTIVES,
  parseAddressed,
  parseDirectives,
} from "../../../src/core/grammar/directive.js";
import { frameMessage, parseFrames } from "../../../src/core/grammar/frame.js";
import { GROUP_HUMANS, GROUP_ROOM, roomNames } from "../../../src/core/grammar/known.js";
import { parseSkill } from "../../../src/runtime/roles/read-skill.js";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const tokens = (text: string) => Math.ceil(text.length / 4);

const messaging = read("skills/room-messaging/SKILL.md");
const grammar = read("docs/grammar.md");
const roleNames = readdirSync(new URL("skills/roles/", root)).sort();

const people: Addressee[] = [
  { name: "mia", kind: "human" },
  { name: "tom", kind: "human" },
];
const room: Addressee[] = [
  { name: "planner", kind: "agent" },
  { name: "coder", kind: "agent" },
  { name: "reviewer", kind: "agent" },
  ...people,
];

function resolved(text: string) {
  return resolveBlock({ directives: parseDirectives(text, roomNames(room)), sender: "planner", participants: room });
}

describe("the skills", () => {
  test.each([["room-messaging"], ...roleNames.map((name) => [`roles/${name}`])])(
    "%s parses under its folder's name",
    (path) => {
      const parsed = parseSkill(read(`skills/${path}/SKILL.md`));
      expect(parsed).toMatchObject({ kind: "ok", skill: { name: path.split("/").at(-1) } });
    },
  );

  test("there are a coder, a planner and a reviewer, and no name or alias is used twice", () => {
    const skills = roleNames.map((name) => parseSkill(read(`skills/roles/${name}/SKILL.md`)));
    const all = skills.flatMap((one) => (one.kind === "ok" ? [one.skill.name, ...one.skill.aliases] : []));
    expect(all).toEqual(expect.arrayContaining(["coder", "planner", "reviewer"]));
    expect(new Set(all).size).toBe(all.length);
  });

  test("the reviewer and the planner can change nothing", () => {
    for (const name of ["reviewer", "planner"]) {
      const parsed = parseSkill(read(`skills/roles/${name}/SKILL.md`));
      const allow = parsed.kind === "ok" ? parsed.skill.tools.allow : [];
      expect(allow).toContain("Read");
      expect(allow).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(?:Write|Edit|Bash|NotebookEdit|Task|Skill)$/)]),
      );
    }
  });

  test("room-messaging is at most 450 tokens, and with any role at most 700", () => {
    expect(tokens(messaging)).toBeLessThanOrEqual(450);
    for (const name of roleNames) {
      expect(tokens(messaging + read(`skills/roles/${name}/SKILL.md`)), name).toBeLessThanOrEqual(700);
    }
  });

  test("reading a skill aloud sends nothing: no line of one is a directive", () => {
    for (const path of ["room-messaging", ...roleNames.map((name) => `roles/${name}`)]) {
      expect(parseDirectives(read(`skills/${path}/SKILL.md`), roomNames(room)), path).toEqual([]);
    }
  });
});

describe("every example of room-messaging", () => {
  const examples = [...messaging.matchAll(/^- `(.+)` → (.+)$/gm)].map(([, line = "", effect = ""]) => [line, effect]);
  const effects: Record<string, { to: "room" | string[]; prefix?: Directive["prefix"] }> = {
    coder: { to: ["coder"] },
    "coder, mia, reviewer": { to: ["coder", "mia", "reviewer"] },
    "everyone but you": { to: "room" },
    "the people": { to: people.map(({ name }) => name) },
    "asks a person; the answer comes to you": { to: people.map(({ name }) => name), prefix: "gate" },
    "reviewer, without waking": { to: ["reviewer"], prefix: "notify" },
    "coder, also while busy": { to: ["coder"], prefix: "interrupt" },
  };

  test("is checked", () => {
    expect(examples).toHaveLength(messaging.match(/→/g)?.length ?? 0);
    expect(examples.map(([, effect]) => effect)).toEqual(Object.keys(effects));
  });

  test.each(examples)("%s → %s", (line, effect) => {
    const results = resolved(line);
    const expected = effects[effect];
    expect(results).toHaveLength(1);
    expect(results[0]?.resolution).toEqual({ kind: "ok", to: expected?.to });
    expect(results[0]?.directive.prefix).toBe(expected?.prefix);
  });

  test("treats `@name` as plain text where it says so", () => {
    expect(messaging).toContain("In code fences, `>` quotes, list items and inside a line, `@name` is plain text.");
    for (const text of ["```\n@coder x\n```", "> @coder x", "- @coder x", "1. @coder x", "Hi @coder x"]) {
      expect(parseDirectives(text, roomNames(room)), text).toEqual([]);
    }
  });

  test("attaches a file as it says", () => {
    const line = /A line of its own `(ATTACH: \S+)` in a message/.exec(messaging)?.[1];
    expect(resolved(`@mia see\n${line}`)[0]?.directive).toMatchObject({ body: "see", attach: ["out/a.png"] });
  });

  test("the numbers and reasons it gives for bounces are those in force", () => {
    expect(messaging).toContain(
      `over ${MAX_BODY_BYTES / 1024} KiB, or more than ${MAX_DIRECTIVES} messages in one text`,
    );
    expect(messaging).toContain("unknown name, nobody left but you, no text");
  });

  test("the frame it shows is the one agents receive", () => {
    const shown = /`(\[from [^`]+)`, text, `(\[end [^`]+)`/.exec(messaging);
    const hash = () => "1f0c2ab9".padEnd(64, "0");
    const framed = frameMessage({
      from: "reviewer",
      fromKind: "agent",
      to: ["coder"],
      self: "coder",
      body: "text",
      messageId: "x",
      sha256: hash,
    });
    expect(`${shown?.[1]}\ntext\n${shown?.[2]}`).toBe(framed);
    expect(parseFrames(framed)).toHaveLength(1);
  });
});

describe("docs/grammar.md", () => {
  /** A fenced example and the `→` lines below it. */
  const examples = [...grammar.matchAll(/^(`{3,})text\n([\s\S]*?)\n\1\n((?:→ .+\n)+)/gm)].map(
    ([, , text = "", lines = ""]) => [text, lines.trimEnd()],
  );

  function effect(text: string): string {
    const ways = { gate: "asks a person, ", notify: "without waking, ", interrupt: "while busy, " };
    const lines = resolved(text).map(({ directive: { body, prefix, attach }, resolution }) => {
      if (resolution.kind === "bounce") return `→ bounces: ${resolution.reason}`;
      const to = resolution.to === "room" ? "the room" : resolution.to.join(", ");
      return `→ ${prefix === undefined ? "" : ways[prefix]}to ${to}: “${body.replaceAll("\n", "⏎")}”${attach ? ` with ${attach.join(", ")}` : ""}`;
    });
    return lines.length === 0 ? "→ nothing is sent" : lines.join("\n");
  }

  test("has an effect below each of its examples", () => {
    expect(examples.length).toBeGreaterThanOrEqual(20);
    expect(examples).toHaveLength(grammar.match(/^`{3,}text$/gm)?.length ?? 0);
  });

  test.each(examples)("%s\n%s", (text, expected) => {
    expect(effect(text)).toBe(expected);
  });

  test("its line of things that are text holds line by line", () => {
    for (const [text = "", expected] of examples.filter(([, one]) => one === "→ nothing is sent")) {
      if (text.includes("```")) continue;
      for (const line of text.split("\n")) expect(effect(line), line).toBe(expected);
    }
  });

  test("its groups are those in force", () => {
    const row = (groups: ReadonlySet<string>) => `| ${[...groups].map((name) => `\`@${name}\``).join(" ")} |`;
    expect(grammar).toContain(row(GROUP_ROOM));
    expect(grammar).toContain(row(GROUP_HUMANS));
  });

  test("its bounce table has every reason once, with the bounds in force", () => {
    const reasons: Record<AddressBounceReason, true> = {
      "unknown-name": true,
      nobody: true,
      "empty-body": true,
      "body-too-long": true,
      "too-many-directives": true,
    };
    const table = [...grammar.matchAll(/^\| `([a-z-]+)` \| /gm)].map(([, reason]) => reason);
    expect(table).toEqual(Object.keys(reasons));
    expect(grammar).toContain(`more than ${MAX_BODY_BYTES} bytes`);
    expect(grammar).toContain(`more than ${MAX_DIRECTIVES} directives`);
  });

  test("its bounds bounce as the table says", () => {
    const longBody = "x".repeat(MAX_BODY_BYTES + 1);
    expect(effect(`@coder ${longBody}`)).toBe("→ bounces: body-too-long");
    expect(effect("@coder x\n".repeat(MAX_DIRECTIVES + 1))).toBe("→ bounces: too-many-directives");
  });

  test("its table of human messages is correct", () => {
    const [section = ""] = grammar.slice(grammar.indexOf("## What people write")).split(/\n## (?!What people write)/);
    const rows = [...section.matchAll(/^\| `(.+)` \| (.+) \|$/gm)];
    expect(rows).toHaveLength(10);
    for (const [, text = "", expected] of rows) {
      const result = resolveRecipients({ ...parseAddressed(text, roomNames(room)), sender: "mia", participants: room });
      const to = result.kind === "ok" ? result.to : result.reason;
      expect(to === "room" ? "the room" : [to].flat().join(", "), text).toBe(expected);
    }
  });
});
