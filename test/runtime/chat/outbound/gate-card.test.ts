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
