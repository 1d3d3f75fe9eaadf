import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Joined } from "../../../../src/protocol/people.js";
import { join } from "../api.js";
import { codeIn } from "../invite-link.js";
import {
  checkedLink,
  type JoinFormState,
  joinRequest,
  openJoinForm,
  refusedJoin,
  submitted,
  withCode,
  withDisplayName,
} from "../join-form.js";
import { type KnownRoom, lastName, rememberName } from "../known-rooms.js";
import { texts } from "../texts.js";
import { Problem } from "./basics.js";
import { useNameFor } from "./name-for.js";

const words = texts.join;

const known = ({ roomId, name }: Joined): KnownRoom => ({ roomId, roomName: roomId, me: name });

/** Asks for a code and a name, and joins. A code of the link that needs no name joins at once. */
export function JoinForm({ code: given, onJoined }: { code: string; onJoined: (room: KnownRoom) => void }) {
  const form = useSignal(openJoinForm(given, lastName()));
  const first = useRef<HTMLInputElement>(null);
  const { suggested, displayName, step, problem } = form.value;
  const derived = useNameFor(displayName);
  const name = suggested ?? derived;
  const isChecking = step === "checking";
  useEffect(() => {
    if (!isChecking) first.current?.focus();
  }, [isChecking]);
  // Once, with the code of the link
  useEffect(() => {
    if (isChecking) void checkLink();
  }, []);

  const nameShown = () => name ?? form.value.displayName.trim();

  async function checkLink(): Promise<void> {
    const joined = await join({ code: codeIn(given) });
    if (joined.ok) return onJoined(known(joined.value));
    form.value = checkedLink(form.value, joined.problem, nameShown());
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    form.value = submitted(form.value);
    if (form.value.step !== "joining") return;
    const request = joinRequest(form.value);
    const joined = await join(request);
    if (!joined.ok) {
      form.value = refusedJoin(form.value, joined.problem, nameShown());
      return;
    }
    form.value = { ...form.value, step: "editing" };
    rememberName(request.displayName);
    onJoined(known(joined.value));
  }

  if (isChecking) {
    return (
      <p class="card" role="status">
        {words.checking}
      </p>
    );
  }
  return (
    <form class="card join-form" onSubmit={submit} aria-labelledby="join-heading" noValidate>
      <h2 id="join-heading">{words.heading}</h2>
      <p class="muted">{given === "" ? words.intro : words.introWithCode}</p>
      <CodeField form={form} first={given === "" ? first : null} />
      <NameField form={form} first={given === "" ? null : first} name={name} />
      {problem !== undefined && <Problem>{problem}</Problem>}
      <button class="button primary wide" type="submit" disabled={step === "joining"}>
        {step === "joining" ? words.joining : suggested === undefined ? words.submit : words.submitAs(suggested)}
      </button>
    </form>
  );
}

interface FieldProps {
  form: Signal<JoinFormState>;
  /** Set on the field that has the focus first. */
  first: RefObject<HTMLInputElement | null> | null;
}

function CodeField({ form, first }: FieldProps) {
  return (
    <>
      <label for="join-code">{words.code}</label>
      <input
        id="join-code"
        ref={first}
        class="input code-input"
        value={form.value.code}
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        aria-describedby="join-code-hint"
        onInput={(event) => {
          form.value = withCode(form.value, event.currentTarget.value);
        }}
      />
      <p class="hint" id="join-code-hint">
        {words.codeHint}
      </p>
    </>
  );
}

function NameField({ form, first, name }: FieldProps & { name: string | undefined }) {
  return (
    <>
      <label for="join-name">{words.name}</label>
      <input
        id="join-name"
        ref={first}
        class="input"
        value={form.value.displayName}
        maxLength={48}
        autoComplete="nickname"
        aria-describedby="join-name-hint"
        onInput={(event) => {
          form.value = withDisplayName(form.value, event.currentTarget.value);
        }}
      />
      <p class="hint" id="join-name-hint">
        {name === undefined ? words.nameHint : words.handle(name)}
      </p>
    </>
  );
}
