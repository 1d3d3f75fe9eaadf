import type { Command } from "../core/command.js";
import type { Decision } from "../core/decide/decision.js";
import type { Output } from "../ports/agents.js";
import type { ActivityHub } from "./activity.js";
import type { AgentJournal } from "./agent-journal.js";

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
  submit: (command: Command) => Promise<Decision>;
}): (turnId: string, output: Recorded) => Promise<string | undefined> {
  const { roomId, name: agent, stream, journal, activity, submit } = options;

  return async function record(turnId, output): Promise<string | undefined> {
    switch (output.kind) {
      case "delta":
        activity.publish(roomId, { type: "activity.text", agent, turnId, text: output.text });
        return;
      case "tool":
        recordTool(turnId, output);
        return;
      case "block":
        await recordBlock(turnId, output);
        return;
      case "ask":
        return recordAsk(turnId, output);
      case "askWithdrawn":
        await submit({ type: "turn.withdraw", agent, turnId, requestId: output.requestId });
        return;
      case "usage":
        await recordUsage(turnId, output);
        return;
      case "notice":
        journal.record(stream, agent, { type: "notice", turnId, text: output.text });
        await submit({ type: "notice.post", text: output.text, about: agent, severity: output.severity });
        return;
    }
  };

  function recordTool(turnId: string, { id, name, phase, summary }: Extract<Output, { kind: "tool" }>): void {
    activity.publish(roomId, { type: "activity.tool", agent, turnId, id, name, phase, summary });
    journal.record(stream, agent, { type: "tool", turnId, id, name, phase, summary });
  }

  async function recordBlock(turnId: string, block: Extract<Output, { kind: "block" }>): Promise<void> {
    const { outputId, index, text, subagent } = block;
    journal.record(stream, agent, { type: "block", turnId, outputId, index, text, ...(subagent && { subagent }) });
    if (!subagent) await submit({ type: "turn.say", agent, turnId, outputId, index, text });
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
    journal.record(stream, agent, { type: "usage", turnId, ...counted, ...known });
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
