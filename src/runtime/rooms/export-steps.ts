import type { PersonRole } from "../../core/room/event.js";
import type { PlacedStep } from "../../core/room/step.js";
import { noRows, type StepRow, withSteps } from "../../core/room/step-rows.js";
import { turnLine } from "../../core/room/turn-line.js";
import { parsePosition } from "./log-position.js";
import type { StepPage, TurnReader, TurnSummary } from "./read-steps.js";

/** Reads the steps of turns for an export. */
export interface StepSource {
  reader: Pick<TurnReader, "steps">;
  role: PersonRole;
  nowMs: () => number;
}

const pageBytes = 256 * 1_024;

/** A turn's steps for an export that ends with it; nothing where this role may not read them. */
export async function* exportedSteps(
  { reader, role, nowMs }: StepSource,
  turn: { roomId: string; turnId: string; format: "jsonl" | "md" },
): AsyncGenerator<string> {
  const { roomId, turnId, format } = turn;
  let rows = noRows;
  let head: TurnSummary | undefined;
  for await (const page of pagesOf(reader, { roomId, turnId, role })) {
    head = page.turn;
    if (format === "md") rows = withSteps(rows, page.steps);
    else for (const step of page.steps) yield stepLine(page.turn, step);
  }
  if (format === "jsonl" || !head) return;
  yield headLine(head, nowMs());
  for (const row of rows.rows) yield rowText(row);
}

async function* pagesOf(
  reader: StepSource["reader"],
  request: { roomId: string; turnId: string; role: PersonRole },
): AsyncGenerator<StepPage> {
  let after: string | undefined;
  for (;;) {
    const position = after === undefined ? undefined : parsePosition(after);
    const page = await reader.steps({ ...request, after: position, maxBytes: pageBytes });
    if (page.kind !== "page") return;
    yield page;
    if (page.next === undefined || page.next === after) return;
    after = page.next;
  }
}

function stepLine({ agent, turnId }: TurnSummary, step: PlacedStep): string {
  return `${JSON.stringify({ type: "turn.step", agent, turnId, step })}\n`;
}

function headLine({ agent, steps, startedAtMs, endedAtMs, usage, models }: TurnSummary, nowMs: number): string {
  const figures = turnLine({ steps, startedAtMs, endedAtMs, usd: usage.usd }, nowMs);
  return `\n- ${oneLine([`${agent}: ${figures}`, ...models].join(", "))}\n`;
}

/** One step for a person to read, below its turn. What an agent or a tool wrote is quoted. */
function rowText(row: StepRow): string {
  switch (row.kind) {
    case "tool": {
      const { name, summary, phase, input, result } = row;
      const head = `  - ${oneLine(`${name} ${summary}${phase === "failed" ? " (failed)" : ""}`)}\n`;
      const cut = result?.cut ? `\n(cut; all of it has ${result.bytes} bytes)` : "";
      return `${head}${quote(input)}${quote(result && result.text + cut)}`;
    }
    case "plan":
      return row.entries.map(({ text, state }) => `  - plan, ${oneLine(`${state}: ${text}`)}\n`).join("");
    case "thinking":
      return `  - thinks\n${quote(row.text)}`;
    case "compaction":
      return `  - the conversation was shortened\n${quote(row.text)}`;
    default:
      return `  - ${row.kind === "notice" ? "notice" : "says"}\n${quote(row.text)}`;
  }
}

function quote(text: string | undefined): string {
  return text === undefined || text === "" ? "" : `\n${text.replace(/^/gm, "    > ")}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
