import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { GateContent, PushedRef } from "../../../../src/core/room/gate-content.js";
import { problemText } from "../problem-text.js";
import { filesOfDiff } from "../pushed-files.js";
import { texts } from "../texts.js";
import { Plain, ProblemText, Wary } from "./basics.js";
import { Code } from "./code-block.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

/** Files that are unfolded from the start. */
const maxUnfolded = 3;
const maxUnfoldedChars = 20_000;

/** What a push that waits would bring: of every branch its commits, its files and the diff. */
export function PushChanges({ gateId, push }: { gateId: string; push: NonNullable<GateContent["push"]> }) {
  return (
    <div class="push-changes">
      {push.refs.map((pushed, at) => (
        <Branch key={pushed.ref} {...{ gateId, pushed, at }} />
      ))}
    </div>
  );
}

function Branch({ gateId, pushed, at }: { gateId: string; pushed: PushedRef; at: number }) {
  const { ref, from, to, base, commits = [], moreCommits = 0, whyNoDiff } = pushed;
  const state = to === null ? words.pushDeleted : from === null ? words.pushNew : words.pushWas(short(from));
  return (
    <section class="push-branch">
      <p>
        <code>
          <Wary text={ref.replace(/^refs\/heads\//, "")} />
        </code>{" "}
        <span class="muted">
          {state}
          {base !== undefined && `, ${words.pushAgainst(short(base))}`}
        </span>
      </p>
      <ul class="push-commits">
        {commits.map(({ id, author, subject }) => (
          <li key={id}>
            <code class="muted">{short(id)}</code> <Wary text={subject} /> <span class="muted">{author}</span>
          </li>
        ))}
        {moreCommits > 0 && <li class="muted">{words.moreCommits(moreCommits)}</li>}
      </ul>
      <Files {...pushed} />
      {whyNoDiff !== undefined && <p class="muted">{whyNoDiff}</p>}
      {pushed.diff && <Diff gateId={gateId} at={at} isCut={pushed.diff.isCut} />}
    </section>
  );
}

function Files({ files = [], moreFiles = 0 }: PushedRef) {
  return (
    <ul class="push-files">
      {files.map(({ path, added, removed }) => (
        <li key={path}>
          <code>
            <Wary text={path} />
          </code>{" "}
          {added === undefined ? (
            <span class="muted">{words.binary}</span>
          ) : (
            <>
              <span class="push-added">+{added}</span> <span class="push-removed">−{removed}</span>
            </>
          )}
        </li>
      ))}
      {moreFiles > 0 && <li class="muted">{words.moreFiles(moreFiles)}</li>}
    </ul>
  );
}

/** The diff, a part for each file; it is read when it is first shown. */
function Diff({ gateId, at, isCut }: { gateId: string; at: number; isCut: boolean }) {
  const { session } = useRoom();
  const text = useSignal("");
  const problem = useSignal("");
  useEffect(() => {
    void session.api.gateDiff(gateId, at).then((answer) => {
      if (answer.ok) text.value = answer.value.text;
      else problem.value = problemText(answer.problem);
    });
  }, [gateId, at]);
  const files = useMemo(() => filesOfDiff(text.value), [text.value]);
  const isSmall = files.length <= maxUnfolded && text.value.length <= maxUnfoldedChars;
  return (
    <>
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {files.map((file) => (
        <FileDiff key={file.path} {...file} isOpen={isSmall} />
      ))}
      {isCut && <p class="muted">{words.diffCut}</p>}
    </>
  );
}

/** Its lines are made when it is unfolded. */
function FileDiff({ path, text, isOpen }: { path: string; text: string; isOpen: boolean }) {
  const isUnfolded = useSignal(isOpen);
  return (
    <details
      class="push-file"
      open={isUnfolded.value}
      onToggle={(event) => {
        isUnfolded.value = event.currentTarget.open;
      }}
    >
      <summary>
        <code>
          <Plain text={path} />
        </code>
      </summary>
      {isUnfolded.value && <Code language="diff" info="" text={text} isWary={false} />}
    </details>
  );
}

const short = (id: string) => id.slice(0, 7);
