import { expect, test } from "vitest";
import { slackSupports } from "../../../../adapters/slack/limits.js";
import type { EventOf } from "../../../../src/core/room/event.js";
import { gateCard } from "../../../../src/runtime/chat/outbound/gate-card.js";

const url = "https://rooms.example.org/r/r1";
const { maxCardChars, maxFormChars, maxFormFields } = slackSupports;

function cardAt(address: string | undefined, opened: Partial<EventOf<"gate.opened">>) {
  const usual = { type: "gate.opened", gateId: "g1", kind: "message", from: "coder", hash: "0".repeat(64) } as const;
  return gateCard({
    roomId: "r1",
    opened: { ...usual, body: "text", why: "held", ...opened },
    version: 7,
    index: 0,
    supports: slackSupports,
    url: address,
  });
}

const cardOf = (opened: Partial<EventOf<"gate.opened">>) => cardAt(url, opened);
const linesOf = (chars: number) => "some words\n".repeat(Math.ceil(chars / 11)).trimEnd();
const labels = ({ buttons }: ReturnType<typeof cardAt>) => buttons.map(({ label }) => label);

test("a text that fits has no file", () => {
  expect(cardOf({})).toMatchObject({ body: "text", why: "held" });
  expect(cardOf({}).file).toBeUndefined();
});

test("a long text shows whole lines of its beginning, names the file with the whole, and can be decided", () => {
  const body = linesOf(maxCardChars + 100);
  const card = cardOf({ body });
  expect(body.startsWith(`${card.body}\n`)).toBe(true);
  expect(card.body?.length).toBeLessThanOrEqual(maxCardChars);
  expect(card.file).toEqual({ name: "coder-7.md", text: body });
  expect(card.why).toContain("the whole text is in the file coder-7.md");
  expect(labels(card)).toEqual(["Approve", "Edit…", "Drop", "Drop with a reason…"]);
});

test("the beginning of a long line ends with no half character", () => {
  const body = `${"x".repeat(maxCardChars - 1)}${"🦊".repeat(500)}`;
  expect(cardOf({ body }).body).toBe("x".repeat(maxCardChars - 1));
});

test("a text that no form holds is edited on the page, where the page has an address", () => {
  const body = linesOf(maxFormChars * maxFormFields + 100);
  expect(labels(cardOf({ body }))).toEqual(["Approve", "Edit in the browser", "Drop", "Drop with a reason…"]);
  expect(labels(cardAt(undefined, { body }))).toEqual(["Approve", "Drop", "Drop with a reason…"]);
});

test("a question whose answers leave no room for its text is decided on the page", () => {
  const options = Array.from({ length: 9 }, (_, at) => ({
    label: `Option ${at}`,
    description: "y".repeat(Math.floor(maxCardChars / 9)),
  }));
  const card = cardOf({ kind: "question", body: linesOf(maxCardChars), options });
  expect(labels(card)).toEqual(["Decide in the browser"]);
  expect(card.file).toBeUndefined();
});

test("a push shows its commits and size in a few lines, with a link to the changes", () => {
  const [before, after] = ["b".repeat(40), "a".repeat(40)];
  const commits = Array.from({ length: 7 }, (_, at) => ({
    id: `${at}`.repeat(40),
    author: "kit",
    subject: `Step ${at}`,
  }));
  const files = [{ path: "a.ts", added: 3, removed: 1 }, { path: "b.bin" }];
  const content = {
    v: 2,
    push: {
      repository: "https://github.com/acme/widgets",
      refs: [
        { ref: "refs/heads/parley/coder/x", from: null, to: after, commits, moreCommits: 2, files },
        {
          ref: "refs/heads/parley/coder/y",
          from: before,
          to: after,
          files: [],
          whyNoDiff: "It could not be compared.",
        },
        { ref: "refs/heads/parley/coder/z", from: before, to: null },
      ],
    },
  };
  const card = cardOf({ kind: "tool", tool: "git push", body: "{}", content });
  expect(card.body).toBe(
    [
      "https://github.com/acme/widgets",
      "parley/coder/x is new, becomes aaaaaaa: 2 files, +3 −1",
      ...["0", "1", "2", "3", "4"].map((at) => `• ${at.repeat(7)} Step ${at}`),
      "• and 4 more",
      "parley/coder/y was bbbbbbb, becomes aaaaaaa: 0 files, +0 −0",
      "It could not be compared.",
      "parley/coder/z is deleted (it was bbbbbbb)",
    ].join("\n"),
  );
  expect(labels(card)).toEqual(["Allow", "Allow for this session", "See the changes", "Deny", "Deny with a reason…"]);
});
