import { noRows, type StepRow, type StepRows, type ToolRow, withSteps } from "../../core/room/step-rows.js";
import { turnLine } from "../../core/room/turn-line.js";
import type { StepsAnswer, TurnView } from "../../protocol/turns.js";
import type { CliCommand, Context, RoomAccess, Typed } from "../command.js";
import { RefusedError, UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { dim, type Piece, strong, styled } from "../screen.js";
import type { Symbols } from "../symbols.js";
import { safeJson } from "../visible.js";
import { clockText } from "../words.js";

const maxLast = 100;

export const logCommand: CliCommand = {
  path: ["log"],
  summary: "what agents did in their turns, also long after",
  details:
    "One line a turn, the newest last; --steps or the id of a turn, or how it begins, unfolds it to texts, tools with input and result, plan and subagents. " +
    "What a gated agent did is for those who decide until nothing of it is held any more; viewers see none of it.",
  arguments: [
    { name: "room", help: "id or name of the room" },
    { name: "agent", help: "only this agent", optional: true },
    { name: "turn", help: "id of one turn, or how it begins, to see all of it", optional: true },
  ],
  options: {
    last: { help: "this many turns of each agent (default 10, at most 100)", value: "<n>" },
    steps: { help: "unfold every turn" },
  },
  examples: [
    "parley log demo",
    "parley log demo coder --last 1 --steps",
    "parley log demo coder 7f3a",
    "parley log demo --json",
  ],
  run: runLog,
};

async function runLog(context: Context, typed: Typed): Promise<undefined> {
  const last = lastOf(typed);
  const access = await findRoom(context, typed.argument("room"), { reads: true });
  const agent = typed.optionalArgument("agent");
  const wanted = typed.optionalArgument("turn");
  const agents = agent === undefined ? await agentsOf(access) : [agent.replace(/^@/, "")];
  const found = (await Promise.all(agents.map((name) => turnsOf(access, name, wanted === undefined ? last : maxLast))))
    .flat()
    .sort((a, b) => a.startedAt - b.startedAt);
  const turns = wanted === undefined ? found : [oneOf(found, wanted)];
  const isUnfolded = typed.isOn("steps") || wanted !== undefined;
  if (context.json) await printJson(context, { access, turns, isUnfolded });
  else await printTurns(context, { access, turns, isUnfolded });
  return undefined;
}

function lastOf(typed: Typed): number {
  const text = typed.text("last") ?? "10";
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= maxLast) return Number(text);
  throw new UsageError(`--last is “${text}”; expected a whole number from 1 to ${maxLast}.`);
}

async function agentsOf({ api, roomId }: RoomAccess): Promise<string[]> {
  const { participants } = await api.call("getRoom", { parts: { id: roomId } });
  return participants.filter(({ kind }) => kind === "agent").map(({ name }) => name);
}

async function turnsOf({ api, roomId }: RoomAccess, name: string, limit: number): Promise<TurnView[]> {
  return (await api.call("listTurns", { parts: { id: roomId, name }, query: { limit: String(limit) } })).turns;
}

function oneOf(turns: readonly TurnView[], wanted: string): TurnView {
  const found = turns.filter(({ turnId }) => turnId.startsWith(wanted));
  const [turn] = found;
  if (turn && found.length === 1) return turn;
  const why = turn ? `${found.length} of the last ${maxLast} turns begin with it` : `none of the last ${maxLast} is it`;
  throw new RefusedError(`There is no turn ${wanted} here: ${why}. parley log without it lists them.`);
}

interface Printing {
  access: RoomAccess;
  turns: readonly TurnView[];
  isUnfolded: boolean;
}

async function printJson({ screen }: Context, { access, turns, isUnfolded }: Printing): Promise<void> {
  const shown: object[] = [];
  for (const turn of turns) {
    const steps: StepsAnswer["steps"] = [];
    if (isUnfolded && turn.isReadable) for await (const page of pagesOf(access, turn.turnId)) steps.push(...page.steps);
    shown.push(isUnfolded ? { ...turn, entries: steps } : turn);
  }
  screen.json(safeJson({ turns: shown }));
}

