import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { WorkDiff, WorkStatus } from "../../../../src/protocol/work.js";
import type { FolderApi } from "../folder-api.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { Plain, ProblemText } from "./basics.js";
import { Code } from "./code-block.js";

const words = texts.folder;

/** What differs from the base of the branch, or from another agent's files; and what is not committed. */
export function FolderChanges({ api, others }: { api: FolderApi; others: readonly string[] }) {
  const against = useSignal("");
  const diff = useSignal<WorkDiff | undefined>(undefined);
  const status = useSignal<WorkStatus | undefined>(undefined);
  const problem = useSignal("");

  async function compare(other: string): Promise<void> {
    against.value = other;
    diff.value = undefined;
    problem.value = "";
    const answer = await api.diff(other);
    if (other !== against.value) return;
    if (answer.ok) diff.value = answer.value;
    else problem.value = problemText(answer.problem);
  }

  useEffect(() => {
    void compare("");
    void api.status().then((answer) => {
      if (answer.ok) status.value = answer.value;
    });
  }, [api]);

  return (
    <div class="folder-changes">
      {others.length > 0 && (
        <label class="folder-against">
          {words.against}{" "}
          <select class="input" value={against.value} onChange={(event) => void compare(event.currentTarget.value)}>
            <option value="">{words.base}</option>
            {others.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {against.value === "" && <Uncommitted status={status.value} />}
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {diff.value === undefined && problem.value === "" && <p role="status">{words.loading}</p>}
      {diff.value && <Difference diff={diff.value} against={against.value} />}
    </div>
  );
}

function Uncommitted({ status }: { status: WorkStatus | undefined }) {
  if (!status || status.changes.length === 0) return null;
  return (
    <details class="folder-status">
      <summary>{words.uncommitted(status.changes.length, status.hasMore)}</summary>
      <ul>
        {status.changes.map(({ path, change }) => (
          <li key={path}>
            <span class="muted">{words.change[change]}</span>{" "}
            <span dir="ltr">
              <Plain text={path} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Difference({ diff: { isRepository, text, isCut }, against }: { diff: WorkDiff; against: string }) {
  if (!isRepository) return <p class="hint">{against === "" ? words.noRepository : words.noRepositoryOf(against)}</p>;
  if (text === "" && !isCut) return <p class="hint">{words.unchanged}</p>;
  return (
    <>
      {isCut && <p class="hint">{words.diffIsCut}</p>}
      {filesOf(text).map((part) => (
        <Code key={part} language="diff" info="" text={part} isWary={false} />
      ))}
    </>
  );
}

/** A unified diff, file by file. */
function filesOf(text: string): string[] {
  return text.split(/^(?=diff --git )/m).filter((part) => part !== "");
}
