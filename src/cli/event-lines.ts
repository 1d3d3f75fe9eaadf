import type { Attachment, EventOf, GateOutcome, RoomEvent } from "../core/room/event.js";
import { actionsOf } from "../core/room/gate.js";
import { answerText } from "../core/room/gate-choices.js";
import { reminderText } from "../core/room/gate-reminder.js";
import { followsScript, scriptRemark } from "../core/values/script-remark.js";
import { commandOfAction } from "./gate-words.js";
import { fileText } from "./room-files.js";
import type { NameStyles } from "./roster.js";
import { dim, type Piece, styled } from "./screen.js";
import type { Symbols } from "./symbols.js";
import { counted, usageText } from "./words.js";
import type { Look } from "./wrap.js";

/** Output for one event: a headline, a text below it, a hint below that. */
export interface EventLines {
  head: Piece[];
  body?: string;
  /** The body is held: it is drawn with a bar. */
  held?: true;
  hint?: string;
}

export interface Describing {
  symbols: Symbols;
  roster: NameStyles;
  /** How the room is named in commands. */
  room: string;
}

/** An event in words; undefined for events that are not worth a line. */
export function eventLines(event: RoomEvent, describing: Describing): EventLines | undefined {
  if (event.type === "message.posted") return messageLines(event, describing);
  if (event.type === "gate.opened") return gateLines(event, describing);
  const head = headline(event, describing);
  if (event.type !== "gate.resolved" || event.outcome !== "answered") return head && { head };
  const answer = answerText(event.body === undefined ? event : { body: event.body });
  return head && { head, ...(answer !== "" && { body: answer }) };
}

function messageLines(event: EventOf<"message.posted">, { symbols, roster }: Describing): EventLines {
  const remarks = [
    ...(event.class === "deliver" ? [] : [event.class]),
    ...(event.gateId === undefined ? [] : ["decided by a person"]),
  ];
  const remark = remarks.length > 0 ? [dim(` (${remarks.join(", ")})`)] : [];
  const head = [roster.show(event.from), ` ${symbols.arrow} `, ...recipientPieces(event.to, roster), ...remark];
  return { head, body: event.body, ...filesHint(event.attachments) };
}

/** The files of a message, as a hint below it; none: no hint. */
export function filesHint(files: readonly Attachment[] = []): { hint?: string } {
  if (files.length === 0) return {};
  return { hint: `${counted(files.length, "file")}: ${files.map(fileText).join("; ")}` };
}

/** To whom a message is, as it is shown. */
export function recipientPieces(to: EventOf<"message.posted">["to"], roster: NameStyles): Piece[] {
  if (to === "room") return ["room"];
  return to.flatMap((name, at) => [...(at > 0 ? [", "] : []), roster.show(name)]);
}

function gateLines(event: EventOf<"gate.opened">, { symbols, roster, room }: Describing): EventLines {
  const { gateId, kind, from } = event;
  const mark = styled("gate", `${symbols.gate} ${kind} gate ${gateId}`);
  const target = event.to === undefined ? [] : [" to ", ...recipientPieces(event.to, roster)];
  const tool = event.tool === undefined ? "" : ` (${event.tool})`;
  if (event.hash === "") return { head: [mark, " of ", roster.show(from), ": it waits for those who decide"] };
  const why = event.why === "" ? "" : `: ${event.why}`;
  const commands = actionsOf[kind]
    .map((action) => commandOfAction(action))
    .filter((name, at, all) => all.indexOf(name) === at);
  return {
    head: [mark, " of ", roster.show(from), ...target, tool, why],
    ...(event.body !== "" && { body: event.body }),
    held: true,
    hint: `parley ${commands.join("|")} ${room} ${gateId}`,
  };
}

type Headlines = { [T in RoomEvent["type"]]?: (event: EventOf<T>, describing: Describing) => Piece[] };

const warning = (text: string) => styled("warn", text);

