import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  checkedRules,
  openRulesForm,
  type RulesForm,
  reminderIn,
  rulesToSave,
  withReminder,
  withRule,
  withRules,
} from "../rules-form.js";
import { texts } from "../texts.js";
import { type Act, Part } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

/** The name and the rules most rooms change; the others stay as they are. */
export function ManageRules({ act }: { act: Act }) {
  const { session, may, state } = useRoom();
  const form = useSignal(openRulesForm(state.name));
  const mayChange = may("configure");
  useEffect(() => {
    void session.api.room().then((answer) => {
      if (answer.ok) form.value = withRules(form.value, answer.value.policy ?? {});
    });
  }, [session]);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    form.value = checkedRules(form.value);
    if (form.value.problem === undefined) await act(session.api.configure(rulesToSave(form.value)), words.saved);
  }

  const { name, problem } = form.value;
  return (
    <Part heading={words.rules}>
      {!mayChange && <p class="hint">{words.rulesOwner}</p>}
      <form class="fields" onSubmit={save}>
        <label>
          {words.roomName}
          <input
            class="input"
            disabled={!mayChange}
            maxLength={80}
            value={name}
            onInput={({ currentTarget }) => {
              form.value = { ...form.value, name: currentTarget.value };
            }}
          />
        </label>
        <PickedRules form={form} mayChange={mayChange} />
        <TypedRules form={form} mayChange={mayChange} />
        {problem !== undefined && <p class="problem">{problem}</p>}
        {mayChange && (
          <button class="button primary" type="submit">
            {words.save}
          </button>
        )}
      </form>
    </Part>
  );
}

interface RulesProps {
  form: Signal<RulesForm>;
  mayChange: boolean;
}

/** Rules with a list of choices. */
function PickedRules({ form, mayChange }: RulesProps) {
  const { gate = "never", askIn = "thread" } = form.value.policy;
  const reminder = reminderIn(form.value);
  return (
    <>
      <Choice
        label={words.policyGate}
        value={typeof gate === "string" ? gate : ""}
        choices={words.gates}
        isOff={!mayChange || typeof gate !== "string"}
        onPick={(value) => {
          form.value = withRule(form.value, { gate: value as "never" });
        }}
      />
      <Choice
        label={words.policyAsk}
        value={askIn}
        choices={words.ask}
        isOff={!mayChange}
        onPick={(value) => {
          form.value = withRule(form.value, { askIn: value as "thread" });
        }}
      />
      <Choice
        label={words.policyRemind}
        value={reminder ?? ""}
        choices={words.remind}
        isOff={!mayChange || reminder === undefined}
        onPick={(value) => {
          form.value = withReminder(form.value, value);
        }}
      />
    </>
  );
}

/** Rules that are typed. */
function TypedRules({ form, mayChange }: RulesProps) {
  const { budget, egress, problem } = form.value;
  return (
    <>
      <label>
        {words.budget}
        <input
          class="input"
          inputMode="decimal"
          disabled={!mayChange}
          value={budget}
          aria-invalid={problem === words.badBudget}
          onInput={({ currentTarget }) => {
            form.value = { ...form.value, budget: currentTarget.value };
          }}
        />
      </label>
      <label class="whole-line">
        {words.egress}
        <textarea
          class="input"
          rows={3}
          spellcheck={false}
          disabled={!mayChange}
          value={egress}
          placeholder={words.egressPlaceholder}
          onInput={({ currentTarget }) => {
            form.value = { ...form.value, egress: currentTarget.value };
          }}
        />
        <span class="hint">{words.egressHint}</span>
      </label>
    </>
  );
}

function Choice({
  label,
  value,
  choices,
  isOff,
  onPick,
}: {
  label: string;
  value: string;
  choices: Readonly<Record<string, string>>;
  isOff: boolean;
  onPick: (value: string) => void;
}) {
  return (
    <label>
      {label}
      <select
        class="input"
        disabled={isOff}
        value={value}
        onChange={({ currentTarget }) => onPick(currentTarget.value)}
      >
        {Object.entries(choices).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
