import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { typedAgain, withQuote } from "../composer-ask.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { useRoom } from "./room-context.js";

interface Box {
  text: Signal<string>;
  problem: Signal<string>;
  field: { readonly current: HTMLTextAreaElement | null };
  write: (next: string, caret: number) => void;
}

/** Takes what other parts of the page want in the message box. A draft stays where a message is quoted, and comes back after an edit. */
export function useComposerAsks({ text, problem, field, write }: Box): {
  /** Id of the own message that is being changed. */
  editing: Signal<string | undefined>;
  replace: (id: string, typed: string) => Promise<void>;
  stopEditing: () => void;
} {
  const { state, session, composerAsk, say } = useRoom();
  const editing = useSignal<string | undefined>(undefined);
  const ask = composerAsk.value;
  useEffect(() => {
    if (!ask) return;
    composerAsk.value = undefined;
    const isEdit = ask.kind === "edit";
    if (isEdit) editing.value = ask.message.id;
    const next = isEdit ? typedAgain(ask.message, state) : withQuote(text.value, ask.message, state);
    write(next, next.length);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.length, next.length);
    });
  }, [ask]);

  async function replace(id: string, typed: string): Promise<void> {
    const done = await session.api.replace(id, typed);
    if (!done.ok) {
      problem.value = problemText(done.problem);
      return;
    }
    say(texts.composer.replaced);
    stopEditing();
  }

  function stopEditing(): void {
    editing.value = undefined;
    problem.value = "";
    const draft = session.kept.draft();
    write(draft, draft.length);
    field.current?.focus();
  }

  return { editing, replace, stopEditing };
}
