import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Policy } from "../../../../src/core/room/policy.js";
import { isEgressEntry } from "../../../../src/core/values/egress.js";
import { texts } from "../texts.js";
import { type Act, Part } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;

type Reminder = keyof typeof words.remind;
const remindAfterS: Readonly<Record<Reminder, number | undefined>> = {
  never: undefined,
  quarter: 900,
  hour: 3_600,
  shift: 28_800,
};
const reminders = Object.keys(remindAfterS) as Reminder[];

/** The name and the rules most rooms change; the others stay as they are. */
export function ManageRules({ act }: { act: Act }) {
  const { session, may, state } = useRoom();
  const policy = useSignal<Policy>({});
  const name = useSignal(state.name);
  const budget = useSignal("");
  const egress = useSignal("");
  const problem = useSignal("");
  const mayChange = may("configure");
  useEffect(() => {
    void session.api.room().then((answer) => {
      if (!answer.ok) return;
      policy.value = answer.value.policy ?? {};
      budget.value = String(policy.value.budget?.usd ?? "");
      egress.value = (policy.value.egress ?? []).join("\n");
    });
  }, [session]);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const usd = budget.value.trim() === "" ? undefined : Number(budget.value);
    const hosts = egress.value.split(/[\s,]+/).filter((entry) => entry !== "");
    const wrong = hosts.find((entry) => !isEgressEntry(entry));
    problem.value = usd === undefined || usd > 0 ? "" : words.badBudget;
    if (problem.value === "" && wrong !== undefined) problem.value = words.badHost(wrong);
    if (problem.value !== "") return;
    const { budget: old, egress: _hosts, ...rest } = policy.value;
    const { usd: _usd, ...otherLimits } = old ?? {};
    const limits = { ...otherLimits, ...(usd !== undefined && { usd }) };
    const next = {
      ...rest,
      ...(Object.keys(limits).length > 0 && { budget: limits }),
      ...(hosts.length > 0 && { egress: hosts }),
    };
    await act(session.api.configure({ name: name.value, policy: next }), words.saved);
  }

  function remind(choice: string): void {
    const { gateReminder: old, ...rest } = policy.value;
    const afterS = remindAfterS[choice as Reminder];
    policy.value = afterS === undefined ? rest : { ...rest, gateReminder: { ...old, afterS } };
  }

  const gate = policy.value.gate ?? "never";
  const reminder = reminders.find((one) => remindAfterS[one] === policy.value.gateReminder?.afterS);
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
            value={name.value}
            onInput={({ currentTarget }) => (name.value = currentTarget.value)}
          />
        </label>
        <Choice
          label={words.policyGate}
          value={typeof gate === "string" ? gate : ""}
          choices={words.gates}
          isOff={!mayChange || typeof gate !== "string"}
          onPick={(value) => {
            policy.value = { ...policy.value, gate: value as "never" };
          }}
        />
        <Choice
          label={words.policyAsk}
          value={policy.value.askIn ?? "thread"}
          choices={words.ask}
          isOff={!mayChange}
          onPick={(value) => {
            policy.value = { ...policy.value, askIn: value as "thread" };
          }}
        />
        <Choice
          label={words.policyRemind}
          value={reminder ?? ""}
          choices={words.remind}
          isOff={!mayChange || reminder === undefined}
          onPick={remind}
        />
        <label>
          {words.budget}
          <input
            class="input"
            inputMode="decimal"
            disabled={!mayChange}
            value={budget.value}
            aria-invalid={problem.value === words.badBudget}
            onInput={({ currentTarget }) => (budget.value = currentTarget.value)}
          />
        </label>
        <label class="whole-line">
          {words.egress}
          <textarea
            class="input"
            rows={3}
            spellcheck={false}
            disabled={!mayChange}
            value={egress.value}
            placeholder={words.egressPlaceholder}
            onInput={({ currentTarget }) => (egress.value = currentTarget.value)}
          />
          <span class="hint">{words.egressHint}</span>
        </label>
        {problem.value !== "" && <p class="problem">{problem.value}</p>}
        {mayChange && (
          <button class="button primary" type="submit">
            {words.save}
          </button>
        )}
      </form>
    </Part>
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
