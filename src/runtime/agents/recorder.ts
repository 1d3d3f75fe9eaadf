import { createOpenText } from "../../core/grammar/open-text.js";
import type { Command } from "../../core/room/command.js";
import type { Decision } from "../../core/room/decide/decision.js";
import { isGated } from "../../core/room/gate.js";
import { presentAgent, type Room } from "../../core/room/room.js";
import type { Output } from "../../ports/agents.js";
import type { ActivityHub } from "../presence/activity.js";
import type { RoomService } from "../rooms/service.js";
import type { AgentJournal, JournalEvent } from "./journal.js";
import { journalEventOf } from "./journal-event.js";

type Recorded = Exclude<Output, { kind: "turnEnded" | "link" }>;

/**
 * Routes the output of a turn: messages to the room, work to the journal, and both to the watchers. For a request to people it returns the
 * reason if the request could not be opened.
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
}): (turnId: string, output: Recorded) => Promise<string | undefined> {
  const { roomId, name: agent, stream, journal, activity, rooms, submit } = options;
  const open = createOpenText();
  let openedIn = "";
  /** Tools used in the turn at hand, by id: each is told when it starts and when it ends. */
  let steps: { turnId: string; used: Set<string> } = { turnId: "", used: new Set() };

  function stepsIn(turnId: string): Set<string> {
    if (steps.turnId !== turnId) steps = { turnId, used: new Set() };
    return steps.used;
  }

  return async function record(turnId, output): Promise<string | undefined> {
    const kept = journalEventOf(turnId, output);
    switch (output.kind) {
      case "delta":
        await showDelta(turnId, output);
        return;
      case "tool":
        await showTool(turnId, output);
        break;
      case "block":
        if (!output.subagent) open.nextBlock();
        break;
      default:
    }
    if (kept) await keep(kept);
    return tellRoom(turnId, output);
  };

  /** Puts into the room what concerns it. Gives why people could not be asked, where they were to be. */
  async function tellRoom(turnId: string, output: Recorded): Promise<string | undefined> {
    switch (output.kind) {
      case "block":
        await say(turnId, output);
        return;
      case "ask":
        return ask(turnId, output);
      case "askWithdrawn":
        await submit({ type: "turn.withdraw", agent, turnId, requestId: output.requestId });
        return;
      case "usage": {
        const { kind: _kind, model, ...usage } = output;
        await submit({ type: "turn.usage", agent, turnId, usage, ...(model !== undefined && { model }) });
        return;
      }
      case "notice":
        await submit({ type: "notice.post", text: output.text, about: agent, severity: output.severity });
        return;
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

  async function showDelta(turnId: string, { text, first }: Extract<Output, { kind: "delta" }>): Promise<void> {
    if (first || openedIn !== turnId) open.nextBlock();
    openedIn = turnId;
    const openText = open.take(text);
    const shown = { type: "activity.text", agent, turnId, text, ...(openText !== text && { openText }) } as const;
    activity.publish(roomId, shown, { gated: await gated() });
  }

  async function keep(event: JournalEvent): Promise<void> {
    journal.record(stream, agent, (await gated()) ? { ...event, gated: true } : event);
  }

  async function showTool(turnId: string, { kind: _kind, ...tool }: Extract<Output, { kind: "tool" }>): Promise<void> {
    stepsIn(turnId).add(tool.id);
    const shown = { type: "activity.tool", agent, turnId, ...tool } as const;
    activity.publish(roomId, shown, { gated: await gated() });
  }

  async function say(turnId: string, block: Extract<Output, { kind: "block" }>): Promise<void> {
    const { outputId, index, text, subagent } = block;
    if (subagent) return;
    const repeats = options.repeatsUnderNewIds() ? { repeatsUnderNewIds: true } : {};
    await submit({ type: "turn.say", agent, turnId, outputId, index, text, ...repeats, steps: stepsIn(turnId).size });
  }

  async function ask(turnId: string, asked: Extract<Output, { kind: "ask" }>): Promise<string | undefined> {
    const { requestId, askKind, title, input, options: choices } = asked;
    const body = askKind === "question" ? questionText(input) : JSON.stringify(input);
    const command = { type: "turn.ask", agent, turnId, requestId, askKind, title, body } as const;
    const decision = await submit({ ...command, ...(choices && { options: choices }) });
    return decision.kind === "rejected" ? decision.rejection.detail : undefined;
  }
}

/** Question text for people: the text itself, or the `questions` of Claude Code's own tool. */
function questionText(input: unknown): string {
  if (typeof input === "string") return input;
  const questions = typeof input === "object" && input !== null && "questions" in input ? input.questions : undefined;
  if (!Array.isArray(questions)) return JSON.stringify(input);
  const texts = questions.map((asked: { question?: unknown; options?: { label?: unknown }[] }) => {
    const labels = questions.length > 1 ? (asked.options ?? []).map(({ label }) => `- ${String(label)}`) : [];
    return [String(asked.question ?? ""), ...labels].join("\n");
  });
  return texts.join("\n\n");
}
