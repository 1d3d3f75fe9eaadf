import { useSignal } from "@preact/signals";
import type { ParticipantView } from "../../../../src/core/room/view.js";
import { texts } from "../texts.js";
import { Avatar, Plain, Scrollable, Since } from "./basics.js";
import { useRoom } from "./room-context.js";

const words = texts.work;

/** With more at work the conversation would be out of sight; the roster names them all. */
const maxShown = 4;

/** Agents in a turn, each on one line that opens to its output. */
export function WorkList() {
  const { state } = useRoom();
  const isOpen = useSignal(false);
  // An agent that waits for a person and has no output yet is shown by its gate.
  const busy = state.participants.filter(
    ({ kind, status, name }) =>
      kind === "agent" && (status === "working" || (status === "waiting" && (state.work.get(name)?.text ?? "") !== "")),
  );
  if (busy.length === 0) return null;
  const isFolded = !isOpen.value && busy.length > maxShown + 1;
  return (
    <section class="work" aria-label={words.heading}>
      {busy.slice(0, isFolded ? maxShown : busy.length).map((agent) => (
        <WorkItem key={agent.name} agent={agent} />
      ))}
      {busy.length > maxShown + 1 && (
        <button
          class="button quiet small work-others"
          type="button"
          aria-expanded={!isFolded}
          onClick={() => {
            isOpen.value = isFolded;
          }}
        >
          {isFolded ? words.others(busy.length - maxShown) : words.fewer}
        </button>
      )}
    </section>
  );
}

function WorkItem({ agent }: { agent: ParticipantView }) {
  const { state, hue } = useRoom();
  const { name, status, sinceMs } = agent;
  const work = state.work.get(name);
  const text = work?.text ?? "";
  return (
    <details class={`work-item hue-${hue(name)}`}>
      <summary>
        <Avatar name={name} kind="agent" hue={hue(name)} size="small" />
        <strong class={`name hue-${hue(name)}`}>{name}</strong>
        <span class={`pulse pulse-${status}`} aria-hidden="true" />
        <span class="work-now">
          <Plain text={nowText(status, work?.tool, text)} />
        </span>
        <span class="work-time">
          {sinceMs !== undefined && <Since at={sinceMs} words={(time) => time} />}
          {work && work.steps > 0 && ` · ${words.steps(work.steps)}`}
        </span>
      </summary>
      <Scrollable class="work-text" label={words.show(name)} dir="auto">
        {text === "" ? <span class="muted">{words.nothingYet}</span> : <Plain text={text} />}
      </Scrollable>
    </details>
  );
}

const lastLineChars = 160;

/** The tool in use, else the end of its latest text. */
function nowText(status: string, tool: { name: string; summary: string } | undefined, text: string): string {
  if (status === "waiting") return words.waiting;
  if (tool) return words.tool(tool.name, tool.summary);
  const lastLine = text.slice(-2_000).trimEnd().split("\n").at(-1)?.trim() ?? "";
  return lastLine === "" ? words.thinking : lastLine.slice(-lastLineChars);
}
