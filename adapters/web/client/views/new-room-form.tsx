import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { lastName, rememberName } from "../known-rooms.js";
import { startRoom } from "../new-room.js";
import type { CallProblem as ProblemFields } from "../problem.js";
import { problemText } from "../problem-text.js";
import { roomTemplates, type TemplateName, templateNames } from "../room-templates.js";
import { texts } from "../texts.js";
import { ProblemText } from "./basics.js";

const words = texts.newRoom;

/** A room from a template. The admin token lives in the field alone and is gone with it. */
export function NewRoomForm({
  onStarted,
}: {
  onStarted: (room: { roomId: string; roomName: string; me: string }) => void;
}) {
  const first = useRef<HTMLInputElement>(null);
  const room = useSignal("");
  const you = useSignal(lastName());
  const repo = useSignal("");
  const template = useSignal<TemplateName>("feature");
  const adminToken = useSignal("");
  const problem = useSignal("");
  const isBusy = useSignal(false);
  useEffect(() => first.current?.focus(), []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const [name, shown] = [room.value.trim(), you.value.trim()];
    problem.value = missing({ name, shown, adminToken: adminToken.value.trim() });
    if (problem.value !== "") return;
    isBusy.value = true;
    const started = await startRoom({
      name,
      shown,
      template: template.value,
      repo: repo.value.trim(),
      adminToken: adminToken.value,
    });
    isBusy.value = false;
    if (!started.ok) {
      problem.value = startProblem(started.problem);
      return;
    }
    rememberName(shown);
    onStarted({ roomId: started.value.roomId, roomName: name, me: started.value.owner });
  }

  return (
    <form class="join-form" onSubmit={submit} noValidate>
      <Field label={words.room} value={room} inputRef={first} placeholder={words.roomPlaceholder} maxLength={80} />
      <Field label={words.you} value={you} maxLength={48} autoComplete="nickname" />
      <fieldset class="templates">
        <legend>{words.template}</legend>
        {templateNames.map((name) => (
          <label class="template" key={name}>
            <input
              type="radio"
              name="template"
              checked={template.value === name}
              onChange={() => {
                template.value = name;
              }}
            />
            <span>
              <strong>{words.templates[name].name}</strong>
              <span class="muted">{words.templates[name].about}</span>
              {roomTemplates[name].length > 0 && (
                <small>{roomTemplates[name].map((agent) => `@${agent.name}`).join(" ")}</small>
              )}
            </span>
          </label>
        ))}
      </fieldset>
      <Field label={words.repo} value={repo} placeholder={words.repoPlaceholder} maxLength={300} />
      <Field label={words.token} value={adminToken} type="password" hint={words.tokenHint} />
      {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
      <button class="button primary wide" type="submit" disabled={isBusy.value}>
        {isBusy.value ? words.starting : words.submit}
      </button>
    </form>
  );
}

function Field({
  label,
  value,
  hint,
  inputRef,
  ...input
}: {
  label: string;
  value: { value: string };
  hint?: string;
  inputRef?: { current: HTMLInputElement | null };
  placeholder?: string;
  maxLength?: number;
  type?: "password";
  autoComplete?: string;
}) {
  const id = `new-${label.replaceAll(/\W/g, "-")}`;
  return (
    <>
      <label for={id}>{label}</label>
      <input
        class="input"
        autoComplete="off"
        {...input}
        id={id}
        ref={inputRef ?? null}
        value={value.value}
        {...(hint !== undefined && { "aria-describedby": `${id}-hint` })}
        onInput={({ currentTarget }) => {
          value.value = currentTarget.value;
        }}
      />
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </>
  );
}

function missing({ name, shown, adminToken }: { name: string; shown: string; adminToken: string }): string {
  if (name === "") return words.problem.needRoom;
  if (shown === "") return words.problem.needName;
  return adminToken === "" ? words.problem.needToken : "";
}

function startProblem(problem: ProblemFields): string {
  return problem.status === 401 || problem.status === 403 ? words.problem.wrongToken : problemText(problem);
}
