import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPost as formatDiscord } from "../../adapters/discord/format.js";
import { discordSupports } from "../../adapters/discord/limits.js";
import { formatPost as formatSlack } from "../../adapters/slack/format.js";
import { slackSupports } from "../../adapters/slack/limits.js";
import { splitText } from "../../src/core/text/split-text.js";
import { visible } from "../../src/core/text/visible-text.js";
import type { ChatPost } from "../../src/ports/chat-post.js";
import { asObjects, asText } from "../emulators/slack/json.js";
import { reachOf } from "../emulators/slack/pings.js";

const message = (text: string): ChatPost => ({
  kind: "message",
  message: {
    from: { name: "coder", displayName: "Coder", role: "coder", kind: "agent" },
    to: "room",
    text,
    // A second part has no line with recipients above it.
    part: { number: 2, count: 2 },
  },
});

/** Slack's form of a text: the Markdown of its block, or the text of blocks that are not parsed. */
function sentToSlack(text: string): string {
  const [, ...blocks] = asObjects(formatSlack(message(text)).blocks);
  if (blocks[0]?.type === "markdown") return asText(blocks[0].text);
  return blocks
    .flatMap((block) => asObjects(block.elements))
    .flatMap((element) => asObjects(element.elements))
    .map((span) => asText(span.text))
    .join("\n");
}

/** A block that is not parsed holds code without its fence, and a long one in pieces. */
const isSentToSlack = (text: string): boolean => {
  const sent = sentToSlack(text);
  return sent === visible(text) || wordsIn(sent) === wordsIn(visible(text));
};
const wordsIn = (text: string): string =>
  text.replace(/^[ \t]*(?:`{3,}[^`\n]*|~{3,}[^\n]*)$/gm, "").replaceAll("\n", "");

function sentToDiscord(text: string): string {
  const { content = "", embeds } = formatDiscord(message(text)).body;
  return embeds === undefined ? content.replace(/^-# part 2 of 2\n/, "") : (embeds[0]?.description ?? "");
}

const longestRun = (code: string): number => Math.max(0, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));

function fenced(code: string, language = ""): string {
  const fence = "`".repeat(Math.max(3, longestRun(code) + 1));
  return `Look:\n${fence}${language}\n${code}\n${fence}\ndone`;
}

const spanned = (code: string): string =>
  `Run ${"`".repeat(longestRun(code) + 1)} ${code} ${"`".repeat(longestRun(code) + 1)} now`;

const pieces = [
  ...["</div>", "<div>", "![alt](https://a.example/b.png)", "#![allow(x)]", "&lt;", "&nbsp;", "<https://a.example>"],
  ...["<!here>", "<!channel>", "<@U000MIA>", "<@1>", "</room:1>", "<t:1:R>", "<:a:1>", "@here", "@everyone", "@group"],
  ...["<!DOCTYPE html>", "<!-- a -->", "<#C1>", "Array<string>", "a && b", "`x`", "~~~", "# a", "---", " ", "\t"],
];
const line = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "grapheme", maxLength: 12 })), { maxLength: 6 })
  .map((parts) => visible(parts.join("").replace(/[\r\n]/g, " ")));
const lines = fc.array(line, { maxLength: 12 }).map((all) => all.join("\n"));