async function printTurns(context: Context, { access, turns, isUnfolded }: Printing): Promise<void> {
  const { screen } = context;
  if (turns.length === 0) screen.line(`No agent has had a turn in ${access.name}.`);
  for (const turn of turns) {
    screen.line(headOf(context, turn), { hang: 2 });
    for (const { kind, tool, outcome = "waits", by } of turn.gates)
      screen.line(
        dim(`${kind}${tool === undefined ? "" : ` ${tool}`}: ${outcome}${by === undefined ? "" : ` by ${by}`}`),
        {
          indent: 2,
          hang: 2,
        },
      );
    if (!isUnfolded) continue;
    if (!turn.isReadable) screen.line(dim("its steps are for those who decide"), { indent: 2, hang: 2 });
    else await printSteps(context, access, turn.turnId);
  }
}

/** One line a turn: when, who, its figures, how it ended, its models and its id. */
function headOf({ now }: Context, turn: TurnView): Piece[] {
  const { agent, startedAt, endedAt, steps, usage, outcome, models, turnId } = turn;
  const figures = { steps, startedAtMs: startedAt, endedAtMs: endedAt, usd: usage.usd };
  const end = outcome === undefined ? styled("warn", "runs") : outcome === "done" ? "" : styled("bad", outcome);
  return [
    dim(`${dayText(startedAt)} ${clockText(startedAt)} `),
    styled("name", agent),
    ` ${turnLine(figures, now())} `,
    end,
    dim(` ${[...models, turnId].join(" ")}`),
  ];
}

/** `2026-12-01`, by the clock of this machine. */
function dayText(atMs: number): string {
  const date = new Date(atMs);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

async function printSteps(context: Context, access: RoomAccess, turnId: string): Promise<void> {
  let rows: StepRows = noRows;
  for await (const page of pagesOf(access, turnId)) rows = withSteps(rows, page.steps);
  for (const row of rows.rows) printRow(context, row);
}

/** Every page of a turn as far as it has come. */
async function* pagesOf({ api, roomId }: RoomAccess, turnId: string): AsyncGenerator<StepsAnswer> {
  let after: string | undefined;
  for (;;) {
    const query = after === undefined ? {} : { after };
    const page = await api.call("readSteps", { parts: { id: roomId, turnId }, query });
    yield page;
    if (page.next === undefined || page.next === after) return;
    after = page.next;
  }
}

function printRow({ screen }: Context, row: StepRow): void {
  const indent = 2 + ("parent" in row && row.parent !== undefined ? 2 : 0);
  const text = (pieces: Piece | readonly Piece[]) => screen.line(pieces, { indent, hang: 2 });
  const body = (content: string) => screen.line(dim(content), { indent: indent + 2, hang: 0, bar: true });
  switch (row.kind) {
    case "text":
      text(row.text);
      break;
    case "thinking":
      text([dim("thinks: "), dim(row.text)]);
      break;
    case "plan":
      for (const { state, text: entry } of row.entries) text([dim(`${planMarks[state] ?? "-"} `), entry]);
      break;
    case "compaction":
      text([strong("the conversation was shortened"), row.text === "" ? "" : `: ${row.text}`]);
      break;
    case "notice":
      text(styled("warn", row.text));
      break;
    case "tool":
      text([markOf(screen.symbols, row), strong(row.name), row.summary === "" ? "" : ` ${row.summary}`]);
      if (row.input !== undefined) body(row.input + cutNote(row.inputBytes));
      if (row.result) body(row.result.text + cutNote(row.result.cut ? row.result.bytes : undefined));
  }
}

function markOf({ fail, bullet, again }: Symbols, { phase }: ToolRow): Piece {
  if (phase === "failed") return styled("bad", `${fail} `);
  return dim(phase === "started" ? `${again} ` : `${bullet} `);
}

const planMarks: Readonly<Record<string, string>> = { done: "x", inProgress: ">", pending: "-" };

function cutNote(bytes: number | undefined): string {
  return bytes === undefined ? "" : `\n(cut; all of it has ${bytes.toLocaleString("en-US")} bytes)`;
}
