import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { StepRow } from "../../../../src/core/room/step-rows.js";
import type { TurnView } from "../../../../src/protocol/turns.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { money } from "../time.js";
import { readTurn, type TurnReading } from "../turn-reading.js";
import { tokensOf } from "../usage.js";
import type { VirtualRow } from "../virtual-rows.js";
import { Plain, ProblemText, Scrollable } from "./basics.js";
import { useRoom } from "./room-context.js";
import { StepView } from "./step-view.js";
import { VirtualList } from "./virtual-list.js";

const words = texts.turns;
/** Steps are low, and drawn quickly: less in reserve makes shorter frames. */
const sparePx = 600;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Everything of one turn: its model and cost, what it asked people for, and its steps. They are read when this is first shown. */
export function TurnSteps({ turn }: { turn: TurnView }) {
  const { session } = useRoom();
  const { turnId } = turn;
  const reading = useMemo(() => readTurn({ api: session.api, pause }, turnId), [session, turnId]);
  useEffect(() => reading.stop, [reading]);
  return (
    <div class="turn-open">
      <p class="turn-facts">
        {[...turn.models, ...costOf(turn)].map((fact) => (
          <span class="tag" key={fact}>
            <Plain text={fact} />
          </span>
        ))}
      </p>
      <Gates gates={turn.gates} />
      {turn.error !== undefined && (
        <p class="turn-error">
          <Plain text={turn.error} />
        </p>
      )}
      <Steps reading={reading} turnId={turnId} />
    </div>
  );
}

function costOf({ usage }: TurnView): string[] {
  const tokens = tokensOf(usage);
  const cost = usage.usd > 0 ? [money(usage.usd)] : [];
  return tokens > 0 ? [...cost, words.tokens(tokens.toLocaleString(texts.locale))] : cost;
}

/** What it asked people for, and what came of it. */
function Gates({ gates }: Pick<TurnView, "gates">) {
  if (gates.length === 0) return null;
  return (
    <ul class="turn-gates">
      {gates.map(({ gateId, kind, tool, outcome, by }) => {
        const end = words.gate[outcome ?? "open"];
        return (
          <li class={outcome === "denied" || outcome === "dropped" ? "refused" : ""} key={gateId}>
            <Plain text={tool ?? kind} />: {by === undefined ? end : words.decidedBy(end, by)}
          </li>
        );
      })}
    </ul>
  );
}

function Steps({ reading, turnId }: { reading: TurnReading; turnId: string }) {
  const { rows } = reading.steps.value;
  const status = reading.status.value;
  const box = useRef<HTMLDivElement>(null);
  const drawing = useMemo(() => createDrawing(turnId), [turnId]);
  const listed = useMemo(() => rows.map(drawing.listed), [rows, drawing]);
  return (
    <>
      {listed.length > 0 && (
        <div class="steps" ref={box}>
          <Scrollable class="steps-scroll" label={words.list}>
            <VirtualList rows={listed} scroller={scrollerIn(box)} reveal={listed[0]?.key} isFromStart sparePx={sparePx}>
              {drawing.view}
            </VirtualList>
          </Scrollable>
        </div>
      )}
      {typeof status === "object" ? (
        <ProblemText>{status.problem.status === 403 ? words.withheld : problemText(status.problem)}</ProblemText>
      ) : (
        <Status status={status} isEmpty={rows.length === 0} />
      )}
    </>
  );
}

interface ListedRow extends VirtualRow {
  row: StepRow;
}

/** Keeps the list entry and the drawing of each row, so that a row that has not changed is not drawn again. */
function createDrawing(turnId: string) {
  const known = new WeakMap<StepRow, ListedRow>();
  const drawn = new WeakMap<StepRow, VNode>();
  return {
    listed(row: StepRow): ListedRow {
      const listed = known.get(row) ?? { key: row.key, weight: 1, row };
      known.set(row, listed);
      return listed;
    },
    view({ row }: ListedRow): VNode {
      const view = drawn.get(row) ?? <StepView row={row} turnId={turnId} />;
      drawn.set(row, view);
      return view;
    },
  };
}

/** The part of the box that scrolls. */
function scrollerIn(box: { readonly current: HTMLElement | null }): { readonly current: HTMLElement | null } {
  return {
    get current() {
      return box.current?.querySelector<HTMLElement>(".steps-scroll") ?? null;
    },
  };
}

function Status({ status, isEmpty }: { status: "reading" | "follows" | "done"; isEmpty: boolean }) {
  const text =
    status === "reading" ? words.reading : status === "follows" ? words.follows : isEmpty ? words.nothing : "";
  return text === "" ? null : (
    <p class="hint" role="status">
      {text}
    </p>
  );
}
