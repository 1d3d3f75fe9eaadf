import type { Output } from "../../src/ports/agents.js";
import type { Line } from "./line.js";

/** A conversation that was shortened. */
export type Compaction = Extract<Output, { kind: "compaction" }>;

/**
 * Puts together a compaction: Claude Code tells its boundary in one line and the summary in the user message that follows. Where none follows before the
 * model goes on, the summary is empty.
 */
export function createCompaction(): { read(line: Line): Compaction[] } {
  let open: { tokensBefore?: number } | undefined;

  function close(summary: string): Compaction[] {
    const compaction: Compaction[] = open ? [{ kind: "compaction", summary, ...open }] : [];
    open = undefined;
    return compaction;
  }

  return {
    read(line) {
      if (line.type === "system" && line.subtype === "compact_boundary") {
        const tokensBefore = line.compact_metadata?.pre_tokens;
        open = tokensBefore === undefined ? {} : { tokensBefore };
        return [];
      }
      if (!open) return [];
      if (line.type === "assistant" || line.type === "result") return close("");
      if (line.type !== "user" || line.isReplay || line.parent_tool_use_id) return [];
      const summary = textOf(line.message.content);
      return summary === "" ? [] : close(summary);
    },
  };
}

function textOf(content: string | readonly { type: string; text?: string | undefined }[]): string {
  if (typeof content === "string") return content;
  return content.flatMap(({ type, text }) => (type === "text" && text ? [text] : [])).join("\n");
}
