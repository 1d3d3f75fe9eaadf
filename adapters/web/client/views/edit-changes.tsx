import { useMemo } from "preact/hooks";
import type { FileChange } from "../file-change.js";
import { type DiffRun, lineDiff, wordDiff } from "../text-diff.js";
import { texts } from "../texts.js";
import { Plain, Scrollable, Wary } from "./basics.js";

const words = texts.gates;

/** The text an edit removed and added, with the text near it. */
export function EditChanges({ before, after }: { before: string; after: string }) {
  const parts = useMemo(() => wordDiff(before, after), [before, after]);
  if (before === after) return <p class="hint">{words.unchanged}</p>;
  return (
    <Scrollable class="changes" label={words.changes}>
      <p class="changes-heading" aria-hidden="true">
        {words.changes}
      </p>
      {parts.map(({ kind, text }, at) => {
        if (kind === "gap") return <Gap key={at} label={words.leftOut} />;
        const shown = <Plain text={text} />;
        if (kind === "added") return <ins key={at}>{shown}</ins>;
        return kind === "removed" ? <del key={at}>{shown}</del> : <span key={at}>{shown}</span>;
      })}
    </Scrollable>
  );
}

/** What a tool would change in a file: one column, or before and after beside each other. */
export function FileChanges({ change, isWide }: { change: FileChange; isWide: boolean }) {
  const { path, changes } = change;
  return (
    <div class="file-change">
      <p class="file-path">
        <code>
          <Wary text={path} />
        </code>
      </p>
      <Scrollable class={`diff ${isWide && !change.isWhole ? "diff-wide" : ""}`} label={words.changeOf(path)} dir="ltr">
        {changes.map(({ before, after }, at) => (
          <Place key={at} before={before} after={after} isWide={isWide && !change.isWhole} />
        ))}
      </Scrollable>
    </div>
  );
}

function Place({ before, after, isWide }: { before: string; after: string; isWide: boolean }) {
  const runs = useMemo(() => lineDiff(before, after), [before, after]);
  return (
    <div class="diff-place">
      {runs.map((run, at) => (isWide ? <BesideRun key={at} run={run} /> : <UnifiedRun key={at} run={run} />))}
    </div>
  );
}

function UnifiedRun({ run }: { run: DiffRun }) {
  if (run.kind === "gap") return <Gap label={words.linesLeftOut(run.count)} />;
  if (run.kind === "same") return <>{run.lines.map((line, at) => lineView(line, { kind: "same", at }))}</>;
  return (
    <>
      {run.removed.map((line, at) => lineView(line, { kind: "removed", at }))}
      {run.added.map((line, at) => lineView(line, { kind: "added", at }))}
    </>
  );
}

/** Lines that take each other's place stand in one row. */
function BesideRun({ run }: { run: DiffRun }) {
  if (run.kind === "gap") return <Gap label={words.linesLeftOut(run.count)} />;
  const [left, right] = run.kind === "same" ? [run.lines, run.lines] : [run.removed, run.added];
  return (
    <>
      {Array.from({ length: Math.max(left.length, right.length) }, (_, at) => (
        <div class="diff-row" key={at}>
          {sideView(left[at], run.kind === "same" ? "same" : "removed")}
          {sideView(right[at], run.kind === "same" ? "same" : "added")}
        </div>
      ))}
    </>
  );
}

type LineKind = "same" | "added" | "removed";

function sideView(line: string | undefined, kind: LineKind) {
  return line === undefined ? <span class="diff-line diff-nothing" /> : lineView(line, { kind, at: 0 });
}

const signs = { same: " ", added: "+", removed: "−" } as const;
const lineTags = { same: "span", added: "ins", removed: "del" } as const;

function lineView(line: string, { kind, at }: { kind: LineKind; at: number }) {
  const Tag = lineTags[kind];
  return (
    <Tag class={`diff-line is-${kind}`} key={`${kind}${at}`}>
      <span class="diff-sign" aria-hidden="true">
        {signs[kind]}
      </span>
      <Wary text={line} />
    </Tag>
  );
}

function Gap({ label }: { label: string }) {
  return (
    <span class="diff-gap">
      <span aria-hidden="true">⋯ </span>
      {label}
    </span>
  );
}
