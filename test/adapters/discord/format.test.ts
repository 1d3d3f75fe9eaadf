import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPost, privateText } from "../../../adapters/discord/format.js";
import { discordSupports } from "../../../adapters/discord/limits.js";
import { formModal } from "../../../adapters/discord/modals.js";
import type { ChatIdentity, ChatPost, GateCard, RootCard } from "../../../src/ports/chat-post.js";
import { hostileTexts } from "../../contract/hostile-chat-texts.js";
import { checkMessage, checkModal, pingsOf, unfurlsOf } from "../../emulators/discord/check.js";
import type { Json } from "../../emulators/discord/model.js";

const coder: ChatIdentity = { name: "coder", displayName: "Coder", role: "coder", kind: "agent" };
const message = (text: string, more: object = {}): ChatPost => ({
  kind: "message",
  message: { from: coder, to: "room", text, part: { number: 1, count: 1 }, ...more },
});
const rootOf = (text: string): RootCard => ({
  roomId: "r1",
  name: text,
  state: "active",
  participants: [{ ...coder, displayName: text, status: text }],
  usd: 1.234,
  buttons: [
    { kind: "press", id: "pause:r1", label: text, style: "plain" },
    { kind: "link", url: "https://parley.example/r1", label: text },
  ],
});
const gateOf = (text: string, more: Partial<GateCard> = {}): GateCard => ({
  kind: "message",
  heading: text,
  why: text,
  body: text,
  options: [{ label: text, description: text }],
  buttons: [
    { kind: "press", id: "gate-1.approve", label: "Approve", style: "primary" },
    { kind: "press", id: "gate-1.drop", label: text, style: "danger" },
  ],
  ...more,
});

/** Every kind of post, with this text in every field for untrusted text. */
const everywhere = (text: string): ChatPost[] => [
  message(text),
  message(text, { from: { ...coder, displayName: text, role: text }, to: [{ name: text }] }),
  message(text, { part: { number: 2, count: 3 }, file: { name: text, text } }),
  { kind: "line", text },
  { kind: "line", text, to: [{ name: text }] },
  { kind: "working", text },
  { kind: "root", card: rootOf(text) },
  { kind: "gate", gate: gateOf(text) },
  { kind: "gate", gate: gateOf(text, { resolved: { outcome: text, by: text, atMs: 1_790_000_000_000, text } }) },
];

/** Problems that Discord would refuse, pings, and previews. */
function problemsOf(post: ChatPost): string[] {
  const { body, identity, file } = formatPost(post);
  return problemsOfBody({ ...body, ...identity }, { isWebhook: identity !== undefined, files: file ? 1 : 0 });
}

function problemsOfBody(body: Json, about: { isWebhook: boolean; files: number }): string[] {
  try {
    checkMessage(body, about);
  } catch (error) {
    return [JSON.stringify((error as { errors?: unknown }).errors ?? String(error))];
  }
  const pings = pingsOf(body, { isUsersOnly: about.isWebhook });
  return [...pings, ...unfurlsOf(body.content ?? "", body.flags ?? 0)];
}

function problemsOfForm(text: string): string[] {
  const form = { id: "f", title: text, label: text, value: text, multiline: true, required: true, maxChars: 4_000 };
  try {
    checkModal(formModal(form));
    checkModal(formModal({ ...form, fields: [text, text, text, text] }));
    return [];
  } catch (error) {
    return [JSON.stringify((error as { errors?: unknown }).errors)];
  }
}

const contentOf = (text: string): string => formatPost(message(text)).body.content ?? "";

