import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { sizeText } from "../../../../src/core/text/size-text.js";
import type { WorkEntry, WorkFile } from "../../../../src/protocol/work.js";
import type { FolderApi } from "../folder-api.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { Plain, ProblemText } from "./basics.js";
import { Code } from "./code-block.js";

const words = texts.folder;

/** Folder after folder, a page of entries at a time, and one file beside it. */
export function FolderFiles({ api }: { api: FolderApi }) {
  const folder = useSignal("");
  const entries = useSignal<readonly WorkEntry[] | undefined>(undefined);
  const hasMore = useSignal(false);
  const problem = useSignal("");
  const shown = useSignal<string | undefined>(undefined);

  async function load(path: string, after?: string): Promise<void> {
    problem.value = "";
    const answer = await api.list(path, after);
    if (path !== folder.value) return;
    if (!answer.ok) problem.value = problemText(answer.problem);
    else entries.value = [...(after === undefined ? [] : (entries.value ?? [])), ...answer.value.entries];
    hasMore.value = answer.ok && answer.value.hasMore;
  }

  function enter(path: string): void {
    folder.value = path;
    entries.value = undefined;
    shown.value = undefined;
    void load(path);
  }

  useEffect(() => void load(""), [api]);
  const pathOf = (name: string) => (folder.value === "" ? name : `${folder.value}/${name}`);

  return (
    <div class={`folder-files ${shown.value === undefined ? "" : "has-file"}`}>
      <div class="folder-list">
        <Crumbs folder={folder.value} onEnter={enter} />
        {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
        {entries.value === undefined && problem.value === "" && <p role="status">{words.loading}</p>}
        {entries.value?.length === 0 && <p class="hint">{words.empty}</p>}
        <ul class="folder-entries">
          {entries.value?.map((entry) => (
            <Entry
              key={entry.name}
              entry={entry}
              isShown={shown.value === pathOf(entry.name)}
              onOpen={() => {
                if (entry.kind === "folder") enter(pathOf(entry.name));
                else shown.value = pathOf(entry.name);
              }}
            />
          ))}
        </ul>
        {hasMore.value && (
          <button
            class="button small"
            type="button"
            onClick={() => void load(folder.value, entries.value?.at(-1)?.name ?? "")}
          >
            {words.more}
          </button>
        )}
      </div>
      {shown.value !== undefined && (
        <File
          key={shown.value}
          api={api}
          path={shown.value}
          onBack={() => {
            shown.value = undefined;
          }}
        />
      )}
    </div>
  );
}

function Crumbs({ folder, onEnter }: { folder: string; onEnter: (path: string) => void }) {
  const parts = folder === "" ? [] : folder.split("/");
  return (
    <nav class="folder-crumbs" aria-label={words.path}>
      {[words.root, ...parts].map((part, at) => (
        <button
          class="button quiet small"
          type="button"
          key={parts.slice(0, at).join("/")}
          aria-current={at === parts.length ? "location" : undefined}
          onClick={() => onEnter(parts.slice(0, at).join("/"))}
        >
          <Plain text={part} />
        </button>
      ))}
    </nav>
  );
}

function Entry({ entry, isShown, onOpen }: { entry: WorkEntry; isShown: boolean; onOpen: () => void }) {
  const { name, kind, size } = entry;
  const isOpened = kind === "file" || kind === "folder";
  return (
    <li>
      <button
        class={`folder-entry folder-entry-${kind}`}
        type="button"
        disabled={!isOpened}
        aria-current={isShown ? "true" : undefined}
        onClick={onOpen}
      >
        <span class="folder-name" dir="ltr">
          <Plain text={kind === "folder" ? `${name}/` : name} />
        </span>
        <span class="muted">{kind === "file" ? sizeText(size ?? 0) : kind === "folder" ? "" : words[kind]}</span>
      </button>
    </li>
  );
}

function File({ api, path, onBack }: { api: FolderApi; path: string; onBack: () => void }) {
  const file = useSignal<WorkFile | undefined>(undefined);
  const problem = useSignal("");
  useEffect(() => {
    void api.read(path).then((answer) => {
      if (answer.ok) file.value = answer.value;
      else problem.value = problemText(answer.problem);
    });
  }, [api, path]);
  const { text, size = 0, isCut } = file.value ?? {};
  return (
    <section class="folder-file" aria-label={path}>
      <p class="folder-file-head">
        <button class="button quiet small folder-back" type="button" onClick={onBack}>
          {words.back}
        </button>
        <strong dir="ltr">
          <Plain text={path} />
        </strong>{" "}
        {file.value && <span class="muted">{sizeText(size)}</span>}
      </p>
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {file.value === undefined && problem.value === "" && <p role="status">{words.loading}</p>}
      {file.value && text === undefined && <p class="hint">{words.isBinary(sizeText(size))}</p>}
      {isCut && text !== undefined && <p class="hint">{words.isCut(sizeText(size))}</p>}
      {text !== undefined && <Code language={languageOf(path)} info="" text={text} isWary={false} />}
    </section>
  );
}

/** The highlighter knows most endings by themselves. */
function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.includes(".") ? name.slice(name.lastIndexOf(".") + 1) : "";
}
