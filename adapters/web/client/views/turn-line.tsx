import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TurnView } from "../../../../src/protocol/turns.js";
import { nowMs } from "../now.js";
import type { MessageEntry } from "../room-state.js";
import { texts } from "../texts.js";
import { figuresOf } from "../turn-figures.js";
import { later } from "./later.js";
import { useTurns } from "./turns-context.js";

const words = texts.turns;

const TurnSteps = later(async () => (await import("./turn-steps.js")).TurnSteps);

/** The line under the last message of a turn, once the turn is known. */
export function MessageTurn({ message }: { message: MessageEntry }) {
  const turns = useTurns();
  const known = turns?.byMessage.value;
  const { from, id, at } = message;
  useEffect(() => turns?.ask(from, { id, at }), [turns, known, from, id, at]);
  const turn = known?.get(id);
  return turn ? <TurnLine turn={turn} /> : null;
}

/** A turn on one line that unfolds: `5 steps · 41 s · $0.02`. */
export function TurnLine({ turn }: { turn: TurnView }) {
  const isOpen = useSignal(false);
  const { outcome, isReadable } = turn;
  const isRunning = turn.endedAt === undefined;
  const figures = figuresOf(turn, isRunning ? nowMs.value : 0);
  const end = isRunning ? words.runs : outcome === undefined ? "" : words.outcome[outcome];
  const text = end === "" ? figures : `${figures} · ${end}`;
  return (
    <div class="turn">
      <button
        class="button quiet small turn-line"
        type="button"
        aria-expanded={isOpen.value}
        aria-label={words.unfold(text)}
        title={isReadable ? undefined : words.withheld}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        {text}
      </button>
      {isOpen.value && <TurnSteps turn={turn} />}
    </div>
  );
}
