import type { AskPerson, CommandOf, DecideGate, EndTurn, PostMessage } from "../../src/core/room/command.js";
import type { GateAction } from "../../src/core/room/gate.js";
import type { Actor } from "../../src/core/room/rights.js";
import type { When } from "./given.js";

export const by = (name: string): Actor => ({ kind: "person", name });
export const admin: Actor = { kind: "admin" };

/** A person writes; the message's id is its text unless `fields` say otherwise. */
export const post = (name: string, body: string, fields: Partial<PostMessage> = {}): PostMessage => ({
  type: "message.post",
  by: by(name),
  messageId: body,
  body,
  ...fields,
});

export const start = (agent: string, turnId = "t1"): CommandOf<"turn.start"> => ({
  type: "turn.start",
  agent,
  turnId,
  node: "n1",
  boot: "b1",
});

export const say = (
  agent: string,
  text: string,
  fields: Partial<CommandOf<"turn.say">> = {},
): CommandOf<"turn.say"> => ({ type: "turn.say", agent, text, turnId: "t1", outputId: "o1", index: 0, ...fields });

export const ask = (agent: string, requestId: string, fields: Partial<AskPerson> = {}): AskPerson => ({
  type: "turn.ask",
  agent,
  turnId: "t1",
  requestId,
  askKind: "tool",
  title: "Bash",
  body: '{"command":"ls"}',
  ...fields,
});

export const end = (agent: string, fields: Partial<EndTurn> = {}): EndTurn => ({
  type: "turn.end",
  agent,
  turnId: "t1",
  outcome: "done",
  ...fields,
});

export const lose = (
  agent: string,
  lostBy: CommandOf<"turn.lose">["lostBy"] = "sandbox",
  turnId = "t1",
): CommandOf<"turn.lose"> => ({ type: "turn.lose", agent, turnId, lostBy });

export const steer = (agent: string, turnId = "t1"): CommandOf<"turn.steer"> => ({ type: "turn.steer", agent, turnId });

/** A person decides the gate they see: the one in the log. */
export const resolve =
  (name: string, gateId: string, action: GateAction, fields: Partial<DecideGate> = {}): When =>
  (scene) => {
    const opened = scene.opened(gateId);
    const decision = { type: "gate.decide" as const, by: by(name), gateId, action, messageId: `d-${gateId}` };
    return { ...decision, hash: opened.hash, opened, ...fields };
  };
