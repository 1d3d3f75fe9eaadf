import { createOpenText } from "../../core/grammar/open-text.js";
import type { AskPerson, Command } from "../../core/room/command.js";
import type { Decision } from "../../core/room/decide/decision.js";
import type { GateQuestion } from "../../core/room/event.js";
import { isGated } from "../../core/room/gate.js";
import { questionsText } from "../../core/room/gate-choices.js";
import { presentAgent, type Room } from "../../core/room/room.js";
import type { ReadWorkFiles } from "../../ports/agent-files.js";
import type { Output } from "../../ports/agents.js";
import type { Clock } from "../../ports/clock.js";
import type { ActivityHub } from "../presence/activity.js";
import type { RoomService } from "../rooms/service.js";
import type { AgentJournal, JournalEvent } from "./journal.js";
import { journalEventOf } from "./journal-event.js";
import type { OutputKeeper } from "./kept-output.js";
import { createSayWithFiles } from "./said-files.js";
import {
  type Admission,
  admitEntry,
  admitTelling,
  freshAllowance,
  maxTurnBytes,
  type TurnAllowance,
} from "./turn-allowance.js";

/** Most tools counted in one turn. */
const maxSteps = 10_000;

type Recorded = Exclude<Output, { kind: "turnEnded" | "link" }>;

/** Records the outputs of an agent's turns. */
export interface OutputRecorder {
  /** For a request to people it returns the reason if the request could not be opened. */
  record(turnId: string, output: Recorded): Promise<string | undefined>;
  /** Tools the turn has used; 0 for a turn that is not the current one. */
  stepsOf(turnId: string): number;
}

/**
 * Routes the output of a turn: messages to the room, work to the journal, and both to the watchers.
 */
export function createOutputRecorder(options: {
  roomId: string;
  name: string;
  stream: string;
  journal: AgentJournal;
  activity: ActivityHub;
  rooms: RoomService;
  submit: (command: Command) => Promise<Decision>;
  /** Capabilities of the currently open agent. */
  repeatsUnderNewIds: () => boolean;
  /** Makes of an output what may be stored. */
  keeper: OutputKeeper;
  /** Absent: files cannot be attached to messages. */
  readFiles?: ReadWorkFiles | undefined;
  clock: Pick<Clock, "nowMs">;
}): OutputRecorder {
  const { roomId, name: agent, stream, journal, activity, rooms, submit, keeper } = options;
  const sayWithFiles = createSayWithFiles(options);
  const open = createOpenText();
  let openedIn = "";
  const steps = createStepCount();
  const counted = createCounter(options.clock);

  const keepsThinking = () => rooms.peek(roomId, (room: Room) => room.policy.keepThinking === true);
  const warnRoom = (text: string) => submit({ type: "notice.post", text, about: agent, severity: "warning" });

  async function record(turnId: string, output: Recorded): Promise<string | undefined> {
    if (output.kind === "delta") return showDelta(turnId, output);
    const isKept = output.kind !== "thinking" || (await keepsThinking());
    const keeping = isKept ? keeper.keep(turnId, output) : output;
    const shown = keeping instanceof Promise ? await keeping : keeping;
    const kept = isKept ? journalEventOf(turnId, shown) : undefined;
    switch (shown.kind) {
      case "tool":
        await showTool(turnId, shown);
        break;
      case "block":
        if (!shown.subagent) open.nextBlock();
        break;
      default:
    }
    if (kept) await keep(turnId, kept);
    return tellRoom(turnId, output);
  }

  /** Posts to the room what concerns it. Returns the reason if people should have been asked but could not be. */
  async function tellRoom(turnId: string, output: Recorded): Promise<string | undefined> {
    switch (output.kind) {
      case "block":
        await say(turnId, output);
        return;
      case "ask":
        return submitAsk(submit, { agent, turnId, asked: output });
      case "askWithdrawn":
        await submit({ type: "turn.withdraw", agent, turnId, requestId: output.requestId });
        return;
      case "usage": {
        if (counted.telling(turnId) === "drop") return;
        const { kind: _kind, model, ...usage } = output;
        await submit({ type: "turn.usage", agent, turnId, usage, ...(model !== undefined && { model }) });
        return;
      }
      case "notice": {
        const admission = counted.telling(turnId);
        if (admission === "closes") await warnRoom(tooMuchToTell(agent));
        if (admission !== "keep") return;
        await submit({ type: "notice.post", text: output.text, about: agent, severity: output.severity });
        return;
      }
      default:
        return;
    }
  }

  /** True if only deciders may see the agent's current work. */
  function gated(): Promise<boolean> {
    return rooms.peek(roomId, (room: Room) => {
      const member = presentAgent(room, agent);
      return member !== undefined && isGated(member, room.policy);
    });
  }

  async function showDelta(turnId: string, { text, first }: Extract<Output, { kind: "delta" }>): Promise<undefined> {
    if (first || openedIn !== turnId) open.nextBlock();
    openedIn = turnId;
    const openText = open.take(text);
    const shown = { type: "activity.text", agent, turnId, text, ...(openText !== text && { openText }) } as const;
    activity.publish(roomId, shown, { gated: await gated() });
    return undefined;
  }

  async function keep(turnId: string, event: JournalEvent): Promise<void> {
    const marked: JournalEvent = (await gated()) ? { ...event, gated: true } : event;
    const admission = counted.entry(turnId, marked);
    if (admission === "keep") await journal.record(stream, agent, marked);
    if (admission !== "closes") return;
    await journal.record(stream, agent, { type: "notice", turnId, text: recordClosed(agent) });
    await warnRoom(recordClosed(agent));
  }

  /** Its input stays in the journal: a live frame has no bound of its own. */
  async function showTool(turnId: string, tool: Extract<Output, { kind: "tool" }>): Promise<void> {
    steps.add(turnId, tool.id);
    const { id, name, phase, summary, held } = tool;
    const shown = { type: "activity.tool", agent, turnId, id, name, phase, summary, ...(held && { held }) } as const;
    activity.publish(roomId, shown, { gated: await gated() });
  }

  async function say(turnId: string, block: Extract<Output, { kind: "block" }>): Promise<void> {
    const { outputId, index, text, subagent } = block;
    if (subagent) return;
    const repeats = options.repeatsUnderNewIds() ? { repeatsUnderNewIds: true } : {};
    await sayWithFiles({ type: "turn.say", agent, turnId, outputId, index, text, ...repeats, steps: steps.of(turnId) });
  }

  return { record, stepsOf: steps.of };
}

