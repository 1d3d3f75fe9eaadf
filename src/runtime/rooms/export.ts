import type { EventOf } from "../../core/room/event.js";
import { answerText } from "../../core/room/gate-choices.js";
import { reminderText } from "../../core/room/gate-reminder.js";
import type { Audience } from "../../core/room/view.js";
import { withScriptRemark } from "../../core/values/script-remark.js";
import type { EventLog } from "../../ports/event-log.js";
import { exportedSteps, type StepSource } from "./export-steps.js";
import { createHistory } from "./history.js";
import { type ServedCommit, serveRoomCommit } from "./served-commit.js";
import type { TurnTaking } from "./turn-taking.js";

/** `jsonl`: every event as the API serves it. `md`: the conversation to read. */
export type ExportFormat = "jsonl" | "md";

/** The room to export, for which audience, in which format. */
export interface ExportRequest {
  roomId: string;
  name: string;
  /** The export ends with this version. */
  version: number;
  audience: Audience;
  format: ExportFormat;
}

const pageCommits = 100;
const encoder = new TextEncoder();

interface ExportSources {
  eventLog: EventLog;
  turns: TurnTaking;
  onBroken: (error: unknown) => void;
  /** Also the steps of every turn that has ended, behind its end. Absent: none. */
  steps?: StepSource | undefined;
}

/** Everything that happened in a room, as this audience may see it; written as fast as it is read. */
export function exportRoom(request: ExportRequest, sources: ExportSources): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces(request, sources));
}

/** The error goes on to the reader as well, who so knows that something is missing. */
async function* pieces(request: ExportRequest, sources: ExportSources): AsyncGenerator<Uint8Array> {
  try {
    for await (const text of texts(request, sources)) yield encoder.encode(text);
  } catch (error) {
    sources.onBroken(error);
    throw error;
  }
}

async function* texts(
  { roomId, name, version, audience, format }: ExportRequest,
  { eventLog, turns, steps }: ExportSources,
): AsyncGenerator<string> {
  const history = createHistory({ eventLog, stream: `room/${roomId}`, serve: serveRoomCommit, after: 0, turns });
  const textOf = format === "jsonl" ? jsonLines : markdown;
  if (format === "md") yield `# ${oneLine(name)}\n\nRoom ${roomId}, up to version ${version}.\n`;
  for (;;) {
    const page = await history.next(pageCommits);
    for (const commit of page.commits) {
      if (commit.version > version) return;
      const text = textOf(commit, audience);
      if (text !== "") yield text;
      if (!steps) continue;
      for (const turnId of endedTurns(commit, audience)) yield* exportedSteps(steps, { roomId, turnId, format });
    }
    if (page.atEnd) return;
  }
}

/** Ids of the turns whose end is in this commit. */
function endedTurns(commit: ServedCommit, audience: Audience): string[] {
  return commit.events(audience).flatMap(({ json }) => {
    const event = json.includes('"turn.ended"') ? (JSON.parse(json) as Shown) : undefined;
    return event?.type === "turn.ended" ? [String(event.turnId)] : [];
  });
}

function jsonLines(commit: ServedCommit, audience: Audience): string {
  return commit
    .events(audience)
    .map(({ json }) => `${json}\n`)
    .join("");
}

function markdown(commit: ServedCommit, audience: Audience): string {
  return commit
    .events(audience)
    .map(({ json }) => paragraph(JSON.parse(json) as Shown))
    .join("");
}

interface Shown {
  type: string;
  at: number;
  actor: string;
  [field: string]: unknown;
}

/** One event for a person to read. What somebody wrote is quoted, so that it cannot pass for a heading or another entry. */
function paragraph(event: Shown): string {
  const time = new Date(event.at).toISOString().replace("T", " ").slice(0, 19);
  const line = (text: string) => `\n- ${time} ${oneLine(text)}\n`;
  const quote = (text: unknown) => (text ? `\n${String(text).replace(/^/gm, "> ")}\n` : "");
  switch (event.type) {
    case "message.posted":
      return `\n**${event.from}** to ${namesOf(event.to)}, ${time}\n${quote(event.body)}`;
    case "message.withdrawn":
      return line(`${event.by} took a message back before an agent took it: ${event.messageId}`);
    case "gate.opened":
      return `${line(`${event.from} waits for a decision (${event.kind})`)}${quote(event.body)}`;
    case "gate.resolved":
      return `${line(`${event.by} decided: ${event.outcome}`)}${quote(decidedText(event))}${quote(event.reason)}`;
    case "gate.reminded":
      return line(reminderText(event as unknown as EventOf<"gate.reminded">));
    case "participant.joined":
      return line(
        withScriptRemark(`${event.name} ${event.returns ? "is back" : "joined"} as ${event.role}`, {
          runtime: event.runtime,
        }),
      );
    case "participant.left":
      return line(`${event.name} left`);
    case "room.created":
    case "room.configured":
    case "room.paused":
    case "room.resumed":
    case "room.closed":
      return line(`${event.actor}: ${event.type.replace(".", " ")}`);
    case "notice.posted":
      return line(String(event.text));
    default:
      return "";
  }
}

/** The edited text or the answer. Rooms of earlier versions hold answers by question without a body. */
function decidedText(event: Shown): string {
  const { body, answers } = event as unknown as EventOf<"gate.resolved">;
  return body ?? answerText({ ...(answers && { answers }) });
}

function namesOf(to: unknown): string {
  return Array.isArray(to) ? to.join(", ") : "the room";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