const headlines: Headlines = {
  "room.created": ({ name }) => [`room ${name} was made`],
  "room.configured": ({ name }) => [name === undefined ? "the room's rules changed" : `the room is now called ${name}`],
  "room.paused": () => [warning("the room is paused: messages wait, no agent starts")],
  "room.resumed": () => ["the room goes on"],
  "room.closed": () => [warning("the room is closed")],
  "room.purged": () => ["the homes and work folders of its agents were given up"],
  "participant.joined": ({ name, kind, role, returns, runtime }, { roster }) => [
    roster.show(name),
    ` ${returns ? "is back" : "joined"} as ${kind === "agent" && role !== "agent" ? `agent (${role})` : role}`,
    ...(followsScript({ runtime }) ? [dim(`, ${scriptRemark}`)] : []),
  ],
  "participant.left": ({ name }, { roster }) => [roster.show(name), " left"],
  "participant.configured": ({ name, leavesHome }, { roster }) =>
    leavesHome === undefined
      ? [roster.show(name), " was given other settings"]
      : [roster.show(name), ` leaves ${leavesHome}; another process will run it`],
  "message.bounced": ({ to, reason, detail }, { roster }) => [
    warning(`not delivered (${reason}), back to `),
    roster.show(to),
    ...(detail === "" ? [] : [`: ${detail}`]),
  ],
  "message.retried": ({ messageId, agents, by, attempt }) => [
    `${by} delivers message ${messageId} again to ${agents.join(", ")} (attempt ${attempt})`,
  ],
  "message.withdrawn": ({ messageId, by, replacedBy }) => [
    `${by} took back message ${messageId}${replacedBy === undefined ? "" : `; ${replacedBy} is in its place`}`,
  ],
  "message.expired": ({ messageId, recipients, reason }) => [
    dim(`message ${messageId} no longer waits for ${recipients.join(", ")} (${reason})`),
  ],
  "gate.reasked": ({ agent, gateId }, { roster }) => [
    roster.show(agent),
    dim(` was cut off and asks again; gate ${gateId} is the same`),
  ],
  "gate.reminded": (event) => [warning(reminderText(event))],
  "gate.resolved": (event, { symbols, roster }) => [
    styled("gate", `${symbols.gate} ${event.kind} gate ${event.gateId}`),
    styled(lookOf(event.outcome), ` ${event.outcome}`),
    " by ",
    roster.show(event.by),
    ...(event.reason === undefined ? [] : [`: ${event.reason}`]),
  ],
  "turn.started": ({ agent, messages, attempt, opening }, { roster }) => [
    roster.show(agent),
    dim(opening ? " starts" : ` starts to work on ${counted(messages.length, "message")}`),
    ...(attempt > 1 ? [warning(` (attempt ${attempt})`)] : []),
  ],
  "turn.steered": ({ agent, messages }, { roster }) => [
    roster.show(agent),
    dim(` takes ${counted(messages.length, "more message")} while it works`),
  ],
  "turn.ended": (event, { roster }) => [roster.show(event.agent), ...turnEnd(event)],
  "notice.posted": ({ text, severity }) => [severity === "warning" ? warning(text) : text],
  "budget.exceeded": ({ agent, limit }) => [warning(`budget of ${agent ?? "the room"} used up: ${limit}`)],
  "invite.created": ({ inviteId, role }) => [dim(`invite ${inviteId} (${role}) was made`)],
  "invite.revoked": ({ inviteId }) => [dim(`invite ${inviteId} was revoked`)],
  "mirror.bound": ({ platform, channel }) => [dim(`shown on ${platform} in ${channel}`)],
  "mirror.unbound": ({ reason }) => [dim(`no longer shown there${reason === undefined ? "" : `: ${reason}`}`)],
};

function headline(event: RoomEvent, describing: Describing): Piece[] | undefined {
  const describe = headlines[event.type] as ((event: RoomEvent, describing: Describing) => Piece[]) | undefined;
  return describe?.(event, describing);
}

const refusals: readonly GateOutcome[] = ["dropped", "denied", "stopped", "expired"];

const lookOf = (outcome: GateOutcome): Look =>
  refusals.includes(outcome) ? "bad" : outcome === "withdrawn" ? "dim" : "good";

function turnEnd({ outcome, error, usage }: EventOf<"turn.ended">): Piece[] {
  const spent = usage === undefined ? "" : ` (${usageText(usage)})`;
  if (outcome === "done") return [dim(` is done${spent}`)];
  const reason = error === undefined ? "" : `: ${error}`;
  if (outcome === "cancelled") return [` was stopped${spent}${reason}`];
  return [styled("bad", ` did not finish (${outcome})`), reason];
}
