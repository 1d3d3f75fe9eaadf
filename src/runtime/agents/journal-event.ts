import type { Output } from "../../ports/agents.js";
import type { JournalEvent } from "./journal.js";

/**
 * What the agent's own stream keeps of an output. Undefined for what is not kept: deltas and the end of a turn (others record them), and questions (the room
 * has them). The output MUST come from an `OutputKeeper`.
 */
export function journalEventOf(turnId: string, output: Output): JournalEvent | undefined {
  switch (output.kind) {
    case "block": {
      const { outputId, index, text, subagent, messageId, parent } = output;
      const optional = {
        ...(subagent && { subagent }),
        ...(messageId !== undefined && { messageId }),
        ...(parent !== undefined && { parent }),
      };
      return { type: "block", turnId, outputId, index, text, ...optional };
    }
    case "tool": {
      const { kind: _kind, ...tool } = output;
      return { type: "tool", turnId, ...tool };
    }
    case "toolResult": {
      const { kind: _kind, rest: _rest, ...result } = output;
      return { type: "tool.result", turnId, ...result };
    }
    case "plan":
      return { type: "plan", turnId, entries: output.entries };
    case "thinking": {
      const { kind: _kind, ...thinking } = output;
      return { type: "thinking", turnId, ...thinking };
    }
    case "compaction": {
      const { kind: _kind, ...compaction } = output;
      return { type: "compaction", turnId, ...compaction };
    }
    case "usage": {
      const { kind: _kind, model, ...counted } = output;
      return { type: "usage", turnId, ...counted, ...(model !== undefined && { model }) };
    }
    case "notice":
      return { type: "notice", turnId, text: output.text };
    default:
      return undefined;
  }
}
