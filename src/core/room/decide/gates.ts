import { utf8Bytes } from "../../grammar/directive.js";
import type { DecideGate } from "../command.js";
import type { EventOf, GateOutcome, RoomEvent } from "../event.js";
import { actionsOf, gateHash, hashVersionOf } from "../gate.js";
import { answerText, problemOfChoices } from "../gate-choices.js";
import { LIMITS } from "../limits.js";
import { invalid, type Rejection } from "../rejection.js";
import { actorName, rejectionIfForbidden } from "../rights.js";
import { type OpenGate, presentAgent, type Room } from "../room.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { mailboxFull, postFromAgent } from "./post.js";
import { stopEverything } from "./room.js";

/** A person decides. One winner: the decision and what it releases are one commit. */
export function decideOnGate(room: Room, command: DecideGate, context: DecideContext): Decision {
  const refused = rejectionIfForbidden(room, command.by, "decide");
  if (refused) return reject(refused);
  const gate = room.gates.get(command.gateId);
  if (!gate) return reject(gone(room, command.gateId));
  if (!actionsOf[gate.kind].includes(command.action)) {
    return reject(invalid(["action"], `a ${gate.kind} gate takes ${actionsOf[gate.kind].join(", ")}`));
  }
  const changed = rejectionIfChanged(gate, command, context);
  if (changed) return reject(changed);
  // Choices first: one that names no question of this gate would leave the answer without a text.
  const problem = problemOfChoices(command, command.opened?.content) ?? bodyProblem(command);
  if (problem) return reject(problem);
  return resolve(room, command, { gate, context });
}

/**
 * A decision names the hash of what was shown. With content that hash has version 2, so a person who saw the text alone cannot decide; and the log's event must
 * hash to it, because what is decided on is read from there.
 */
function rejectionIfChanged(gate: OpenGate, command: DecideGate, { sha256 }: DecideContext): Rejection | undefined {
  const { opened, hash } = command;
  if (hash !== gate.hash)
    return gateChanged("this gate's content is not what you were shown; nothing was decided. Look at it again.");
  if (gate.hashVersion !== 2) return undefined;
  const isRead = opened !== undefined && hashVersionOf(opened) === 2 && gateHash(opened, sha256) === gate.hash;
  return isRead
    ? undefined
    : gateChanged("the gate could not be read back from the log as it was shown; nothing was decided");
}

const gateChanged = (detail: string): Rejection => ({ code: "gate_changed", detail });

function gone(room: Room, gateId: string): Rejection {
  const resolved = room.resolvedGates.get(gateId);
  if (!resolved) return { code: "gate_not_found", detail: "there is no such gate in this room" };
  const { by, outcome } = resolved;
  return { code: "gate_already_resolved", detail: `${by} was first: ${outcome}`, by, outcome };
}

function bodyProblem(command: DecideGate): Rejection | undefined {
  const { action, body } = command;
  const text = textOf(command);
  if ((action === "edit" || action === "answer") && (text === undefined || text.trim() === "")) {
    return invalid(["body"], `${action} needs a text`);
  }
  if (text !== undefined && utf8Bytes(text) > LIMITS.maxBodyBytes)
    return invalid(["body"], `at most ${LIMITS.maxBodyBytes} bytes`);
  if (action === "allow" && body !== undefined && !isJsonObject(body))
    return invalid(["body"], "an edited tool input is a JSON object");
  return undefined;
}

/** An answer as one text: what was chosen for which, and words that name no question. Of another action the text that came with it. */
function textOf(command: DecideGate): string | undefined {
  if (command.action !== "answer") return command.body;
  return answerText(answerOf(command), command.opened?.content?.questions);
}

type Answer = Pick<EventOf<"gate.resolved">, "body" | "answers" | "choices">;