const files = execFileSync("git", ["ls-files", "*.ts", "*.tsx", "*.json", "*.md", "*.sh"], { encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "")
  .map((path) => [path, readFileSync(path, "utf8")] as const);

describe("code in Slack", () => {
  test("is sent unchanged, in blocks and spans, and notifies nobody", () => {
    const check = (text: string) => {
      expect(isSentToSlack(text), text).toBe(true);
      expect(reachOf({ blocks: asObjects(formatSlack(message(text)).blocks) }).pings).toEqual([]);
    };
    fc.assert(
      fc.property(lines, line, (block, span) => {
        for (const part of splitText(fenced(block), slackSupports.maxPostChars)) check(part);
        check(spanned(span));
      }),
      { numRuns: 300 },
    );
  });

  test("is sent as it is given, for every file of this repository", () => {
    expect(files.length).toBeGreaterThan(500);
    const altered = files.flatMap(([path, code]) =>
      splitText(fenced(code), slackSupports.maxPostChars)
        .filter((part) => !isSentToSlack(part))
        .map(() => path),
    );
    expect(altered).toEqual([]);
  });

  test.each([
    ["`</div>`", "`</div>`"],
    ["```rust\n#![allow(x)]\n```", "```rust\n#![allow(x)]\n```"],
    ["#![allow(x)] and wait!", "#![allow(x)] and wait!"],
    ["![pixel](https://a.example/b.png)", "!\u2060[pixel](https://a.example/b.png)"],
    ["![a `b` c](https://a.example/b.png)", "!\u2060[a `b` c](https://a.example/b.png)"],
    ["![pixel]\n\n[pixel]: https://a.example", "!\u2060[pixel]\n\n[pixel]: https://a.example"],
    ["`&lt;` &lt;", "`&lt;` &\u2060lt;"],
    ["```\nopen <!here>", "```\nopen <\u2060!here>"],
    ["a\n\n    <!here> @here", "a\n\n    <\u2060!here> @\u2060here"],
    ["> ```\n> <!here>\n> ```", "> ```\n> <\u2060!here>\n> ```"],
  ])("%j is sent as %j", (text, sent) => {
    expect(sentToSlack(text)).toBe(sent);
  });

  test("that would notify is shown in a block that is not parsed", () => {
    const kinds = (text: string) => formatSlack(message(text)).blocks.map(({ type }) => type);
    expect(kinds("```\n<!here>\n```")).toEqual(["context", "rich_text"]);
    expect(kinds("see `<@U000MIA>`")).toEqual(["context", "rich_text"]);
    expect(kinds("```html\n<!DOCTYPE html>\n<!-- a -->\n```")).toEqual(["context", "markdown"]);
  });
});

/** A fence of more backticks than Discord knows becomes one of three, where no other is in it. */
const threeTicks = (text: string): string => text.replace(/^`{3,}$/gm, "```");

describe("code in Discord", () => {
  test("is sent unchanged, in blocks and spans", () => {
    fc.assert(
      fc.property(lines, line, (block, span) => {
        // Discord ends a block at three backticks, whatever opened it.
        fc.pre(!block.includes("```") && block.trim() !== "");
        for (const part of splitText(fenced(block), discordSupports.maxPostChars))
          expect(sentToDiscord(part)).toBe(part);
        expect(sentToDiscord(spanned(span))).toBe(spanned(span));
      }),
      { numRuns: 300 },
    );
  });

  test("is sent as it is given, for every file of this repository", () => {
    const altered = files
      .filter(([, code]) => !code.includes("```"))
      .flatMap(([path, code]) =>
        splitText(fenced(code), discordSupports.maxPostChars)
          .filter((part) => sentToDiscord(part) !== visible(part))
          .map(() => path),
      );
    expect(altered).toEqual([]);
  });

  test("is changed in nothing but mentions where Discord ends the block early", () => {
    const mention = /@(everyone|here)|<([@#:]|a:|t:|id:|\/[^<>\n:]+:\d)/gi;
    for (const [path, code] of files.filter(([, text]) => text.includes("```")))
      for (const part of splitText(fenced(code), discordSupports.maxPostChars)) {
        const sent = sentToDiscord(part);
        expect(threeTicks(sent.replaceAll("\u2060", "")), path).toBe(threeTicks(visible(part)));
        const added = sent.split("\u2060").length - 1;
        expect(added, path).toBeLessThanOrEqual(visible(part).match(mention)?.length ?? 0);
      }
  });

  test.each([
    ["`</div>`", "`</div>`"],
    ["<b>bold</b> </div>", "<b>bold</b> </div>"],
    ["```html\n<a href='#'></a>\n```", "```html\n<a href='#'></a>\n```"],
    ["```py\n@everyone\n```", "```py\n@everyone\n```"],
    ["</room:1234>", "<\u2060/room:1234>"],
    ["</room new:1234>", "<\u2060/room new:1234>"],
    ["```\nopen <@1>", "```\nopen <\u2060@1>"],
  ])("%j is sent as %j", (text, sent) => {
    expect(sentToDiscord(text)).toBe(sent);
  });
});

test.each([
  ["renovatebot/renovate#44933: a package in a block", "```sh\nnpm i @atlaskit/tokens @everyone\n```"],
  ["renovatebot/renovate#44933: a package inside a span", "run `npm i @here/maps` first"],
  ["pingdotgg/t3code#8331: a decorator", "```ts\n@foo(bar)\nclass A {}\n```"],
  ["CodeGrind-Team/CodeGrind-Bot#168: bars", "```js\nif (a || b) {}\n```"],
  ["lit/lit.dev#380: blank lines", "```ts\nimport { html } from 'lit';\n\n\nhtml`<p></p>`;\n```"],
  ["Blender3D/rainbow.linenumbers.js#3: JavaScript", "```js\nconst a = <T,>(x: T) => x; // </div> <!-- -->\n```"],
  ["mautrix/discord#37: underscores in a span", "see `foo_bar_baz` and `__init__`"],
  ["JavaScript with an address in angle brackets", "```js\nconst url = '<https://a.example>';\n```"],
  ["Python with an entity", '```py\nprint("&lt;b&gt; <#C1> <t:1:R>")\n```'],
  ["HTML with closing tags", "```html\n<ul><li>a</li></ul>\n```"],
])("code is sent to both platforms as it is given: %s", (_, text) => {
  expect(sentToSlack(text)).toBe(text);
  expect(sentToDiscord(text)).toBe(text);
});

test("three backticks in code do not end a longer fence in Slack: openclaw/openclaw#90643", () => {
  const text = "````md\n```\n@mia <!here>\n```\n<https://a.example>\n````";
  expect(isSentToSlack(text)).toBe(true);
});
