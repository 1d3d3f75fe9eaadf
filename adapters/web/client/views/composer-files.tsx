import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sizeText } from "../../../../src/core/text/size-text.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import type { UploadItem } from "../uploads.js";
import { Plain, ProblemText } from "./basics.js";
import { Icon } from "./icon.js";
import type { ComposerUploads } from "./use-uploads.js";

const words = texts.files;

/** The button that opens the browser's own choice of files. */
export function AttachButton({ uploads }: { uploads: ComposerUploads }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-label={words.attach}
        onChange={({ currentTarget }) => {
          uploads.add([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
      <button
        class="button quiet icon-button"
        type="button"
        aria-label={words.attach}
        title={words.attach}
        onClick={() => input.current?.click()}
      >
        <Icon name="attach" />
      </button>
    </>
  );
}

/** The files of the message in the making, with their progress. */
export function ComposerFiles({ uploads }: { uploads: ComposerUploads }) {
  const { items } = uploads.list.value;
  if (items.length === 0) return null;
  return (
    <ul class="composer-files" aria-label={words.list}>
      {items.map((item) => (
        <li key={item.key} class={`upload upload-${item.state}`}>
          <span class="file-name">
            <Plain text={item.name} />
          </span>{" "}
          <span class="muted">{sizeText(item.bytes)}</span>
          <Progress item={item} />
          {item.state === "failed" && (
            <button class="button quiet small" type="button" onClick={() => uploads.again(item.key)}>
              {words.again}
            </button>
          )}
          <button
            class="button quiet small"
            type="button"
            aria-label={words.remove(item.name)}
            title={words.remove(item.name)}
            onClick={() => uploads.remove(item.key)}
          >
            ✕
          </button>
          {item.problem && item.state === "failed" && <ProblemText>{problemText(item.problem)}</ProblemText>}
        </li>
      ))}
    </ul>
  );
}

function Progress({ item: { name, state, bytes, sentBytes } }: { item: UploadItem }) {
  if (state === "waiting") return <span class="muted">{words.waiting}</span>;
  if (state !== "sending") return null;
  const percent = bytes === 0 ? 0 : Math.min(99, Math.floor((sentBytes / bytes) * 100));
  return <progress max={100} value={percent} aria-label={words.progress(name, percent)} />;
}

/** Takes files that are dropped anywhere on the page or pasted into the message. */
export function DropZone({ uploads }: { uploads: ComposerUploads }) {
  const isOver = useSignal(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = true;
    };
    const left = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const dropped = (event: DragEvent) => {
      isOver.value = false;
      if (!hasFiles(event)) return;
      // Without this the browser would leave the room and open the file.
      event.preventDefault();
      uploads.add(filesOf(event.dataTransfer));
    };
    const pasted = (event: ClipboardEvent) => {
      const files = filesOf(event.clipboardData);
      if (files.length === 0) return;
      event.preventDefault();
      uploads.add(files);
    };
    const ending = new AbortController();
    const { signal } = ending;
    window.addEventListener("dragover", over, { signal });
    window.addEventListener("dragleave", left, { signal });
    window.addEventListener("drop", dropped, { signal });
    window.addEventListener("paste", pasted, { signal });
    return () => ending.abort();
  }, [uploads]);
  return isOver.value ? <p class="drop-zone">{words.dropHere}</p> : null;
}

function filesOf(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])];
}
