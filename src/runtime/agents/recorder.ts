import { createOpenText } from "../../core/grammar/open-text.js";
import type { Command } from "../../core/room/command.js";
import type { Decision } from "../../core/room/decide/decision.js";
import { isGated } from "../../core/room/gate.js";
import { presentAgent, type Room } from "../../core/room/room.js";
import type { Output } from "../../ports/agents.js";
import type { ActivityHub } from "../presence/activity.js";
import type { RoomService } from "../rooms/service.js";
import type { AgentJournal, JournalEvent } from "./journal.js";

type Recorded = Exclude<Output, { kind: "turnEnded" }>;

/**
 * Puts what an agent does in a turn where it belongs: what it says into the room, what it does into its journal, both onto the screens
 * of who watches. Gives why people could not be asked, where they were to be.
 */
export function createOutputRecorder(options: {
  roomId: string;
  name: string;
  stream: string;
  journal: AgentJournal;
  activity: ActivityHub;
  rooms: RoomService;
  submit: (command: Command) => Promise<Decision>;
  /** Of the agent as it is open now. */
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
    switch (output.kind) {
      case "delta":
        await recordDelta(turnId, output);
        return;
      case "tool":
        await recordTool(turnId, output);
        return;
      case "block":
        await recordBlock(turnId, output);
        return;
      case "ask":
        return recordAsk(turnId, output);
      case "toolResult":
        await recordToolResult(turnId, output);
        return;
      case "plan":
        await keep({ type: "plan", turnId, entries: output.entries });
        return;
      case "compaction":
        await recordCompaction(turnId, output);
        return;
      case "thinking":
        // No owner can say yet that it is to be kept.
        return;
      case "askWithdrawn":
        await submit({ type: "turn.withdraw", agent, turnId, requestId: output.requestId });
        return;
      case "usage":
        await recordUsage(turnId, output);
        return;
      case "notice":
        await keep({ type: "notice", turnId, text: output.text });
        await submit({ type: "notice.post", text: output.text, about: agent, severity: output.severity });
        return;
    }
  };

  /** Whether what the agent does now is for those who decide only. */
  function gated(): Promise<boolean> {
    return rooms.peek(roomId, (room: Room) => {
      const member = presentAgent(room, agent);
      return member !== undefined && isGated(member, room.policy);
    });
  }

  async function recordDelta(turnId: string, { text, first }: Extract<Output, { kind: "delta" }>): Promise<void> {
    if (first || openedIn !== turnId) open.nextBlock();
    openedIn = turnId;
    const openText = open.take(text);
    const shown = { type: "activity.text", agent, turnId, text, ...(openText !== text && { openText }) } as const;
    activity.publish(roomId, shown, { gated: await gated() });
  }

  async function keep(event: JournalEvent): Promise<void> {
    journal.record(stream, agent, (await gated()) ? { ...event, gated: true } : event);
  }

  async function recordTool(
    turnId: string,
    { kind: _kind, ...tool }: Extract<Output, { kind: "tool" }>,
  ): Promise<void> {
    stepsIn(turnId).add(tool.id);
    const shown = { type: "activity.tool", agent, turnId, ...tool } as const;
    activity.publish(roomId, shown, { gated: await gated() });
    await keep({ type: "tool", turnId, ...tool });
  }

  async function recordToolResult(
    turnId: string,
    { kind: _kind, ...result }: Extract<Output, { kind: "toolResult" }>,
  ): Promise<void> {
    await keep({ type: "tool.result", turnId, ...result });
  }

  async function recordCompaction(
    turnId: string,
    { kind: _kind, ...compaction }: Extract<Output, { kind: "compaction" }>,
  ): Promise<void> {
    await keep({ type: "compaction", turnId, ...compaction });
  }

  async function recordBlock(turnId: string, block: Extract<Output, { kind: "block" }>): Promise<void> {
    const { outputId, index, text, subagent, messageId } = block;
    if (!subagent) open.nextBlock();
    await keep({
      type: "block",
      turnId,
      outputId,
      index,
      text,
      ...(subagent && { subagent }),
      ...(messageId !== undefined && { messageId }),
    });
    if (subagent) return;
    const repeats = options.repeatsUnderNewIds() ? { repeatsUnderNewIds: true } : {};
    await submit({ type: "turn.say", agent, turnId, outputId, index, text, ...repeats, steps: stepsIn(turnId).size });
  }

  async function recordAsk(turnId: string, ask: Extract<Output, { kind: "ask" }>): Promise<string | undefined> {
    const { requestId, askKind, title, input, options: choices } = ask;
    const body = askKind === "question" ? questionText(input) : JSON.stringify(input);
    const asked = { type: "turn.ask", agent, turnId, requestId, askKind, title, body } as const;
    const decision = await submit({ ...asked, ...(choices && { options: choices }) });
    return decision.kind === "rejected" ? decision.rejection.detail : undefined;
  }

  async function recordUsage(turnId: string, usage: Extract<Output, { kind: "usage" }>): Promise<void> {
    const { kind: _kind, model, ...counted } = usage;
    const known = model === undefined ? {} : { model };
    await keep({ type: "usage", turnId, ...counted, ...known });
    await submit({ type: "turn.usage", agent, turnId, usage: counted, ...known });
  }
}

/** A question as people read it: the text itself, or what stands in the `questions` of Claude Code's own tool. */
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
