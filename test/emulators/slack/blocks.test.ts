import { describe, expect, test } from "vitest";
import { checkMessageBlocks, checkView } from "./block-check.js";

const check = (...blocks: unknown[]) => checkMessageBlocks(blocks, { maxChars: 13_200 });
const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
const button = (patch: object = {}) => ({
  type: "button",
  action_id: "a",
  text: { type: "plain_text", text: "Go" },
  ...patch,
});
const actions = (...elements: object[]) => ({ type: "actions", elements });

describe("a message's blocks", () => {
  test("pass when they keep to the limits", () => {
    const { problems, tooLong } = check(section("x".repeat(3_000)), actions(button({ style: "danger", value: "v" })), {
      type: "divider",
    });
    expect(problems).toEqual([]);
    expect(tooLong).toBe(false);
  });

  test.each([
    ["51 blocks", Array.from({ length: 51 }, () => ({ type: "divider" })), "no more than 50 items allowed", "/blocks"],
    ["a long section", [section("x".repeat(3_001))], "must be less than 3001 characters", "/blocks/0/text/text"],
    ["an empty section text", [section("")], "must be more than 0 characters", "/blocks/0/text/text"],
    [
      "a long button",
      [actions(button({ text: { type: "plain_text", text: "x".repeat(76) } }))],
      "must be less than 76 characters",
      "/blocks/0/elements/0/text/text",
    ],
    [
      "a mrkdwn button",
      [actions(button({ text: { type: "mrkdwn", text: "x" } }))],
      "must be one of plain_text",
      "/blocks/0/elements/0/text/type",
    ],
    [
      "a long value",
      [actions(button({ value: "x".repeat(2_001) }))],
      "must be less than 2001 characters",
      "/blocks/0/elements/0/value",
    ],
    [
      "26 buttons",
      [actions(...Array.from({ length: 26 }, (_, n) => button({ action_id: `a${n}` })))],
      "no more than 25 items allowed",
      "/blocks/0/elements",
    ],
    ["no buttons", [actions()], "no less than 1 items allowed", "/blocks/0/elements"],
    ["one action twice", [actions(button(), button())], "action_id a already exists", "/blocks/0/elements"],
    [
      "one block id twice",
      [
        { type: "divider", block_id: "b" },
        { type: "divider", block_id: "b" },
      ],
      "block_id b already exists",
      "/blocks/1",
    ],
    ["an unknown block", [{ type: "card" }], "unsupported type: card", "/blocks/0/type"],
    ["an unknown field", [{ ...section("x"), colour: "red" }], "invalid additional property: colour", "/blocks/0"],
    [
      "a colour of its own",
      [actions(button({ style: "warning" }))],
      "must be a valid enum value",
      "/blocks/0/elements/0/style",
    ],
    [
      "a long header",
      [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }],
      "must be less than 151 characters",
      "/blocks/0/text/text",
    ],
    ["a section without text", [{ type: "section" }], "missing required field: text", "/blocks/0"],
    [
      "eleven context elements",
      [{ type: "context", elements: Array.from({ length: 11 }, () => ({ type: "mrkdwn", text: "x" })) }],
      "no more than 10 items allowed",
      "/blocks/0/elements",
    ],
    ["something inherited", [{ type: "constructor" }], "unsupported type: constructor", "/blocks/0/type"],
  ])("are refused for %s", (_, blocks, what, where) => {
    expect(check(...(blocks as unknown[])).problems).toContain(`[ERROR] ${what} [json-pointer:${where}]`);
  });

  test("are refused together when all the text is too long, or one markdown block draws more than 50", () => {
    expect(check(...Array.from({ length: 5 }, () => section("x".repeat(2_900)))).tooLong).toBe(true);
    const headings = { type: "markdown", text: "# a\ntext\n".repeat(30) };
    expect(check(headings).problems).toEqual(["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]);
    expect(check({ type: "markdown", text: "x".repeat(12_001) }).problems).toHaveLength(2);
  });
});

describe("a view", () => {
  const modal = (patch: object = {}) => ({
    type: "modal",
    title: { type: "plain_text", text: "T" },
    blocks: [section("x")],
    ...patch,
  });
  const input = {
    type: "input",
    label: { type: "plain_text", text: "L" },
    element: { type: "plain_text_input", action_id: "t" },
  };

  test("passes when it keeps to the limits", () => {
    expect(checkView(modal())).toEqual([]);
    expect(checkView(modal({ blocks: [input], submit: { type: "plain_text", text: "OK" } }))).toEqual([]);
  });

  test.each([
    [
      "a long title",
      modal({ title: { type: "plain_text", text: "x".repeat(25) } }),
      "must be less than 25 characters [json-pointer:/view/title/text]",
    ],
    ["no title", { type: "modal", blocks: [] }, "missing required field: title [json-pointer:/view]"],
    ["inputs without a submit", modal({ blocks: [input] }), "missing required field: submit [json-pointer:/view]"],
    [
      "long metadata",
      modal({ private_metadata: "x".repeat(3_001) }),
      "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ],
    [
      "101 blocks",
      modal({ blocks: Array.from({ length: 101 }, () => ({ type: "divider" })) }),
      "no more than 100 items allowed [json-pointer:/view/blocks]",
    ],
    [
      "a long initial value",
      modal({
        submit: { type: "plain_text", text: "OK" },
        blocks: [{ ...input, element: { ...input.element, initial_value: "x".repeat(3_001) } }],
      }),
      "must be less than 3001 characters [json-pointer:/view/blocks/0/element/initial_value]",
    ],
    [
      "a markdown block",
      modal({ blocks: [{ type: "markdown", text: "x" }] }),
      "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
    ],
  ])("is refused for %s", (_, view, problem) => {
    expect(checkView(view)).toContain(`[ERROR] ${problem}`);
  });
});
