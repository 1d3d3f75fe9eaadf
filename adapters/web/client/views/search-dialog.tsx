import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { MessageView } from "../../../../src/protocol/messages.js";
import { problemText } from "../problem-text.js";
import { openMessage } from "../router.js";
import { texts } from "../texts.js";
import { shortTime } from "../time.js";
import { DialogBar, Plain, Problem } from "./basics.js";
import { useRoom } from "./room-context.js";

const words = texts.search;
const snippetChars = 220;
/** Pages without a hit that are searched in one go; then the reader has to ask for more. */
const maxEmptyPages = 20;

/** Searches the whole history on the server, not only the loaded part. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const { session, state } = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const wanted = useSignal("");
  const asked = useSignal("");
  const found = useSignal<readonly MessageView[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const status = useSignal<"idle" | "busy" | "done">("idle");
  const problem = useSignal("");
  useEffect(() => {
    dialog.current?.showModal();
    field.current?.focus();
  }, []);

  async function look(before?: string): Promise<void> {
    const text = asked.value;
    status.value = "busy";
    problem.value = "";
    let from = before;
    for (let page = 0; page < maxEmptyPages; page += 1) {
      const answer = await session.api.messages({
        q: text,
        withQuestions: true,
        ...(from !== undefined && { before: from }),
      });
      if (text !== asked.value) return;
      if (!answer.ok) problem.value = problemText(answer.problem);
      else found.value = [...found.value, ...[...answer.value.messages].reverse()];
      from = answer.ok && answer.value.next !== undefined ? String(answer.value.next) : undefined;
      if (!answer.ok || answer.value.messages.length > 0 || from === undefined) break;
    }
    next.value = from;
    status.value = "done";
  }

  function start(event: Event): void {
    event.preventDefault();
    if (wanted.value.trim() === "") return;
    asked.value = wanted.value.trim();
    found.value = [];
    next.value = undefined;
    void look();
  }

  function show(message: MessageView): void {
    dialog.current?.close();
    openMessage(state.roomId, { id: message.messageId, version: message.version });
  }

  return (
    <dialog class="dialog dialog-wide" ref={dialog} aria-labelledby="search-heading" onClose={onClose}>
      <DialogBar
        id="search-heading"
        heading={words.heading}
        close={words.close}
        onClose={() => dialog.current?.close()}
      />
      <form onSubmit={start}>
        <div class="search-line">
          <input
            class="input"
            ref={field}
            type="search"
            maxLength={200}
            aria-label={words.label}
            placeholder={words.placeholder}
            value={wanted.value}
            onInput={(event) => {
              wanted.value = event.currentTarget.value;
            }}
          />
          <button class="button primary" type="submit">
            {words.find}
          </button>
        </div>
      </form>
      <p class="hint" role="status">
        {status.value === "busy" && words.busy}
        {status.value === "done" && words.found(found.value.length, next.value !== undefined)}
        {status.value === "idle" && words.hint}
      </p>
      {problem.value !== "" && <Problem>{problem.value}</Problem>}
      <ul class="hits">
        {found.value.map((message) => (
          <li key={message.messageId}>
            <button class="hit" type="button" onClick={() => show(message)}>
              <span class="hit-head">
                <strong>{message.from}</strong>{" "}
                {message.kind !== undefined && <span class="muted">{words.kind[message.kind]} </span>}
                <span class="muted">{shortTime(message.at)}</span>
              </span>
              <Snippet text={message.body} wanted={asked.value} />
            </button>
          </li>
        ))}
      </ul>
      {next.value !== undefined && status.value === "done" && (
        <button class="button" type="button" onClick={() => void look(next.value)}>
          {words.more}
        </button>
      )}
    </dialog>
  );
}

/** The text around the first hit, with the hit marked. */
function Snippet({ text: written, wanted }: { text: string; wanted: string }) {
  const bare = written.replaceAll(/[`*]+|^#+ |^> /gm, "");
  const text = bare.toLowerCase().includes(wanted.toLowerCase()) ? bare : written;
  const at = text.toLowerCase().indexOf(wanted.toLowerCase());
  if (at < 0) return <Plain text={text.slice(0, snippetChars)} />;
  const from = Math.max(0, at - 60);
  const end = at + wanted.length;
  return (
    <span dir="auto">
      {from > 0 && "…"}
      <Plain text={text.slice(from, at)} />
      <mark>
        <Plain text={text.slice(at, end)} />
      </mark>
      <Plain text={text.slice(end, end + snippetChars - 60)} />
      {text.length > end + snippetChars - 60 && "…"}
    </span>
  );
}
