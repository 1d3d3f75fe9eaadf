import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AgentDetails } from "../../../../src/protocol/agents.js";
import {
  type AgentChoices,
  type AgentField,
  type AgentForm,
  agentChanges,
  agentToAdd,
  checkedAgentForm,
  isAgentFormChanged,
  openAgentForm,
  ruleByParts,
  withAgentField,
  withAgentProblem,
} from "../agent-form.js";
import { hasProblems } from "../form-problems.js";
import { texts } from "../texts.js";
import { ProblemText } from "./basics.js";
import { ChoiceList, focusFirstProblem, LabelledField, type ManageContext, markUnsaved } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

/** The settings of an agent, or of one to add. A refusal is said at its field, and what was typed stays. */
export function AgentFormView({
  settings,
  choices,
  context,
  onSaved,
}: {
  settings: AgentDetails | undefined;
  choices: AgentChoices;
  context: ManageContext;
  onSaved: () => unknown;
}) {
  const { session } = useRoom();
  const form = useSignal(openAgentForm(settings));
  const element = useRef<HTMLFormElement>(null);
  const id = settings?.name ?? "";
  useEffect(() => () => markUnsaved(context, id, false), [id]);
  const set = (field: AgentField, value: string) => {
    form.value = withAgentField(form.value, field, value);
    markUnsaved(context, id, isAgentFormChanged(form.value));
  };
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    form.value = checkedAgentForm(form.value);
    if (hasProblems(form.value.problems)) return focusFirstProblem(element.current);
    const changes = agentChanges(form.value);
    if (settings && !changes) return context.tell(words.nothingChanged);
    const added = agentToAdd(form.value);
    const answer = await (changes && settings
      ? session.api.configureAgent(settings.name, changes)
      : session.api.addAgent(added));
    if (!answer.ok) {
      form.value = withAgentProblem(form.value, answer.problem);
      return focusFirstProblem(element.current);
    }
    context.tell(settings ? words.settingsSaved(settings.name) : words.added(added.name));
    markUnsaved(context, id, false);
    form.value = { ...form.value, before: form.value.typed };
    onSaved();
  }
  return (
    <form class="fields" ref={element} noValidate onSubmit={save}>
      {!settings && <TextField field="name" form={form} set={set} />}
      <RoleField form={form} set={set} choices={choices} />
      <RuntimeField form={form} set={set} choices={choices} isFixed={settings !== undefined} />
      {(["model", "effort", "mode"] as const).map((field) => (
        <TextField key={field} field={field} form={form} set={set} />
      ))}
      <GateField form={form} set={set} />
      {(["usd", "usdPerDay", "usdPerMonth", "tokens"] as const).map((field) => (
        <TextField key={field} field={field} form={form} set={set} isNumber />
      ))}
      <LongField field="prompt" form={form} set={set} />
      {!settings && <LongField field="initialPrompt" form={form} set={set} />}
      {form.value.problems.rest !== undefined && <ProblemText>{form.value.problems.rest}</ProblemText>}
      <div class="whole-line">
        {settings && <p class="hint">{words.settingsHint}</p>}
        <button class="button primary" type="submit">
          {settings ? words.saveSettings : words.addAgent}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  form: Signal<AgentForm>;
  set: (field: AgentField, value: string) => void;
}

const hintOf = (field: AgentField): string | undefined =>
  (words.agentHint as Partial<Record<AgentField, string>>)[field];

function TextField({ field, form, set, isNumber }: FieldProps & { field: AgentField; isNumber?: boolean }) {
  return (
    <LabelledField label={words.agent[field]} hint={hintOf(field)} problem={form.value.problems.byField[field]}>
      {(attributes) => (
        <input
          class="input"
          {...attributes}
          maxLength={200}
          spellcheck={false}
          autocomplete="off"
          {...(isNumber && { inputMode: "decimal" as const })}
          value={form.value.typed[field]}
          onInput={({ currentTarget }) => set(field, currentTarget.value)}
        />
      )}
    </LabelledField>
  );
}

function LongField({ field, form, set }: FieldProps & { field: "prompt" | "initialPrompt" }) {
  return (
    <LabelledField isWide label={words.agent[field]} hint={hintOf(field)} problem={form.value.problems.byField[field]}>
      {(attributes) => (
        <textarea
          class="input"
          {...attributes}
          rows={field === "prompt" ? 4 : 2}
          dir="auto"
          value={form.value.typed[field]}
          onInput={({ currentTarget }) => set(field, currentTarget.value)}
        />
      )}
    </LabelledField>
  );
}

/** The role by name; its description stands below. A role that is not offered any more stays the agent's. */
function RoleField({ form, set, choices }: FieldProps & { choices: AgentChoices }) {
  const { typed, before, problems } = form.value;
  const names = choices.roles.map(({ name }) => name);
  const kept = before.role !== "" && !names.includes(before.role) ? [before.role] : [];
  const none: readonly (readonly [string, string])[] = before.name === "" ? [["", words.roleDefault]] : [];
  const description = choices.roles.find(({ name }) => name === typed.role)?.description;
  return (
    <LabelledField isWide label={words.agent.role} hint={description} problem={problems.byField.role}>
      {(attributes) => (
        <ChoiceList
          attributes={attributes}
          value={typed.role}
          choices={[...none, ...[...kept, ...names].map((name) => [name, name] as const)]}
          onPick={(value) => set("role", value)}
        />
      )}
    </LabelledField>
  );
}

function RuntimeField({ form, set, choices, isFixed }: FieldProps & { choices: AgentChoices; isFixed: boolean }) {
  const { typed, problems } = form.value;
  const offered = isFixed ? [typed.runtime] : choices.runtimes;
  const none: readonly (readonly [string, string])[] = isFixed ? [] : [["", words.runtimeDefault]];
  return (
    <LabelledField
      label={words.agent.runtime}
      hint={isFixed ? words.agentHint.runtime : undefined}
      problem={problems.byField.runtime}
    >
      {(attributes) => (
        <ChoiceList
          attributes={attributes}
          value={typed.runtime}
          isOff={isFixed}
          choices={[...none, ...offered.map((name) => [name, name] as const)]}
          onPick={(value) => set("runtime", value)}
        />
      )}
    </LabelledField>
  );
}

function GateField({ form, set }: FieldProps) {
  const { typed, before, problems } = form.value;
  const choices: (readonly [string, string])[] = Object.entries(words.gates);
  if (before.gate === "") choices.unshift(["", words.gateDefault]);
  if (before.gate === ruleByParts) choices.unshift([ruleByParts, words.gateParts]);
  return (
    <LabelledField label={words.agent.gate} hint={words.agentHint.gate} problem={problems.byField.gate}>
      {(attributes) => (
        <ChoiceList
          attributes={attributes}
          value={typed.gate}
          choices={choices}
          onPick={(value) => set("gate", value)}
        />
      )}
    </LabelledField>
  );
}