/** Discord's own rules for escapes, code blocks and code spans, in the order in which its apps try them. */
const discordCode = /\\[^0-9A-Za-z\s]|```(?:[a-z0-9_+\-.#]+\n)?\n*[^\n][\s\S]*?\n*```|(`+)[\s\S]*?[^`]\1(?!`)/gi;
const mentionShape = /@(?:everyone|here)\b|<@[!&]?\d+>|<#\d+>|<\/[^<>\n:]+:\d+>|<a?:\w+:\d+>|<t:\d[^>]*>/gi;

/** Mentions, custom emoji, times and commands outside Discord's code. */
const mentionsDrawn = (content: string): string[] => content.replace(discordCode, "\0").match(mentionShape) ?? [];

describe("hostile text", () => {
  test("comes in forms that ping if they are sent unchanged", () => {
    const live = hostileTexts.filter((content) => pingsOf({ content }, { isUsersOnly: false }).length > 0);
    expect(live.length).toBeGreaterThan(20);
  });

  test.each(hostileTexts.map((text) => [JSON.stringify(text).slice(0, 60), text]))(
    "%s pings nobody and opens no preview in any post, form or answer",
    (_, text) => {
      for (const post of everywhere(text)) expect(problemsOf(post)).toEqual([]);
      expect(problemsOfForm(text)).toEqual([]);
      expect(problemsOfBody(privateText(text), { isWebhook: false, files: 0 })).toEqual([]);
    },
  );

  test("looks like no mention either, where Parley writes it as Markdown", () => {
    for (const text of hostileTexts) expect(mentionsDrawn(contentOf(text)), text).toEqual([]);
  });

  test.each([
    ["a fence without an end", "```\n<@1> @everyone"],
    ["a block indented by four", "a\n\n    <@1> @everyone\n"],
    ["an indented fence", "1. a\n\n    ~~~\n    <@1> @here\n    ~~~"],
    ["a fence of tildes, which Discord does not know", "~~~\n<@1> @everyone\n~~~"],
    ["a long fence that Discord ends at the first three backticks", "````\n```\n<@1> @here\n```\n````"],
    ["an empty fence, which Discord reads as the beginning of one", "```\n```\n\n```\n<@1>\n```"],
    ["a span across lines", "`a\n` <@1> `b`"],
    ["an escaped span", "\\`<@1>` @here"],
    ["a span that nothing ends", "`` <@1> ` @everyone"],
    ["a fence in a quote that has no end", "> ```\n> <@1>"],
  ])("has nothing that looks like a mention outside Discord's code: %s", (_, text) => {
    expect(mentionsDrawn(contentOf(text))).toEqual([]);
  });

  test("pings nobody and fits, for any content", () => {
    const words = [
      "<",
      ">",
      "@",
      "here",
      "everyone",
      "<@1>",
      "<@&1>",
      "<#1>",
      "|",
      "`",
      "```",
      "\n",
      "# ",
      "-# ",
      "[a](https://b.example)",
    ];
    const hidden = ["\u200b", "\u202e", "\ud800", "👩‍👩‍👧", "discord", "clyde", ":"];
    const piece = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.constantFrom(...words, ...hidden));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
        const text = parts.join("");
        for (const post of everywhere(text)) expect(problemsOf(post)).toEqual([]);
        expect(problemsOfForm(text)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["headings", "# a\n".repeat(450)],
    ["fences", "```\n```\n".repeat(225)],
    ["marks", "<@".repeat(900)],
    ["stars", "*".repeat(1_800)],
    ["hidden characters", "\u202e".repeat(1_800)],
    ["mixed hidden characters", "a\u200b".repeat(900)],
    ["emoji", "👩‍👩‍👧".repeat(225)],
    ["one long word", "x".repeat(1_800)],
    ["white space", " \n\t".repeat(600)],
    ["nothing", ""],
  ])("%s in the longest message fit", (_, text) => {
    for (const post of everywhere(text.slice(0, discordSupports.maxPostChars))) expect(problemsOf(post)).toEqual([]);
  });
});

