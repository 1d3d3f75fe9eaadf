import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { hasProblems } from "../form-problems.js";
import {
  checkedRules,
  type NumberRule,
  openRulesForm,
  type RuleField,
  type RulesForm,
  reminderIn,
  rulesToSave,
  withLoopGuard,
  withReminder,
  withRule,
  withRules,
  withRulesProblem,
  withTyped,
} from "../rules-form.js";
import { texts } from "../texts.js";
import { ProblemText } from "./basics.js";
import { ChoiceList, focusFirstProblem, LabelledField, type ManageContext, markUnsaved, Part } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;
const formName = " rules";

/** The name and every rule of the room, each with its default and its effect. */
export function ManageRules({ context }: { context: ManageContext }) {
  const { session, may, state } = useRoom();
  const form = useSignal(openRulesForm(state.name));
  const element = useRef<HTMLFormElement>(null);
  const mayChange = may("configure");
  useEffect(() => {
    void session.api.room().then((answer) => {
      if (answer.ok) form.value = withRules(form.value, answer.value.policy ?? {});
    });
  }, [session]);
  const change = (next: RulesForm) => {
    form.value = next;
    markUnsaved(context, formName, true);
  };
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    form.value = checkedRules(form.value);
    if (hasProblems(form.value.problems)) return focusFirstProblem(element.current);
    const newest = await session.api.room();
    const toSave = newest.ok ? rulesToSave(form.value, newest.value.policy) : undefined;
    const answer = toSave ? await session.api.configure(toSave) : newest;
    if (!answer.ok) {
      form.value = withRulesProblem(form.value, answer.problem);
      return focusFirstProblem(element.current);
    }
    if (toSave) form.value = withRules(form.value, toSave.policy);
    markUnsaved(context, formName, false);
    context.tell(words.saved);
  }
  return (
    <Part heading={words.rules}>
      {!mayChange && <p class="hint">{words.rulesOwner}</p>}
      <form ref={element} noValidate onSubmit={save}>
        <fieldset class="rules" disabled={!mayChange}>
          <RuleFields form={form} change={change} />
        </fieldset>
        {form.value.problems.rest !== undefined && <ProblemText>{form.value.problems.rest}</ProblemText>}
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
  change: (next: RulesForm) => void;
}

function RuleFields(props: RulesProps) {
  const { form, change } = props;
  return (
    <>
      <div class="fields">
        <LabelledField isWide label={words.roomName} problem={form.value.problems.byField.name}>
          {(attributes) => (
            <input
              class="input"
              {...attributes}
              maxLength={80}
              value={form.value.name}
              onInput={({ currentTarget }) => change(withTyped(form.value, "name", currentTarget.value))}
            />
          )}
        </LabelledField>
      </div>
      <Group heading={words.held}>
        <PickedRules {...props} />
        <NumberRules {...props} rules={["remindTimes", "expiryMinutes"]} />
      </Group>
      <Group heading={words.limits}>
        <NumberRules {...props} rules={["usd", "usdPerDay", "usdPerMonth", "tokens", "warnPercent"]} />
      </Group>
      <LoopRules {...props} />
      <Group heading={words.hosts}>
        <ListRule {...props} rule="egress" />
        <ListRule {...props} rule="providerAccess" />
      </Group>
    </>
  );
}

function Group({ heading, children }: { heading: string; children: ComponentChildren }) {
  return (
    <fieldset>
      <legend>{heading}</legend>
      <div class="fields">{children}</div>
    </fieldset>
  );
}

/** Rules with a list of choices. A rule that the list lacks stays as it is. */
function PickedRules({ form, change }: RulesProps) {
  const { gate = "never", askIn = "thread" } = form.value.policy;
  const reminder = reminderIn(form.value);
  const isByParts = typeof gate !== "string";
  return (
    <>
      <LabelledField label={words.policyGate} hint={words.policyGateHint}>
        {(attributes) => (
          <ChoiceList
            attributes={attributes}
            value={isByParts ? "" : gate}
            isOff={isByParts}
            choices={[...(isByParts ? [["", words.gateParts] as const] : []), ...Object.entries(words.gates)]}
            onPick={(value) => change(withRule(form.value, { gate: value as "never" }))}
          />
        )}
      </LabelledField>
      <LabelledField label={words.policyAsk} hint={words.policyAskHint}>
        {(attributes) => (
          <ChoiceList
            attributes={attributes}
            value={askIn}
            choices={Object.entries(words.ask)}
            onPick={(value) => change(withRule(form.value, { askIn: value as "thread" }))}
          />
        )}
      </LabelledField>
      <LabelledField label={words.policyRemind} hint={words.policyRemindHint}>
        {(attributes) => (
          <ChoiceList
            attributes={attributes}
            value={reminder ?? ""}
            isOff={reminder === undefined}
            choices={[...(reminder ? [] : [["", words.remindOther] as const]), ...Object.entries(words.remind)]}
            onPick={(value) => change(withReminder(form.value, value))}
          />
        )}
      </LabelledField>
    </>
  );
}

function LoopRules(props: RulesProps) {
  const { form, change } = props;
  const isOn = form.value.policy.loopGuard !== false;
  return (
    <fieldset>
      <legend>
        <label class="check">
          <input
            type="checkbox"
            checked={isOn}
            aria-describedby="loop-guard-hint"
            onChange={({ currentTarget }) => change(withLoopGuard(form.value, currentTarget.checked))}
          />{" "}
          {words.loopGuard}
        </label>
      </legend>
      <p class="hint" id="loop-guard-hint">
        {words.loopGuardHint}
      </p>
      {isOn && (
        <div class="fields">
          <NumberRules {...props} rules={["maxHops", "maxMessages", "maxPairRun", "maxEmptyExchanges"]} />
        </div>
      )}
    </fieldset>
  );
}

function NumberRules({ form, change, rules }: RulesProps & { rules: readonly NumberRule[] }) {
  return (
    <>
      {rules.map((rule) => (
        <LabelledField
          key={rule}
          label={words.number[rule]}
          hint={words.numberHint[rule]}
          problem={form.value.problems.byField[rule]}
        >
          {(attributes) => (
            <input
              class="input"
              {...attributes}
              inputMode="decimal"
              autocomplete="off"
              value={form.value.typed[rule]}
              onInput={({ currentTarget }) => change(withTyped(form.value, rule, currentTarget.value))}
            />
          )}
        </LabelledField>
      ))}
    </>
  );
}

const placeholders: Partial<Record<RuleField, string>> = { egress: words.egressPlaceholder };

function ListRule({ form, change, rule }: RulesProps & { rule: "egress" | "providerAccess" }) {
  const hint = rule === "egress" ? words.egressHint : words.providerAccessHint;
  return (
    <LabelledField isWide label={words[rule]} hint={hint} problem={form.value.problems.byField[rule]}>
      {(attributes) => (
        <textarea
          class="input code-input"
          {...attributes}
          rows={3}
          spellcheck={false}
          placeholder={placeholders[rule]}
          value={form.value.typed[rule]}
          onInput={({ currentTarget }) => change(withTyped(form.value, rule, currentTarget.value))}
        />
      )}
    </LabelledField>
  );
}
