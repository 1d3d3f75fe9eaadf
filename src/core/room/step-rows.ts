import type { PlacedStep } from "./step.js";

/** A tool of a turn, from its start to its result. `phase` is `started` while it runs. Times are Unix ms. */
export interface ToolRow {
  kind: "tool";
  /** The tool's id. */
  key: string;
  at: number;
  endedAt?: number;
  name: string;
  phase: "started" | "ended" | "failed";
  summary: string;
  input?: string;
  inputBytes?: number;
  /** `cut`: `text` is not all of `bytes`. `isStored`: all of it can be read. */
  result?: { ok: boolean; bytes: number; text: string; cut: boolean; isStored: boolean };
  parent?: string;
}

/** One line of a turn as people read it. `key` is unique in its turn. */
export type StepRow =
  | ToolRow
  | { kind: "text" | "thinking"; key: string; at: number; text: string; parent?: string }
  | { kind: "plan"; key: string; at: number; entries: { text: string; state: string }[] }
  | { kind: "compaction"; key: string; at: number; text: string; tokensBefore?: number }
  | { kind: "notice"; key: string; at: number; text: string };

/** The lines of a turn, and where each tool and the plan stand among them. Immutable. */
export interface StepRows {
  readonly rows: readonly StepRow[];
  readonly placeOf: ReadonlyMap<string, number>;
  /** Models that worked in it, in the order they came. */
  readonly models: readonly string[];
}

/** A turn of which nothing is known. */
export const noRows: StepRows = { rows: [], placeOf: new Map(), models: [] };

const planKey = "plan";

/** The lines with these entries added: a tool is one line, and the plan is the last one that was told. An entry that comes again changes nothing. */
export function withSteps(before: StepRows, steps: readonly PlacedStep[]): StepRows {
  const rows = [...before.rows];
  const placeOf = new Map(before.placeOf);
  const models = new Set(before.models);
  const put = (row: StepRow) => {
    const at = placeOf.get(row.key);
    if (at !== undefined) rows[at] = row;
    else placeOf.set(row.key, rows.push(row) - 1);
  };
  const toolAt = (id: string): ToolRow | undefined => {
    const row = rows[placeOf.get(id) ?? -1];
    return row?.kind === "tool" ? row : undefined;
  };
  for (const step of steps) {
    if (step.type === "usage" && step.model !== undefined) models.add(step.model);
    const row = rowAfter(step, toolAt);
    if (row) put(row);
  }
  return { rows, placeOf, models: [...models] };
}

function rowAfter(step: PlacedStep, toolAt: (id: string) => ToolRow | undefined): StepRow | undefined {
  const { place: key, at } = step;
  switch (step.type) {
    case "tool":
      return toolAfter(toolAt(step.id), step);
    case "tool.result": {
      const { id, ok, bytes, text, cut = false, blob } = step;
      const tool = toolAt(id);
      return tool && { ...tool, result: { ok, bytes, text, cut, isStored: blob !== undefined } };
    }
    case "block":
    case "thinking": {
      const { text, parent } = step;
      const kind = step.type === "block" ? "text" : "thinking";
      return { kind, key, at, text, ...(parent !== undefined && { parent }) };
    }
    case "plan":
      return { kind: "plan", key: planKey, at, entries: step.entries };
    case "compaction": {
      const { summary, tokensBefore } = step;
      return { kind: "compaction", key, at, text: summary, ...(tokensBefore !== undefined && { tokensBefore }) };
    }
    case "notice":
      return { kind: "notice", key, at, text: step.text };
    default:
      return undefined;
  }
}

function toolAfter(known: ToolRow | undefined, step: Extract<PlacedStep, { type: "tool" }>): ToolRow {
  const { id, name, phase, summary, input, inputBytes, parent, at } = step;
  return {
    ...known,
    kind: "tool",
    key: id,
    at: known?.at ?? at,
    name,
    // A tool that has ended does not start again.
    phase: known && phase === "started" ? known.phase : phase,
    summary: summary === "" ? (known?.summary ?? "") : summary,
    ...(phase !== "started" && { endedAt: at }),
    ...(input !== undefined && { input }),
    ...(inputBytes !== undefined && { inputBytes }),
    ...(parent !== undefined && { parent }),
  };
}
