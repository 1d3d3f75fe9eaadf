import { describe, expect, test } from "vitest";
import type { EventOf } from "../../../../src/core/room/event.js";
import { gateHash } from "../../../../src/core/room/gate.js";
import { given } from "../../../support/given.js";
import { posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { by, say } from "../../../support/room-commands.js";
import { sha256 } from "../../../support/sha256.js";

const file = (path: string, content = path) => ({
  path,
  attachment: { name: path, bytes: content.length, sha256: sha256(content), type: "text/plain" },
});
const [plot, data] = [file("plot.png"), file("data.csv")];
const scene = given(roomOf(["coder", "reviewer"]))
  .and(posted("mia", ["coder"], "work"))
  .and(turnStarted("coder", ["work"]));
const gated = scene.and({ type: "participant.configured", name: "coder", gate: "always" });
const text = "@mia here\nATTACH: plot.png\nATTACH: data.csv\n@reviewer other";

describe("files of an agent's message", () => {
  test("go out with it, in their order, and with no other message of the text", () => {
    scene
      .when(say("coder", text, { files: [data, plot] }))
      .then(
        { type: "message.posted", to: ["mia"], body: "here", attachments: [plot.attachment, data.attachment] },
        { type: "message.posted", to: ["reviewer"], body: "other" },
      );
    const { events } = scene.when(say("coder", text, { files: [data, plot] }));
    expect(events.at(-1)).not.toHaveProperty("attachments");
  });

  test("bounce it with the reason if one cannot be attached; other messages are sent", () => {
    const files = [plot, { path: "data.csv", problem: "there is no such file" }];
    scene.when(say("coder", text, { files })).then(
      {
        type: "message.bounced",
        to: "coder",
        reason: "unknown-name",
        detail: expect.stringMatching(
          /^“data.csv” cannot be attached: there is no such file\. This message was not sent/,
        ),
      },
      { type: "message.posted", to: ["reviewer"], body: "other" },
    );
    scene.when(say("coder", text)).then({ type: "message.bounced" }, { type: "message.posted", to: ["reviewer"] });
    scene.when(say("coder", "@mia x\nATTACH:")).then({
      type: "message.bounced",
      detail: expect.stringMatching(/^A line ATTACH: names no file/),
    });
  });

  test("are at most 16, and each one once", () => {
    const names = Array.from({ length: 17 }, (_, at) => `f${at}`);
    const lines = (some: readonly string[]) => `@mia x\n${some.map((name) => `ATTACH: ${name}`).join("\n")}`;
    const files = names.map((name) => file(name));
    scene.when(say("coder", lines(names), { files })).then({
      type: "message.bounced",
      reason: "body-too-long",
      detail: expect.stringContaining("at most 16 files"),
    });
    const sixteen = files.slice(0, 16).map(({ attachment }) => attachment);
    scene
      .when(say("coder", lines(names.slice(0, 16)), { files }))
      .then({ type: "message.posted", attachments: sixteen });
    scene
      .when(say("coder", lines(["f0", "f0"]), { files }))
      .then({ type: "message.posted", attachments: [files[0]?.attachment] });
  });

  test("that are held are covered by the gate's hash, and those bytes go out", () => {
    const { events, scene: held } = gated.when(say("coder", "@mia here\nATTACH: plot.png", { files: [plot] }));
    const opened = events[0] as EventOf<"gate.opened">;
    expect(opened).toMatchObject({ type: "gate.opened", content: { v: 2, attachments: [plot.attachment] } });
    expect(opened.hash).toBe(gateHash(opened, sha256));
    const other = { ...plot.attachment, sha256: sha256("changed later") };
    const forged = { ...opened, content: { v: 2, attachments: [other] } };
    expect(gateHash(forged, sha256)).not.toBe(opened.hash);
    const decide = (shown: typeof opened, hash = opened.hash) =>
      ({
        ...{ type: "gate.decide", by: by("mia"), gateId: opened.gateId, action: "approve", messageId: "a1" },
        hash,
        opened: shown,
      }) as never;
    held.when(decide(forged)).thenRejected("gate_changed");
    held.when(decide(opened, gateHash({ ...opened, content: undefined }, sha256))).thenRejected("gate_changed");
    held
      .when(decide(opened))
      .then({ type: "gate.resolved", outcome: "approved" }, { type: "message.posted", attachments: [plot.attachment] });
  });

  test("of a question are shown with it", () => {
    scene.when(say("coder", "@human GATE: Ship this?\nATTACH: plot.png", { files: [plot] })).then({
      type: "gate.opened",
      kind: "question",
      body: "Ship this?",
      content: { v: 2, attachments: [plot.attachment] },
    });
    scene.when(say("coder", "@human GATE: Ship this?\nATTACH: gone.png")).then({ type: "message.bounced" });
  });

  test("tell a repeated message from one with other files", () => {
    const once = scene.when(say("coder", "@mia here\nATTACH: plot.png", { files: [plot] })).scene;
    const lost = once.and({ type: "turn.ended", turnId: "t1", agent: "coder", outcome: "lost", lostBy: "sandbox" });
    const again = lost.and(turnStarted("coder", ["work"], { turnId: "t2", attempt: 2 }));
    const repeat = (content: string) =>
      say("coder", "@mia here\nATTACH: plot.png", {
        ...{ turnId: "t2", outputId: "o2", repeatsUnderNewIds: true },
        files: [file("plot.png", content)],
      });
    expect(again.when(repeat("plot.png")).events).toEqual([]);
    again.when(repeat("another plot")).then({ type: "message.posted", body: "here" });
  });
});
