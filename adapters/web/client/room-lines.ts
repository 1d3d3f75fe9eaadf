import { followsScript } from "../../../src/core/values/script-remark.js";
import type { RoomEventFrame } from "../../../src/protocol/events.js";
import { tellingInput } from "./gate-input.js";
import { factsOf, type GateFacts } from "./open-gates.js";
import type { LineContent } from "./room-state.js";

type KnownGates = ReadonlyMap<string, GateFacts>;

interface Line {
  severity: "info" | "warning";
  line: LineContent;
}

const info = (line: LineContent): Line => ({ severity: "info", line });
const warning = (line: LineContent): Line => ({ severity: "warning", line });

/** The quiet line an event gets between the messages; undefined for those that get none. */
export function lineOf(frame: RoomEventFrame, gates: KnownGates): Line | undefined {
  switch (frame.type) {
    case "room.created":
      return info({ what: "created" });
    case "room.configured":
      return frame.name === undefined ? undefined : info({ what: "renamed", name: frame.name });
    case "room.paused":
      return info({ what: "paused", ...reason(frame) });
    case "room.resumed":
      return info({ what: "resumed", ...reason(frame) });
    case "room.closed":
      return info({ what: "closed", ...reason(frame) });
    case "participant.joined":
      return joinedLine(frame);
    case "participant.left":
      return info({ what: "left", name: frame.name, ...reason(frame) });
    case "message.bounced":
      return frame.reason === "dropped" ? undefined : warning({ what: "bounced", to: frame.to, detail: frame.detail });
    case "message.expired":
      return info({ what: "expired", recipients: frame.recipients, reason: frame.reason });
    case "turn.ended":
      return turnLine(frame);
    case "gate.opened":
      return askedLine(frame);
    case "gate.reminded":
      return info({ what: "reminded", gateKind: frame.kind, from: frame.from, waitedMs: frame.waitedMs });
    case "gate.resolved":
      return gateLine(frame, gates);
    case "notice.posted":
      return { severity: frame.severity, line: { what: "notice", text: frame.text, ...about(frame) } };
    case "budget.exceeded":
      return warning({ what: "budget", limit: frame.limit, ...(frame.agent !== undefined && { agent: frame.agent }) });
    case "mirror.bound":
      return info({ what: "mirror", bound: true, platform: frame.platform });
    case "mirror.unbound":
      return info({ what: "mirror", bound: false });
    default:
      return undefined;
  }
}

function reason(frame: { reason?: string | undefined }): { reason?: string } {
  return frame.reason === undefined ? {} : { reason: frame.reason };
}

function about(frame: { about?: string | undefined }): { about?: string } {
  return frame.about === undefined ? {} : { about: frame.about };
}

function joinedLine(frame: Extract<RoomEventFrame, { type: "participant.joined" }>): Line {
  const { name, kind, role, returns } = frame;
  const hasScript = followsScript(frame);
  return info({
    what: "joined",
    name,
    participant: kind,
    role,
    ...(returns && { returns }),
    ...(hasScript && { hasScript }),
  });
}

function turnLine({ agent, outcome, error, by }: Extract<RoomEventFrame, { type: "turn.ended" }>): Line | undefined {
  if (outcome === "done") return undefined;
  const line: LineContent = {
    what: "turn",
    agent,
    outcome,
    ...(error !== undefined && { error }),
    ...(by !== undefined && { by }),
  };
  return outcome === "cancelled" ? info(line) : warning(line);
}

/** Where a gate opened. A held message has no line of its own: it stands where it was released, or where it was dropped. */
function askedLine(frame: Extract<RoomEventFrame, { type: "gate.opened" }>): Line | undefined {
  if (frame.kind === "message") return undefined;
  const { gateId, kind: gateKind, from } = frame;
  const { question, input, tool } = factsOf(frame);
  const text = question ?? input ?? (gateKind === "continue" && frame.why !== "" ? frame.why : undefined);
  const line: LineContent = { what: "asked", gateId, gateKind, from };
  return info({ ...line, ...(tool !== undefined && { tool }), ...(text !== undefined && { text }) });
}

function gateLine(frame: Extract<RoomEventFrame, { type: "gate.resolved" }>, gates: KnownGates): Line {
  const facts = gates.get(frame.gateId);
  const text = gateText(frame, facts);
  return info({
    what: "gate",
    gateId: frame.gateId,
    gateKind: frame.kind,
    outcome: frame.outcome,
    by: frame.by,
    ...(facts && { from: facts.from }),
    ...(facts?.tool !== undefined && { tool: facts.tool }),
    ...(text !== undefined && { text }),
    ...(frame.outcome === "allowed" && frame.body !== undefined && { isEdited: true }),
    ...reason(frame),
  });
}

/** The answer to a question, or the input a tool was allowed or denied: in its edited form, if a person edited it. */
function gateText(
  frame: Extract<RoomEventFrame, { type: "gate.resolved" }>,
  facts: GateFacts | undefined,
): string | undefined {
  switch (frame.outcome) {
    case "answered":
      return answerInLine(frame, facts?.question);
    case "dropped":
    case "expired":
    case "withdrawn":
      return facts?.question;
    case "allowed":
      return frame.body === undefined ? facts?.input : tellingInput(frame.body);
    case "denied":
      return facts?.input;
    default:
      return undefined;
  }
}

/** The question and its answer. An answer by question holds the questions itself. */
function answerInLine(
  frame: Extract<RoomEventFrame, { type: "gate.resolved" }>,
  question: string | undefined,
): string | undefined {
  const answer = frame.body ?? (frame.answers && Object.values(frame.answers).join(", "));
  if (answer === undefined || question === undefined || frame.choices) return answer;
  return `${question}\n${answer}`;
}
