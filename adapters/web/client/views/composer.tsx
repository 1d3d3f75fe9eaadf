import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { utf8Bytes } from "../../../../src/core/grammar/directive.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { type CompletionChoice, choicesFor, complete, completionAt, isOnlyNames } from "../completion.js";
import { addressOf } from "../pending.js";
import { type RoomState, shownStateOf } from "../room-state.js";
import { texts } from "../texts.js";
import { areStored, noUploadItems, type UploadList } from "../uploads.js";
import { Avatar, Plain, ProblemText } from "./basics.js";
import { AttachButton, ComposerFiles, DropZone } from "./composer-files.js";
import { useRoom } from "./room-context.js";
import { useComposerAsks } from "./use-composer-asks.js";
import { useUploads } from "./use-uploads.js";

const words = texts.composer;
const maxHeightPx = 220;

export function Composer() {
  const { state, may } = useRoom();
  if (state.status === "closed") return <p class="composer-note">{texts.room.closedHint}</p>;
  if (!may("speak")) return <p class="composer-note">{words.viewer}</p>;
  return <Writing />;
}

function Writing() {
  const { state, session } = useRoom();
  const text = useSignal(session.kept.draft());
  const caret = useSignal(0);
  const picked = useSignal(0);
  const isDismissed = useSignal(false);
  const problem = useSignal("");
  const steers = useSignal(false);
  const busy = busyAgents(text.value, state);
  const field = useRef<HTMLTextAreaElement>(null);
  const completion = isDismissed.value ? undefined : completionAt(text.value, caret.value);
  const choices = completion ? choicesFor(completion.prefix, { participants: state.participants, me: state.me }) : [];
  const chosen = choices[Math.min(picked.value, choices.length - 1)];
  useGrowing(field, text.value);
  const uploads = useUploads({ roomId: state.roomId, me: () => session.state.value?.me ?? "", problem });
  const files = uploads.list.value.items;
  const { editing, replace, stopEditing } = useComposerAsks({ text, problem, field, write });

  function changed(target: HTMLTextAreaElement): void {
    if (text.value !== target.value) {
      picked.value = 0;
      isDismissed.value = false;
      problem.value = "";
    }
    write(target.value, target.selectionEnd);
  }

  function write(next: string, at: number): void {
    text.value = next;
    caret.value = at;
    if (editing.value === undefined) session.kept.keepDraft(next);
  }

  function put(name: string): void {
    if (!completion || !field.current) return;
    const next = complete(text.value, { completion, caret: caret.value, name });
    write(next.text, next.caret);
    field.current.value = next.text;
    field.current.setSelectionRange(next.caret, next.caret);
    field.current.focus();
  }

  function send(): void {
    const typed = text.value.trim();
    const hasFiles = files.length > 0 && editing.value === undefined;
    if (typed === "" && !hasFiles) return;
    problem.value = whyNotSent(typed, hasFiles ? uploads.list.value : noUploadItems);
    if (problem.value !== "") return;
    if (editing.value !== undefined) return void replace(editing.value, typed);
    const stored = files.flatMap((file) => file.stored ?? []);
    session.outbox.send(typed, { steers: steers.value && busy.length > 0, files: stored });
    uploads.clear();
    steers.value = false;
    write("", 0);
    field.current?.focus();
  }

  function leave(isChoosing: boolean): void {
    if (editing.value !== undefined && !isChoosing) stopEditing();
    else isDismissed.value = true;
  }

  function pressed(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const move = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (chosen && move !== 0) picked.value = (choices.indexOf(chosen) + move + choices.length) % choices.length;
    else if (chosen && completes(event, chosen.name !== completion?.prefix || isOnlyNames(text.value)))
      put(chosen.name);
    else if (event.key === "Escape") leave(chosen !== undefined);
    else if (event.key === "Enter" && !event.shiftKey) send();
    else return;
    event.preventDefault();
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      {editing.value !== undefined && <EditingNote onStop={stopEditing} />}
      {chosen && <Choices choices={choices} chosen={chosen} onPick={put} />}
      <ComposerFiles uploads={uploads} />
      <DropZone uploads={uploads} />
      <div class="composer-box">
        <AttachButton uploads={uploads} />
        <textarea
          ref={field}
          id="compose"
          rows={1}
          dir="auto"
          value={text.value}
          placeholder={words.placeholder}
          aria-label={words.label}
          aria-describedby="compose-hint"
          aria-autocomplete="list"
          aria-haspopup="listbox"
          {...(chosen && { "aria-controls": "compose-choices", "aria-activedescendant": `choice-${chosen.name}` })}
          onInput={(event) => changed(event.currentTarget)}
          onSelect={(event) => changed(event.currentTarget)}
          onKeyDown={pressed}
        />
        <button class="button primary" type="submit" disabled={text.value.trim() === "" && files.length === 0}>
          {editing.value === undefined ? words.send : words.replace}
        </button>
      </div>
      {busy.length > 0 && editing.value === undefined && <Steer names={busy.join(", ")} steers={steers} />}
      <p class="hint composer-hint" id="compose-hint">
        {hintOf(state)}
      </p>
    </form>
  );
}

