import type { Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { isGatesWide } from "../browser-settings.js";
import { fileChangeOf } from "../file-change.js";
import { effectOf } from "../gate-effect.js";
import { inputFields } from "../gate-input.js";
import type { Gate } from "../open-gates.js";
import { texts } from "../texts.js";
import { hidesSomething, mixesAlphabets } from "../visible-text.js";
import { Key, Plain, Scrollable, useMedia, Wary } from "./basics.js";
import { LaterFileChanges } from "./changes-later.js";
import { Markdown } from "./markdown-view.js";
import { MessageFiles } from "./message-files.js";
import { onPageKey } from "./page-keys.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

/** What a gate is about: its text or input, what that does, and a warning of letters that deceive. */
export function GateMatter({
  gate,
  body,
  isExact,
  isBeingEdited,
  isInForm,
}: {
  gate: Gate;
  body: string;
  isExact: Signal<boolean>;
  isBeingEdited: boolean;
  /** The form below shows the same text. */
  isInForm: boolean;
}) {
  const { state } = useRoom();
  const isWidePage = useMedia("(min-width: 75rem)");
  const toggle = () => {
    isExact.value = !isExact.value;
  };
  const change = gate.kind === "tool" && gate.tool !== undefined ? fileChangeOf(gate.tool, body) : undefined;
  const hasTwoForms = gate.kind !== "tool" || change !== undefined;
  const effect = effectOf(gate, body);
  return (
    <>
      {hasTwoForms && !isBeingEdited && <ExactToggle isExact={isExact.value} onToggle={toggle} />}
      {!isBeingEdited && !isInForm && change && !isExact.value && (
        <LaterFileChanges change={change} isWide={isGatesWide.value && isWidePage} />
      )}
      {!isBeingEdited && !isInForm && (!change || isExact.value) && (
        <GateBody gate={gate} body={body} isExact={isExact.value} />
      )}
      <MessageFiles files={gate.content?.attachments ?? []} roomId={state.roomId} label={texts.files.held} />
      {effect !== undefined && (
        <p class="gate-effect">
          <Wary text={effect} />
        </p>
      )}
      {mixesAlphabets(body) && <p class="warning">{words.lookAlike}</p>}
      {hidesSomething(body) && <p class="warning">{words.hidden}</p>}
    </>
  );
}

/** Switches between the formatted text of a gate and every character of it as it was written. */
function ExactToggle({ isExact, onToggle }: { isExact: boolean; onToggle: () => void }) {
  useEffect(() => onPageKey({ x: onToggle }));
  return (
    <p class="gate-exact">
      <button
        class="button small quiet"
        type="button"
        aria-pressed={isExact}
        aria-keyshortcuts="x"
        title={words.exactHint}
        onClick={onToggle}
      >
        {words.exact} <Key letter="x" />
      </button>
    </p>
  );
}

/** Text that is decided on: formatted like a message, or exactly as it was written. Letters that pass for others are marked either way. */
export function DecidedText({ text, isExact }: { text: string; isExact: boolean }) {
  const { state } = useRoom();
  const key = state.participants.map(({ name }) => name).join(" ");
  const names = useMemo(() => new Set(key.split(" ")), [key]);
  if (!isExact) return <Markdown text={text} names={names} isWary />;
  return (
    <div class="exact-text" dir="auto">
      <Wary text={text} />
    </div>
  );
}

/** The full content of the gate. Long texts scroll in their own box. */
function GateBody({ gate, body, isExact }: { gate: Gate; body: string; isExact: boolean }) {
  const fields = gate.kind === "tool" ? inputFields(body) : undefined;
  if (!fields) {
    return (
      <Scrollable class="gate-text body" label={words.fullText} dir="auto">
        <DecidedText text={body} isExact={isExact} />
      </Scrollable>
    );
  }
  return (
    <Scrollable class="gate-text gate-input" label={words.toolInput}>
      {fields.length === 0 ? (
        <Plain text={body} />
      ) : (
        <dl>
          {fields.map(({ name, text }) => (
            <div key={name}>
              <dt>
                <Plain text={name} />
              </dt>
              <dd dir="ltr">
                <Wary text={text} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Scrollable>
  );
}
