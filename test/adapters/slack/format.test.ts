import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPost, withoutIdentity } from "../../../adapters/slack/format.js";
import { slackSupports } from "../../../adapters/slack/limits.js";
import { answerView, formView } from "../../../adapters/slack/modals.js";
import { escapeMrkdwn } from "../../../adapters/slack/safe-text.js";
import type { ChatIdentity, ChatPost, GateCard, RootCard } from "../../../src/ports/chat-post.js";
import { hostileTexts } from "../../contract/hostile-chat-texts.js";
import { checkMessageBlocks, checkView } from "../../emulators/slack/block-check.js";
import { asObjects } from "../../emulators/slack/json.js";
import { plainText } from "../../emulators/slack/mrkdwn.js";
import { reachOf } from "../../emulators/slack/pings.js";

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

const names = { user: (id: string) => id, channel: (id: string) => id };

/** Problems that Slack would refuse or advise against. */
function problemsOf(post: ChatPost): string[] {
  const shown = [formatPost(post), withoutIdentity(formatPost(post))];
  return shown.flatMap(({ text, blocks, identity }) => {
    const { problems, tooLong } = checkMessageBlocks(blocks, { maxChars: 13_200 });
    if (tooLong) problems.push("blocks too long");
    if (text === "" || text.length > 4_000) problems.push(`text of ${text.length}`);
    if ((identity?.username ?? "x").length > 80 || identity?.username === "") problems.push("username");
    return problems;
  });
}

const pingsOf = (post: ChatPost) => {
  const { text, blocks } = formatPost(post);
  return reachOf({ text, blocks: asObjects(blocks) }).pings;
};

describe("hostile text", () => {
  test("comes in more than 100 shapes that do ping where they are sent as they are", () => {
    expect(hostileTexts.length).toBeGreaterThan(100);
    const live = hostileTexts.filter((text) => reachOf({ text }).pings.length > 0);
    expect(live.length).toBeGreaterThan(70);
  });

  test.each(hostileTexts.map((text) => [JSON.stringify(text).slice(0, 60), text]))(
    "%s pings nobody in any post",
    (_, text) => {
      for (const post of everywhere(text)) {
        expect(pingsOf(post)).toEqual([]);
        expect(problemsOf(post)).toEqual([]);
      }
      const views = [
        formView(
          { id: "f", title: text, label: text, value: text, multiline: true, required: true, maxChars: 3_000 },
          { channel: "C1" },
        ),
        formView(
          {
            ...{ id: "f", title: text, label: text, value: text, multiline: true, required: true, maxChars: 3_000 },
            fields: [text, text, text, text],
          },
          { channel: "C1" },
        ),
        answerView(text, { text, written: text }),
      ];
      for (const view of views) {
        expect(reachOf({ blocks: asObjects(view.blocks) }).pings).toEqual([]);
        expect(checkView({ ...view })).toEqual([]);
      }
      expect(reachOf({ text: escapeMrkdwn(text) }).pings).toEqual([]);
    },
  );

  test("pings nobody and fits, for any content", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "<",
        ">",
        "&",
        "!",
        "@",
        "here",
        "channel",
        "<!here>",
        "<@U1",
        "|",
        "`",
        "```",
        "\n",
        "# ",
        "\u200b",
        "\u202e",
        "@here",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
        for (const post of everywhere(parts.join(""))) {
          expect(pingsOf(post)).toEqual([]);
          expect(problemsOf(post)).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ["headings", "# a\n".repeat(875)],
    ["rules", "---\n".repeat(875)],
    ["fences", "```\n```\n".repeat(437)],
    ["tables", "|a|\n|-|\n".repeat(437)],
    ["marks", "<@".repeat(1_750)],
    ["ampersands", "&".repeat(3_500)],
    ["hidden characters", "\u202e".repeat(3_500)],
    ["mixed hidden characters", "a\u200b".repeat(1_750)],
    ["emoji", "👩‍👩‍👧".repeat(437)],
    ["one long word", "x".repeat(3_500)],
    ["white space", " \n\t".repeat(1_000)],
    ["nothing", ""],
  ])("%s in the longest message fit", (_, text) => {
    for (const post of everywhere(text.slice(0, slackSupports.maxPostChars))) expect(problemsOf(post)).toEqual([]);
  });
});

