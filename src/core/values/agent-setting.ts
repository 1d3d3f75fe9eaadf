/** One setting of an agent as it is typed in a chat. */
export type TypedSetting =
  | { model: string }
  | { effort: string }
  | { mode: string }
  | { role: string }
  | { prompt: string }
  | { gate: "never" | "always" | "first" }
  | { budget: { usd: number } };

/** Settings that can be typed. */
export const settingNames = ["model", "effort", "mode", "role", "gate", "budget", "prompt"] as const;

const gates = ["never", "always", "first"] as const;

/** The setting, or what is wrong with it. `value` is one word, but for a prompt. */
export function readSetting(name: string, value: string): TypedSetting | string {
  const lower = value.toLowerCase();
  switch (name) {
    case "model":
      return { model: value };
    case "effort":
      return { effort: lower };
    case "mode":
      return { mode: value };
    case "role":
      return { role: lower };
    case "prompt":
      return { prompt: value };
    case "gate": {
      const gate = gates.find((one) => one === lower);
      return gate ? { gate } : `A gate is never, always or first, not “${value.slice(0, 40)}”.`;
    }
    case "budget": {
      const usd = Number(value.replace(/^\$/, ""));
      return usd > 0 && Number.isFinite(usd) ? { budget: { usd } } : "A budget is a number of US dollars.";
    }
    default:
      return `An agent has no setting “${name.slice(0, 40)}”. There are: ${settingNames.join(", ")}.`;
  }
}
