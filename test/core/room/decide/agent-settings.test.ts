import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { presentAgent } from "../../../../src/core/room/room.js";
import { publicEvent } from "../../../../src/core/room/view.js";
import { given } from "../../../support/given.js";
import { roomOf } from "../../../support/room-builder.js";
import { by } from "../../../support/room-commands.js";

const room = given(roomOf(["coder"]));
const configure = (fields: object) => ({ type: "agent.configure", by: by("mia"), name: "coder", ...fields }) as const;

describe("an agent's settings", () => {
  test("change together, and what is absent stays", () => {
    const changed = room.when(
      configure({ role: "reviewer", prompt: "Be short.", model: "m", effort: "high", mode: "plan" }),
    );
    changed.then({ type: "participant.configured", name: "coder", role: "reviewer", prompt: "Be short." });
    const agent = presentAgent(changed.room, "coder");
    expect(agent).toMatchObject({ role: "reviewer", model: "m", effort: "high", mode: "plan", promptVersion: 2 });
    const later = changed.scene.when(configure({ effort: "low" })).room;
    expect(presentAgent(later, "coder")).toMatchObject({ role: "reviewer", effort: "low", mode: "plan" });
    expect(presentAgent(later, "coder")?.promptVersion).toBe(2);
  });

  test("without a change change nothing", () => {
    room.when(configure({})).then();
    room.when(configure({ model: undefined })).then();
  });

  test("are refused when the prompt is too long", () => {
    room.when(configure({ prompt: "x".repeat(LIMITS.maxSpecBytes) })).thenRejected("invalid");
  });

  test("do not show a prompt to those who may not see held text", () => {
    const event = { type: "participant.configured", name: "coder", prompt: "secret", role: "reviewer" } as const;
    expect(publicEvent(event)).toEqual({ type: "participant.configured", name: "coder", role: "reviewer" });
  });
});

describe("a new agent", () => {
  const add = (body: string) => {
    const agent = { name: "docs", role: "agent", runtime: "scripted", initial: { messageId: "m1", body } };
    return { type: "agent.add", by: by("ann"), agent } as const;
  };

  test("gets its first message from the person who adds it", () => {
    const added = room.when(add("Keep the README true."));
    added.then(
      { type: "participant.joined", name: "docs" },
      { type: "message.posted", from: "ann", to: ["docs"], body: "Keep the README true.", hop: 0 },
    );
    expect(presentAgent(added.room, "docs")?.waiting).toHaveLength(1);
  });

  test.each([
    ["empty", " \n"],
    ["too long", "x".repeat(LIMITS.maxBodyBytes + 1)],
  ])("is refused when its first message is %s", (_, body) => {
    room.when(add(body)).thenRejected("invalid");
  });
});