/** Words beside choices name no question: they are kept apart, because the body of an answer by question is the text of all of it. */
function answerOf({ body, answers, choices }: DecideGate): Answer {
  if (!choices) return { ...(body !== undefined && { body }), ...(answers && { answers }) };
  const unnamed = body === undefined || body.trim() === "" ? answers : { ...answers, "": body };
  return { choices, ...(unnamed && { answers: unnamed }) };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

interface Deciding {
  gate: OpenGate;
  context: DecideContext;
}

function resolve(room: Room, command: DecideGate, deciding: Deciding): Decision {
  switch (command.action) {
    case "approve":
    case "edit":
      return release(room, command, deciding);
    case "drop":
      return accept(resolved(command, deciding, "dropped"), ...dropped(room, command, deciding.gate));
    case "answer":
      return accept(resolved(command, deciding, "answered"), ...answered(command, deciding.gate));
    case "allow":
      return accept(resolved(command, deciding, "allowed"));
    case "deny":
      return accept(resolved(command, deciding, "denied"));
    case "continue":
      return accept(resolved(command, deciding, "continued"));
    case "stop":
      return accept(resolved(command, deciding, "stopped"), ...stopEverything(room, actorName(command.by)));
  }
}

function resolved(command: DecideGate, { gate }: Deciding, outcome: GateOutcome): RoomEvent {
  const { gateId, body, remember, reason } = command;
  const keepsBody = outcome === "edited" || outcome === "allowed";
  return {
    type: "gate.resolved",
    gateId,
    kind: gate.kind,
    outcome,
    by: actorName(command.by),
    ...(keepsBody && body !== undefined && { body }),
    ...(outcome === "answered" && answeredMembers(command)),
    ...(outcome === "allowed" && remember && { remember }),
    ...(reason !== undefined && reason !== "" && { reason }),
  };
}

/** The answer as it came, and its text, so that it can be read without the question beside it. */
function answeredMembers(command: DecideGate): Answer {
  return { ...answerOf(command), body: textOf(command) ?? "" };
}

/** The held message goes out: the approved bytes, or the edited ones. The log's text is used only if it hashes to what was shown. */
function release(room: Room, command: DecideGate, deciding: Deciding): Decision {
  const { gate, context } = deciding;
  const { opened } = command;
  const agent = presentAgent(room, gate.from);
  if (!agent || !gate.message)
    return reject({ code: "gate_not_found", detail: "its sender is not in this room any more" });
  if (opened?.to === undefined || gateHash(opened, context.sha256) !== gate.hash) {
    return reject(gateChanged("the held text could not be read back from the log as it was shown; nothing was sent"));
  }
  const full = mailboxFull(room, { from: gate.from, to: opened.to });
  if (full !== undefined) return reject({ code: "limit_reached", detail: full });
  const edited = command.action === "edit";
  const message: EventOf<"message.posted"> = {
    type: "message.posted",
    messageId: gate.message.messageId,
    from: gate.from,
    to: opened.to,
    body: edited ? (command.body ?? "") : opened.body,
    class: gate.message.class,
    hop: gate.message.hop,
    gateId: gate.gateId,
    ...(gate.message.steps !== undefined && { steps: gate.message.steps }),
    ...(opened.content?.attachments?.length && { attachments: opened.content.attachments }),
  };
  const posted = postFromAgent(room, agent, { message, guard: room.guard, context });
  return accept(resolved(command, deciding, edited ? "edited" : "approved"), ...posted.events);
}

/** A question that waits inside a turn is answered there; one that was asked with GATE: is answered by a message. */
function answered(command: DecideGate, gate: OpenGate): RoomEvent[] {
  if (gate.requestId !== undefined) return [];
  const body = textOf(command) ?? "";
  const { messageId } = command;
  return [
    {
      type: "message.posted",
      messageId,
      from: actorName(command.by),
      to: [gate.from],
      body,
      class: "deliver",
      hop: 0,
      gateId: gate.gateId,
    },
  ];
}

function dropped(room: Room, command: DecideGate, gate: OpenGate): RoomEvent[] {
  if (gate.requestId !== undefined || !presentAgent(room, gate.from)) return [];
  const what = gate.kind === "message" ? "Your message was dropped" : "Your question was dropped";
  const reason = command.reason ? ` Reason: ${command.reason}` : "";
  const detail = `${what} by ${actorName(command.by)}; nobody received it.${reason}`;
  return [
    { type: "message.bounced", messageId: command.messageId, to: gate.from, reason: "dropped", detail, wakes: true },
  ];
}