describe("a gate card", () => {
  const shownIn = (gate: GateCard): string => formatPost({ kind: "gate", gate }).body.embeds?.[0]?.description ?? "";
  const bodyIn = (gate: GateCard): string => /```\n([\s\S]*)\n```/.exec(shownIn(gate))?.[1] ?? "";

  test("shows the longest body in full and as it is", () => {
    const body = "line of <@1> & `code`\n".repeat(400).slice(0, discordSupports.maxCardChars);
    expect(bodyIn(gateOf("x", { body, options: [] }))).toBe(body);
    expect(problemsOf({ kind: "gate", gate: gateOf("x", { body, options: [] }) })).toEqual([]);
  });

  test("shows what hides in a body", () => {
    expect(bodyIn(gateOf("x", { body: "rm \u202e/ fr-\u202c\u200b" }))).toBe("rm ⟨U+202E⟩/ fr-⟨U+202C⟩⟨U+200B⟩");
  });

  test("has no decision on a body it cannot show in full", () => {
    const link = { kind: "link" as const, url: "https://parley.example", label: "Open" };
    const body = "x".repeat(discordSupports.maxCardChars + 1);
    const gate = gateOf("x", { body, buttons: [...gateOf("x").buttons, link] });
    const { components, embeds } = formatPost({ kind: "gate", gate }).body;
    expect(components).toMatchObject([{ components: [{ url: "https://parley.example" }] }]);
    expect(embeds?.[0]?.description).toContain("Decide in the browser");
  });

  test("has its buttons, and none once it is decided", () => {
    expect(JSON.stringify(formatPost({ kind: "gate", gate: gateOf("x") }).body)).toContain('"p:gate-1.approve"');
    const resolved = { outcome: "approved", by: "mia", atMs: Date.UTC(2026, 0, 2, 3, 4) };
    const gate = gateOf("x", { resolved });
    expect(formatPost({ kind: "gate", gate }).body.components).toEqual([]);
    expect(shownIn(gateOf("x", { resolved: { ...resolved, outcome: "denied" } }))).toContain("✖ denied by mia");
    expect(shownIn(gate)).toMatch(/✔ approved by mia · <t:1767323040:f>$/);
  });

  test("shows the answer or the reason", () => {
    const resolved = { outcome: "answered", by: "mia", atMs: 0, text: "An *empty* list:\n[]" };
    const options = [{ label: "Nothing at all" }];
    expect(shownIn(gateOf("x", { options }))).toContain("Nothing at all");
    expect(shownIn(gateOf("x", { options, resolved }))).not.toContain("Nothing at all");
    expect(shownIn(gateOf("x", { resolved }))).toMatch(
      /\n> An \\\*empty\\\* list:\n> \\\[\\\]\n✔ answered by mia · <t:0:f>$/,
    );
  });

  test("offers many answers as a menu, beside the buttons that are none", () => {
    const options = Array.from({ length: 12 }, (_, at) => ({ label: `Way ${at}`, description: "d" }));
    const answers = options.map(({ label }, at) => ({
      kind: "press" as const,
      id: `g:${at}`,
      label,
      style: "plain" as const,
    }));
    const drop = { kind: "press" as const, id: "g:drop", label: "Drop", style: "danger" as const };
    const gate = gateOf("x", { kind: "question", body: "Which?", options, buttons: [...answers, drop] });
    expect(problemsOf({ kind: "gate", gate })).toEqual([]);
    const [menu, row] = formatPost({ kind: "gate", gate }).body.components as Json[];
    expect(menu.components[0]).toMatchObject({
      type: 3,
      options: expect.arrayContaining([expect.objectContaining({ value: "g:3" })]),
    });
    expect(menu.components[0].options).toHaveLength(12);
    expect(row.components).toMatchObject([{ label: "Drop" }]);
  });

  test("takes as many buttons as there are", () => {
    const buttons = Array.from({ length: 60 }, (_, n) => ({
      kind: "press" as const,
      id: `b${n}`,
      label: `${n}`,
      style: "plain" as const,
    }));
    expect(problemsOf({ kind: "gate", gate: gateOf("x", { buttons }) })).toEqual([]);
  });
});

test("a root card counts those it does not name", () => {
  const participants = Array.from({ length: 500 }, (_, n) => ({ ...coder, name: `c${n}`, status: "idle" }));
  const post: ChatPost = { kind: "root", card: { ...rootOf("fix-login"), participants } };
  expect(problemsOf(post)).toEqual([]);
  expect(JSON.stringify(formatPost(post).body)).toContain("and 480 more");
});