/** Why this text with these files cannot be a message; empty: it can. */
function whyNotSent(typed: string, list: UploadList): string {
  if (!areStored(list)) return texts.files.notYet;
  if (isOnlyNames(typed) && list.items.length === 0) return words.onlyNames;
  const overBytes = utf8Bytes(typed) - LIMITS.maxBodyBytes;
  return overBytes > 0 ? words.tooLong(Math.ceil(overBytes / 1_024)) : "";
}

/** The message in the box takes the place of one that is sent. */
function EditingNote({ onStop }: { onStop: () => void }) {
  return (
    <p class="composer-editing">
      {words.editing}{" "}
      <button class="button quiet small" type="button" onClick={onStop}>
        {words.stopEditing}
      </button>
    </p>
  );
}

/** Whether the message goes into the running turns of its recipients. */
function Steer({ names, steers }: { names: string; steers: Signal<boolean> }) {
  return (
    <label class="steer">
      <input
        type="checkbox"
        checked={steers.value}
        onChange={({ currentTarget }) => (steers.value = currentTarget.checked)}
      />
      {words.steer(names)}
    </label>
  );
}

function hintOf(state: RoomState): string {
  const shown = shownStateOf(state);
  if (shown === "halted") return texts.room.haltedHint;
  return shown === "paused" ? texts.room.pausedHint : words.hint;
}

/** The recipients by name, and the agents that are in a turn now. */
function busyAgents(typed: string, { participants }: RoomState): string[] {
  const { to } = addressOf(typed, { participants });
  if (to === "room") return [];
  return participants
    .filter(
      ({ name, kind, status }) => kind === "agent" && status !== "idle" && status !== "offline" && to.includes(name),
    )
    .map(({ name }) => name);
}

/** Enter on a name that is written out already sends, unless there is nothing else to send. */
function completes(event: KeyboardEvent, isMissingLetters: boolean): boolean {
  if (event.shiftKey) return false;
  return event.key === "Tab" || (event.key === "Enter" && isMissingLetters);
}

/** As high as its text, up to a bound. */
function useGrowing(field: { readonly current: HTMLTextAreaElement | null }, text: string): void {
  // The height depends on the text
  useEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(maxHeightPx, area.scrollHeight)}px`;
  }, [text]);
}

function Choices({
  choices,
  chosen,
  onPick,
}: {
  choices: readonly CompletionChoice[];
  chosen: CompletionChoice;
  onPick: (name: string) => void;
}) {
  const { hue } = useRoom();
  return (
    <div class="choices" id="compose-choices" role="listbox" aria-label={words.suggestions}>
      {choices.map((choice) => (
        <div
          key={choice.name}
          id={`choice-${choice.name}`}
          role="option"
          tabIndex={-1}
          aria-selected={choice === chosen}
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(choice.name);
          }}
        >
          {choice.kind !== "group" && (
            <Avatar name={choice.name} kind={choice.kind} hue={hue(choice.name)} size="small" />
          )}
          <strong>@{choice.name}</strong>
          <span class="muted">
            <Plain text={choiceNote(choice)} />
          </span>
        </div>
      ))}
    </div>
  );
}

function choiceNote({ kind, name, displayName }: CompletionChoice): string {
  if (kind === "group") return name === "room" ? words.everyone : words.allPeople;
  if (displayName.toLowerCase() !== name) return displayName;
  return kind === "agent" ? words.agent : words.person;
}
