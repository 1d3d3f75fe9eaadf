import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalize, plainText } from "./mrkdwn.js";
import { reachOf, unfurlsOf } from "./pings.js";
import { renderMarkdown } from "./render-markdown.js";
import { renderMrkdwn } from "./render-text.js";

const names = { user: (id: string) => id.toLowerCase(), channel: (id: string) => id.toLowerCase() };
const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });

describe("what a text pings", () => {
  test.each([
    ["<@U123>", "user", "U123"],
    ["<@U123|mia>", "user", "U123"],
    ["hey <!channel> now", "broadcast", "channel"],
    ["<!here|here>", "broadcast", "here"],
    ["<!everyone>", "broadcast", "everyone"],
    ["<!group>", "broadcast", "channel"],
    ["<!subteam^S42|@crew>", "usergroup", "S42"],
    ["`<!here>` in code", "broadcast", "here"],
    ["ping @channel", "plain", "channel"],
    ["(@here)", "plain", "here"],
  ])("%s pings", (text, kind, target) => {
    const expected = [{ kind, target }];
    expect(reachOf({ text }).pings).toEqual(expected);
    expect(reachOf({ blocks: [section(text)] }).pings).toEqual(expected);
    expect(reachOf({ blocks: [{ type: "markdown", text }] }).pings).toEqual(expected);
  });

  test.each([
    "&lt;!channel&gt;",
    "<\u2060!here>",
    "@\u2060channel",
    "mail me@here.example",
    "`@here` in code",
    "＠here",
    "@hereabouts",
    "<!date^1392734382^{date}|Feb 18>",
    "<@nobody>",
  ])("%s pings nobody", (text) => {
    expect(reachOf({ text, blocks: [section(text)] }).pings).toEqual([]);
  });

  test("plain text objects ping nobody and link nothing", () => {
    const header = { type: "header", text: { type: "plain_text", text: "<!here> https://a.example" } };
    expect(reachOf({ blocks: [header] })).toEqual({ pings: [], links: [] });
  });

  test("is found in rich text, fields, options and nested elements", () => {
    const blocks = [
      {
        type: "rich_text",
        elements: [{ type: "rich_text_section", elements: [{ type: "broadcast", range: "here" }] }],
      },
      { type: "section", fields: [{ type: "mrkdwn", text: "<@U1>" }] },
      { type: "context", elements: [{ type: "mrkdwn", text: "<!subteam^S1>" }] },
    ];
    const targets = reachOf({ blocks }).pings.map(({ target }) => target);
    expect(targets.sort()).toEqual(["S1", "U1", "here"]);
  });
});

describe("what a text unfurls", () => {
  test.each([
    ["see https://a.example/x?y=1.", ["https://a.example/x?y=1"]],
    ["<https://a.example|innocent>", ["https://a.example"]],
    ["`https://a.example`", []],
    ["<mailto:mia@example.org|mail>", []],
    ["no link", []],
  ])("%s", (text, links) => {
    const reach = reachOf({ text });
    expect(reach.links).toEqual(links);
    expect(unfurlsOf(reach, {})).toEqual(links);
    expect(unfurlsOf(reach, { unfurlLinks: true, unfurlMedia: false })).toEqual(links);
    expect(unfurlsOf(reach, { unfurlLinks: false, unfurlMedia: false })).toEqual([]);
  });

  test("a markdown link counts", () => {
    expect(reachOf({ blocks: [{ type: "markdown", text: "[x](https://a.example)" }] }).links).toEqual([
      "https://a.example",
    ]);
  });
});

describe("what is stored", () => {
  test("marks become entities, links get brackets, control sequences stay", () => {
    expect(normalize("a < b && <@U1> at https://a.example")).toBe("a &lt; b &amp;&amp; <@U1> at <https://a.example>");
    expect(plainText("&lt;b&gt; <@U1> <#C1> <https://a.example|here>", names)).toBe("<b> @u1 #c1 here");
  });

  test("storing twice changes nothing, and pings nobody new", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("<", ">", "&", "<!here>", "<@U1|x>", "https://a.example", "`", "@channel", "|", "&lt;"),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const stored = normalize(pieces.join(""));
        expect(normalize(stored)).toBe(stored);
        expect(reachOf({ text: stored }).pings).toEqual(reachOf({ text: pieces.join("") }).pings);
      }),
    );
  });
});

describe("what the page draws", () => {
  test("no text becomes markup of its own", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "<script>",
        "</pre>",
        '"onclick=',
        "`",
        "*",
        "```",
        "<https://a|<b>>",
        "](https://x)",
        "[",
        "\u0000",
      ),
    );
    fc.assert(
      fc.property(fc.array(hostile), (pieces) => {
        for (const html of [renderMrkdwn(normalize(pieces.join("")), names), renderMarkdown(pieces.join(""))]) {
          const tags = html.match(/<\/?([a-z0-9]+)/gi) ?? [];
          const allowed = /^<\/?(a|span|strong|em|del|code|pre|blockquote|br|h4|hr|ul|ol|li|table|tr|td|th)$/;
          expect(tags.filter((tag) => !allowed.test(tag))).toEqual([]);
          expect(html).not.toMatch(/<[^>]*\son[a-z]+=/i);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("draws marks, links and emoji", () => {
    expect(renderMrkdwn("*bold* _it_ `x` :tada:", names)).toBe("<strong>bold</strong> <em>it</em> <code>x</code> 🎉");
    expect(renderMrkdwn("<javascript:alert(1)|x>", names)).not.toContain("href");
    expect(renderMarkdown("# Title\n**b** [l](https://a.example)")).toContain("<h4>Title</h4>");
  });
});
