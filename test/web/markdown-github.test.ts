import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markdownDocuments } from "./support/markdown-documents.js";
import { githubHtml, ourHtml, withoutLooseness } from "./support/markdown-html.js";
import { samples } from "./support/markdown-samples.js";

/** What the page reads otherwise than micromark, and why. */
const differences = {
  "the indent of code in an item": {
    text: "1. x\n   ```py\n   def f():\n       return 1\n   ```",
    ours: "<ol><li>x<pre><code>def f():\n    return 1\n</code></pre></li></ol>",
    why: "micromark joins two lines of the code; CommonMark and GitHub keep them apart",
  },
  "emphasis next to Chinese": {
    text: "他说**“重要”**的话",
    ours: "<p>他说<strong>“重要”</strong>的话</p>",
    why: "languages without spaces cannot put one between a mark and a quotation mark",
  },
  "names between underscores": {
    text: "call __init__ and self.__call__()",
    ours: "<p>call __init__ and self.__call__()</p>",
    why: "GitHub makes the name bold and takes its underscores away",
  },
  "a product": { text: "2*3*4 and a*b*c", ours: "<p>2*3*4 and a*b*c</p>", why: "no person means emphasis in it" },
  "a plain address": {
    text: "see http://parley.example",
    ours: "<p>see http://parley.example</p>",
    why: "https alone is linked",
  },
  "an e-mail address": { text: "me@parley.example", ours: "<p>me@parley.example</p>", why: "https alone is linked" },
  "a link to a place in a site": {
    text: "[x](/a/b)",
    ours: "<p>[x](/a/b)</p>",
    why: "it would lead into the page itself",
  },
  "an address with credentials": {
    text: "[x](https://a:b@parley.example/)",
    ours: "<p>[x](https://a:b@parley.example/)</p>",
    why: "it passes for another address",
  },
  "an image": {
    text: "![a cat](https://parley.example/cat.png)",
    ours: '<p><a href="https://parley.example/cat.png">a cat</a></p>',
    why: "nothing is loaded from another host; it opens in a new tab",
  },
  "HTML on lines of its own": {
    text: "<div>\n*x*\n</div>",
    ours: "<p>&lt;div&gt;\n*x*\n&lt;/div&gt;</p>",
    why: "HTML is text",
  },
  "a break in a cell": {
    text: "| a |\n|---|\n| x<br>y |",
    ours: "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>x\ny</td></tr></tbody></table>",
    why: "a cell has no other line break; GitHub breaks the line too",
  },
  "more cells than columns": {
    text: "| a |\n|---|\n| 1 | 2 |",
    ours: "<p>| a |\n|---|\n| 1 | 2 |</p>",
    why: "GitHub drops the second cell; nothing may be lost",
  },
  "a definition nobody refers to": {
    text: "a\n\n[x]: https://parley.example/",
    ours: "<p>a</p><p>[x]: https://parley.example/</p>",
    why: "what is hidden could not be approved",
  },
  "mathematics on lines of its own": {
    text: "$$\na \\\\ b_1 * c\n$$",
    ours: "<pre><code>a \\\\ b_1 * c\n</code></pre>",
    why: "its backslashes are not escapes; GitHub leaves it to its own formula reader",
  },
  "a rare named entity": {
    text: "&CounterClockwiseContourIntegral;",
    ours: "<p>&amp;CounterClockwiseContourIntegral;</p>",
    why: "the page knows the named entities that are used",
  },
  "three marks that end apart": {
    text: "***a* b *c***",
    ours: "<p><em><strong>a* b *c</strong></em></p>",
    why: "a fault of marked; nothing is lost, and the exact text is one key away",
  },
  "an address before Chinese punctuation": {
    text: "见https://parley.example/a。然后",
    ours: '<p>见<a href="https://parley.example/a">https://parley.example/a</a>。然后</p>',
    why: "the full stop is not part of the address",
  },
} as const;

describe("beside GitHub's Markdown", () => {
  const same = Object.entries(samples);

  test("the samples are more than a hundred", () => {
    expect(same.length + Object.keys(differences).length).toBeGreaterThan(109);
  });

  test.each(same)("reads %s as GitHub does", (_, text) => {
    expect(ourHtml(text)).toBe(githubHtml(text));
  });

  test.each(Object.entries(differences))("reads %s in its own way", (_, { text, ours }) => {
    expect(ourHtml(text)).toBe(ours);
    expect(githubHtml(text)).not.toBe(ours);
  });

  test("reads a thousand documents as GitHub does", () => {
    fc.assert(
      fc.property(markdownDocuments, (text) => {
        expect(withoutLooseness(ourHtml(text))).toBe(withoutLooseness(githubHtml(text)));
      }),
      { numRuns: 1_000 },
    );
  }, 120_000);
});
