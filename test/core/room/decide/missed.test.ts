import { describe, expect, test } from "vitest";
import { given } from "../../../support/given.js";
import { posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { end, lose, say, start } from "../../../support/room-commands.js";

const working = given(roomOf(["coder", "reviewer"]))
  .and(posted("mia", ["coder"], "work"))
  .and(turnStarted("coder", ["work"]));
const plan =
  "Plan:\n\n1. **@reviewer**: please review parser.ts\n2. **@mia**: please decide the name\n\nI wait for both.";

describe("a turn that names somebody where a name sends nothing", () => {
  test("is told once, at its end, with the lines and the right form", () => {
    working.when(say("coder", plan), end("coder")).then(
      {
        type: "message.bounced",
        to: "coder",
        reason: "nobody",
        missed: ["reviewer", "mia"],
        wakes: true,
        detail: expect.stringMatching(
          /@reviewer, @mia .*“1\. \*\*@reviewer\*\*: please review parser\.ts”.*“@reviewer …”/,
        ),
      },
      { type: "turn.ended", outcome: "done" },
    );
  });

  test.each([
    ["- @reviewer: fix"],
    ["The parser is done, @reviewer please review."],
    ["```markdown\n```bash\nls\n```\n```\n\n@reviewer please look"],
    ["### @reviewer\nPlease look."],
    ["| @reviewer | parser |"],
    ["Hey @reviewer, look."],
    ["解析器已完成，请@reviewer审查。"],
    ["@mia Plan:\n1. @reviewer: review it"],
  ])("is told: %j", (text) => {
    const { events } = working.when(say("coder", text), end("coder"));
    expect(events).toContainEqual(expect.objectContaining({ type: "message.bounced", missed: ["reviewer"] }));
  });

  test.each([
    ["1. @reviewer: review\n\n@reviewer review the parser."],
    ["@room The plan:\n1. @reviewer: review"],
    ["I asked @reviewer."],
    ["```\n@reviewer x\n```"],
    ["> @reviewer x"],
    ["@mia The branch is by @reviewer."],
    ["1. @ghost: review"],
    ["1. @mia: decide\n\n@human GATE: which name?"],
  ])("is not told: %j", (text) => {
    const { events } = working.when(say("coder", text), end("coder"));
    expect(events.filter(({ type }) => type === "message.bounced")).toEqual([]);
  });

  test("is not told of a participant that another block of the turn reaches, before or after", () => {
    const before = working.when(
      say("coder", "@reviewer hi"),
      say("coder", "- @reviewer: x", { index: 1 }),
      end("coder"),
    );
    const after = working.when(
      say("coder", "- @reviewer: x"),
      say("coder", "@reviewer hi", { index: 1 }),
      end("coder"),
    );
    for (const { events } of [before, after])
      expect(events.filter(({ type }) => type === "message.bounced")).toEqual([]);
  });

  test("is not told after it was stopped", () => {
    working.when(say("coder", plan), end("coder", { outcome: "cancelled" })).then({ type: "turn.ended" });
  });

  test("records a name once, even if it occurs several times", () => {
    working.when(say("coder", "- @reviewer: a\n- @reviewer: b")).then({ type: "message.missed", name: "reviewer" });
    working.when(say("coder", "- @reviewer: a"), say("coder", "- @reviewer: b", { index: 1 })).then();
  });

  test("costs one turn and no second note, until a message of it arrives", () => {
    const told = working.when(say("coder", plan), end("coder"), start("coder", "t2"));
    told.then({ type: "turn.started", messages: ["missed-t1"] });
    const again = told.scene.when(say("coder", plan, { turnId: "t2", outputId: "o2" }), end("coder", { turnId: "t2" }));
    again.then({ type: "turn.ended" });
    again.scene.when(start("coder", "t3")).thenRejected("nothing_to_start");
    const heard = told.scene
      .when(say("coder", "@mia hi", { turnId: "t2", outputId: "o2" }), end("coder", { turnId: "t2" }))
      .scene.and(posted("mia", ["coder"], "more"));
    heard
      .when(
        start("coder", "t3"),
        say("coder", "- @reviewer: x", { turnId: "t3", outputId: "o3" }),
        end("coder", { turnId: "t3" }),
      )
      .then({ type: "message.bounced", missed: ["reviewer"], wakes: true }, { type: "turn.ended" });
  });

  test("counts messages of its lost attempt", () => {
    working
      .when(
        say("coder", "@reviewer hi"),
        lose("coder"),
        start("coder", "t2"),
        say("coder", "- @reviewer: x", { turnId: "t2", outputId: "o2" }),
        end("coder", { turnId: "t2" }),
      )
      .then({ type: "turn.ended" });
  });
});