describe("a message", () => {
  test("bears its speaker's name and face", () => {
    expect(formatPost(message("hi")).identity).toEqual({ username: "Coder", icon_emoji: ":hammer_and_wrench:" });
    const iconOf = (name: string) => {
      const { identity } = formatPost(message("hi", { from: { ...coder, name, role: "unheard-of" } }));
      return identity !== undefined && "icon_emoji" in identity ? identity.icon_emoji : "";
    };
    const [first, ...others] = ["mia-1", "x", "y", "z"].map(iconOf);
    expect(first).toMatch(/^:[a-z_]+:$/);
    expect(iconOf("mia-1")).toBe(first);
    expect(others.some((emoji) => emoji !== first)).toBe(true);
  });

  test("has its picture in the place of an emoji, which would hide it", () => {
    const pictureUrl = "https://parley.example/faces/1-0-CO.png";
    expect(formatPost(message("hi", { from: { ...coder, pictureUrl } })).identity).toEqual({
      username: "Coder",
      icon_url: pictureUrl,
    });
  });

  test("names its speaker in the text where names are not allowed", () => {
    const { text, blocks, identity } = withoutIdentity(formatPost(message("hi")));
    expect(identity).toBeUndefined();
    expect(text).toBe("Coder: hi");
    expect(JSON.stringify(blocks[0])).toContain("Coder:");
  });

  test("says to whom, and pings those whom Parley names", () => {
    const { blocks } = formatPost(message("hi", { to: [{ name: "reviewer" }, { name: "mia", userId: "U000MIA" }] }));
    expect(blocks[0]).toMatchObject({ elements: [{ text: "→ @reviewer, <@U000MIA>" }] });
    expect(reachOf({ blocks: asObjects(blocks) }).pings).toEqual([{ kind: "user", target: "U000MIA" }]);
    expect(formatPost(message("hi")).blocks[0]).toMatchObject({ elements: [{ text: "→ everyone" }] });
    const forged = formatPost(message("hi", { to: [{ name: "x", userId: "U1> <!channel" }] }));
    expect(reachOf({ blocks: asObjects(forged.blocks) }).pings).toEqual([]);
  });

  test("says whom a line is for, and pings them", () => {
    const to = [{ name: "U000MIA", userId: "U000MIA" }];
    const { text, blocks } = formatPost({ kind: "line", text: "A question of coder still waits", to });
    expect(text).toBe("A question of coder still waits");
    expect(blocks).toHaveLength(2);
    expect(reachOf({ blocks: asObjects(blocks) }).pings).toEqual([{ kind: "user", target: "U000MIA" }]);
  });

  test("says which part it is, and recipients only on the first", () => {
    expect(formatPost(message("a", { part: { number: 1, count: 3 } })).blocks[0]).toMatchObject({
      elements: [{ text: "→ everyone · part 1 of 3" }],
    });
    expect(formatPost(message("b", { part: { number: 2, count: 3 } })).blocks[0]).toMatchObject({
      elements: [{ text: "part 2 of 3" }],
    });
  });

  test("keeps Markdown and code as they are", () => {
    const text = "**bold** and `a < b && c`\n```ts\nconst x: Array<string> = [];\n```\n<div>&nbsp</div>";
    expect(formatPost(message(text)).blocks[1]).toEqual({ type: "markdown", text });
  });
});

describe("a gate card", () => {
  const textIn = (gate: GateCard): string => {
    const { blocks } = formatPost({ kind: "gate", gate });
    return asObjects(blocks)
      .flatMap((block) => asObjects(block.elements))
      .filter((element) => element.type === "rich_text_preformatted")
      .flatMap((element) => asObjects(element.elements).map((span) => String(span.text)))
      .join("");
  };

  test("shows the longest body in full and as it is", () => {
    const body = `${"line of <!here> & `code`\n".repeat(400)}`.slice(0, slackSupports.maxCardChars);
    expect(textIn(gateOf("x", { body, options: [] }))).toBe(body);
    expect(problemsOf({ kind: "gate", gate: gateOf("x", { body, options: [] }) })).toEqual([]);
  });

  test("shows what hides in a body", () => {
    expect(textIn(gateOf("x", { body: "rm \u202e/ fr-\u202c\u200b" }))).toBe("rm ⟨U+202E⟩/ fr-⟨U+202C⟩⟨U+200B⟩");
    const body = "\u202e".repeat(slackSupports.maxCardChars);
    expect(textIn(gateOf("x", { body, options: [] }))).toBe("�".repeat(slackSupports.maxCardChars));
  });

  test("has no decision on a body it cannot show in full", () => {
    const link = { kind: "link" as const, url: "https://parley.example", label: "Open" };
    const body = "x".repeat(slackSupports.maxCardChars + 1);
    const { blocks } = formatPost({
      kind: "gate",
      gate: gateOf("x", { body, buttons: [...gateOf("x").buttons, link] }),
    });
    const buttons = asObjects(blocks)
      .filter(({ type }) => type === "actions")
      .flatMap((block) => asObjects(block.elements));
    expect(buttons).toMatchObject([{ url: "https://parley.example" }]);
  });

  test("has its buttons, and none once it is decided", () => {
    const open = JSON.stringify(formatPost({ kind: "gate", gate: gateOf("x") }).blocks);
    expect(open).toContain('"action_id":"press:gate-1.approve"');
    const resolved = { outcome: "approved", by: "mia", atMs: Date.UTC(2026, 0, 2, 3, 4) };
    const { blocks, text } = formatPost({ kind: "gate", gate: gateOf("x", { resolved }) });
    expect(JSON.stringify(blocks)).not.toContain('"actions"');
    const last = asObjects(asObjects(blocks).at(-1)?.elements)[0];
    expect(plainText(String(last?.text), names)).toBe("✔ approved by mia · 2026-01-02 03:04 UTC");
    expect(text).toBe("x · approved by mia");
    const dropped = formatPost({ kind: "gate", gate: gateOf("x", { resolved: { ...resolved, outcome: "dropped" } }) });
    expect(JSON.stringify(dropped.blocks)).toContain("✖ dropped by mia");
  });

  test("shows the answer or the reason", () => {
    const resolved = { outcome: "answered", by: "mia", atMs: 0, text: "An *empty* list:\n[]" };
    const { blocks } = formatPost({ kind: "gate", gate: gateOf("x", { resolved }) });
    expect(asObjects(blocks).at(-2)).toEqual({
      type: "rich_text",
      elements: [{ type: "rich_text_quote", elements: [{ type: "text", text: "An *empty* list:\n[]" }] }],
    });
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

describe("a root card", () => {
  test("counts those it does not name", () => {
    const participants = Array.from({ length: 500 }, (_, n) => ({ ...coder, name: `c${n}`, status: "idle" }));
    const post: ChatPost = { kind: "root", card: { ...rootOf("fix-login"), participants } };
    expect(problemsOf(post)).toEqual([]);
    expect(JSON.stringify(formatPost(post).blocks)).toContain("and 480 more");
  });
});