/** Counts the tools of the turn at hand, by id: each is told when it starts and when it ends. */
function createStepCount() {
  let current: { turnId: string; used: Set<string> } = { turnId: "", used: new Set() };
  return {
    add(turnId: string, toolId: string): void {
      if (current.turnId !== turnId) current = { turnId, used: new Set() };
      if (current.used.size < maxSteps) current.used.add(toolId);
    },
    of: (turnId: string): number => (current.turnId === turnId ? current.used.size : 0),
  };
}

/** Puts an ask into the room. Gives the reason if people could not be asked. */
async function submitAsk(
  submit: (command: Command) => Promise<Decision>,
  ask: { agent: string; turnId: string; asked: Extract<Output, { kind: "ask" }> },
): Promise<string | undefined> {
  const plain = askCommand(ask);
  const { questions } = ask.asked;
  let decision = await submit(questions ? withQuestions(plain, questions) : plain);
  // While the log cannot take questions, because a process of the fleet does not know them, they are asked as one text.
  const isTooNew = decision.kind === "rejected" && decision.rejection.code === "format_not_raised";
  if (questions && isTooNew) decision = await submit(plain);
  return decision.kind === "rejected" ? decision.rejection.detail : undefined;
}

function askCommand({
  agent,
  turnId,
  asked,
}: {
  agent: string;
  turnId: string;
  asked: Extract<Output, { kind: "ask" }>;
}): AskPerson {
  const { requestId, askKind, title, input, options, questions } = asked;
  const body = questions
    ? questionsText(questions)
    : askKind === "question"
      ? questionText(input)
      : JSON.stringify(input);
  const command = { type: "turn.ask", agent, turnId, requestId, askKind, title, body } as const;
  return { ...command, ...(options && { options }) };
}

const withQuestions = ({ options: _options, ...command }: AskPerson, questions: GateQuestion[]): AskPerson => ({
  ...command,
  content: { v: 2, questions },
});

/** Counts the agent's output, turn by turn. */
function createCounter({ nowMs }: Pick<Clock, "nowMs">) {
  let allowance = freshAllowance;

  function take(admitted: { allowance: TurnAllowance; admission: Admission }): Admission {
    allowance = admitted.allowance;
    return admitted.admission;
  }

  return {
    entry(turnId: string, event: JournalEvent): Admission {
      const bytes = Buffer.byteLength(JSON.stringify(event));
      return take(admitEntry(allowance, { turnId, nowMs: nowMs(), bytes }));
    },
    telling: (turnId: string): Admission => take(admitTelling(allowance, { turnId, nowMs: nowMs() })),
  };
}

function recordClosed(agent: string): string {
  const megabytes = maxTurnBytes / 1_024 / 1_024;
  return `@${agent} puts out more than its record takes (${megabytes} MB a turn, and a limit an hour). The rest of this turn is not kept in the record; its messages are delivered as before.`;
}

function tooMuchToTell(agent: string): string {
  return `@${agent} gave too many notices in one turn. The rest of them is not shown.`;
}

/** Question text for people: the text itself, or that of Claude Code's own tool. */
function questionText(input: unknown): string {
  if (typeof input === "string") return input;
  const questions = typeof input === "object" && input !== null && "questions" in input ? input.questions : undefined;
  if (!Array.isArray(questions)) return JSON.stringify(input);
  return questions.map((asked: { question?: unknown }) => String(asked.question ?? "")).join("\n\n");
}
