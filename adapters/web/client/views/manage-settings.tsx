import { useSignal } from "@preact/signals";
import type { ConfigureAgentBody } from "../../../../src/protocol/agents.js";
import type { RoomApi } from "../api.js";
import type { Result } from "../problem.js";
import { texts } from "../texts.js";
import { ProblemText } from "./basics.js";
import type { Act } from "./manage-part.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;
const typedWords = ["role", "model", "effort", "mode"] as const;
type Typed = Record<(typeof typedWords)[number] | "prompt" | "gate" | "budget", string>;
const nothing: Typed = { role: "", model: "", effort: "", mode: "", prompt: "", gate: "", budget: "" };

/** What an agent works by; what is left empty stays as it is. */
export function AgentSettingsForm({ name, act }: { name: string; act: Act }) {
  const { session } = useRoom();
  const typed = useSignal(nothing);
  const problem = useSignal("");
  const set = (field: keyof Typed, value: string) => {
    typed.value = { ...typed.value, [field]: value };
  };
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const body = bodyOf(typed.value);
    problem.value = body === undefined ? words.badAgentBudget : "";
    if (body === undefined || Object.keys(body).length === 0) return;
    if (await act(configure(session.api, name, body), words.settingsSaved(name))) typed.value = nothing;
  }
  return (
    <details>
      <summary>{words.settings(name)}</summary>
      <form class="fields" onSubmit={save}>
        <p class="hint">{words.settingsHint}</p>
        {problem.value !== "" && <ProblemText>{problem.value}</ProblemText>}
        {typedWords.map((field) => (
          <Field key={field} field={field} value={typed.value[field]} onInput={(value) => set(field, value)} />
        ))}
        <label>
          {words.setting.gate}
          <select
            class="input"
            value={typed.value.gate}
            onChange={({ currentTarget }) => set("gate", currentTarget.value)}
          >
            <option value="">{words.settingEmpty}</option>
            {Object.entries(words.gates).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <Field field="budget" value={typed.value.budget} onInput={(value) => set("budget", value)} />
        <label>
          {words.setting.prompt}
          <textarea
            class="input"
            rows={3}
            value={typed.value.prompt}
            onInput={({ currentTarget }) => set("prompt", currentTarget.value)}
          />
        </label>
        <button class="button" type="submit">
          {words.saveSettings}
        </button>
      </form>
    </details>
  );
}

/** A budget replaces all limits of the agent, so those the form does not show are sent again. */
async function configure(api: RoomApi, name: string, body: ConfigureAgentBody): Promise<Result<unknown>> {
  if (body.budget === undefined) return api.configureAgent(name, body);
  const usage = await api.usage();
  if (!usage.ok) return usage;
  const limits = usage.value.agents.find((agent) => agent.name === name)?.limits;
  return api.configureAgent(name, { ...body, budget: { ...limits, ...body.budget } });
}

function Field({
  field,
  value,
  onInput,
}: {
  field: (typeof typedWords)[number] | "budget";
  value: string;
  onInput: (value: string) => void;
}) {
  return (
    <label>
      {words.setting[field]}
      <input
        class="input"
        maxLength={200}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  );
}

/** The typed values as the server takes them; undefined where the budget is not a number. */
function bodyOf({ prompt, gate, budget, ...typed }: Typed): ConfigureAgentBody | undefined {
  const usd = Number(budget);
  if (budget.trim() !== "" && !(usd > 0)) return undefined;
  const given = Object.entries(typed).filter(([, value]) => value.trim() !== "");
  return {
    ...Object.fromEntries(given.map(([field, value]) => [field, value.trim()])),
    ...(prompt.trim() !== "" && { prompt }),
    ...(gate !== "" && { gate: gate as "never" | "first" | "always" }),
    ...(budget.trim() !== "" && { budget: { usd } }),
  };
}
