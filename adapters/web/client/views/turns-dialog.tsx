import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { TurnView } from "../../../../src/protocol/turns.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { shortTime } from "../time.js";
import { DialogBar, ProblemText } from "./basics.js";
import { useRoom } from "./room-context.js";
import { TurnLine } from "./turn-line.js";

const words = texts.turns;

/** All turns of an agent, the newest first; each unfolds to its steps. */
export function TurnsDialog({ agent, onClose }: { agent: string; onClose: () => void }) {
  const { session } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const turns = useSignal<readonly TurnView[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const status = useSignal<"busy" | "done">("busy");
  const problem = useSignal("");

  async function read(before?: string): Promise<void> {
    status.value = "busy";
    const answer = await session.api.turns(agent, { limit: 50, ...(before !== undefined && { before }) });
    status.value = "done";
    if (!answer.ok) {
      problem.value = problemText(answer.problem);
      return;
    }
    turns.value = [...turns.value, ...answer.value.turns];
    next.value = answer.value.next;
  }

  useEffect(() => {
    dialog.current?.showModal();
    void read();
  }, []);

  return (
    <dialog class="dialog dialog-wide" ref={dialog} aria-labelledby="turns-heading" onClose={onClose}>
      <DialogBar
        id="turns-heading"
        heading={words.heading(agent)}
        close={words.close}
        onClose={() => dialog.current?.close()}
      />
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {status.value === "done" && turns.value.length === 0 && problem.value === "" && <p class="hint">{words.none}</p>}
      <ul class="turn-list">
        {turns.value.map((turn) => (
          <li key={turn.turnId}>
            <time class="muted" dateTime={new Date(turn.startedAt).toISOString()}>
              {shortTime(turn.startedAt)}
            </time>
            <TurnLine turn={turn} />
          </li>
        ))}
      </ul>
      {next.value !== undefined && (
        <button class="button" type="button" disabled={status.value === "busy"} onClick={() => void read(next.value)}>
          {words.more}
        </button>
      )}
    </dialog>
  );
}
