import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { StepRow, ToolRow } from "../../../../src/core/room/step-rows.js";
import { texts } from "../texts.js";
import { Plain, Scrollable } from "./basics.js";
import { useRoom } from "./room-context.js";

const words = texts.turns;

/** One step. Its text is shown as it is, never as Markdown: it was not written for the room. */
export function StepView({ row, turnId }: { row: StepRow; turnId: string }) {
  const isBelow = "parent" in row && row.parent !== undefined;
  return (
    <div class={`step step-${row.kind} ${isBelow ? "step-below" : ""}`}>
      {isBelow && <span class="tag">{words.subagent}</span>}
      <Content row={row} turnId={turnId} />
    </div>
  );
}

function Content({ row, turnId }: { row: StepRow; turnId: string }) {
  switch (row.kind) {
    case "tool":
      return <Tool tool={row} turnId={turnId} />;
    case "plan":
      return (
        <ul class="step-plan" aria-label={words.plan}>
          {row.entries.map(({ text, state }, at) => (
            <li class={`plan-${state}`} key={at}>
              <span class="tag">{words.planState[state] ?? state}</span> <Plain text={text} />
            </li>
          ))}
        </ul>
      );
    case "thinking":
      return <Folded title={words.thinking} text={row.text} />;
    case "compaction":
      return <Folded title={words.compaction} text={row.text} />;
    default:
      return (
        <p class="step-text">
          <Plain text={row.text} />
        </p>
      );
  }
}

/** Its input and result are drawn when it is opened: a turn may have ten thousand of them. */
function Tool({ tool, turnId }: { tool: ToolRow; turnId: string }) {
  const { session } = useRoom();
  const { name, summary, phase, input, inputBytes, result, key } = tool;
  const head = (
    <>
      <span class={`tool-${phase}`} title={words.phase[phase]}>
        {phase === "failed" && <span class="visually-hidden">{words.phase.failed} </span>}
        <strong>
          <Plain text={name} />
        </strong>
      </span>{" "}
      <Plain text={summary} />
    </>
  );
  if (input === undefined && result === undefined) return <p class="step-text">{head}</p>;
  return (
    <Details head={head}>
      {input !== undefined && <Part heading={words.input} of={tool} text={input} allBytes={inputBytes} />}
      {result && (
        <Part heading={words.result} of={tool} text={result.text} allBytes={result.cut ? result.bytes : undefined} />
      )}
      {result?.isStored && (
        <a class="button small" href={session.api.resultUrl(turnId, key)} download="result.txt">
          {words.whole}
        </a>
      )}
    </Details>
  );
}

function Part({
  heading,
  of: { name, summary },
  text,
  allBytes,
}: {
  heading: string;
  of: ToolRow;
  text: string;
  allBytes: number | undefined;
}) {
  return (
    <>
      <p class="step-heading">{heading}</p>
      <Scrollable class="step-part" label={words.partOf(heading, name, summary)} dir="auto">
        <Plain text={text} />
      </Scrollable>
      {allBytes !== undefined && <p class="hint">{words.cut(allBytes.toLocaleString(texts.locale))}</p>}
    </>
  );
}

function Folded({ title, text }: { title: string; text: string }) {
  return (
    <Details head={title}>
      <p class="step-text">
        <Plain text={text} />
      </p>
    </Details>
  );
}

function Details({ head, children }: { head: ComponentChildren; children: ComponentChildren }) {
  const isOpen = useSignal(false);
  return (
    <details
      open={isOpen.value}
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>{head}</summary>
      {isOpen.value && children}
    </details>
  );
}
