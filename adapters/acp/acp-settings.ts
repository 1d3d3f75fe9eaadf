import type { ClientContext } from "@agentclientprotocol/sdk";
import { z } from "zod";
import type { AgentSettings } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import { errorText } from "./wire-message.js";

const value = z.looseObject({ value: z.string() });
const choice = z.union([value, z.looseObject({ options: z.array(value) })]);
const configOption = z.looseObject({
  id: z.string(),
  category: z.string().nullish(),
  currentValue: z.unknown().optional(),
  options: z.array(choice).optional(),
});
const modeState = z.looseObject({
  currentModeId: z.string(),
  availableModes: z.array(z.looseObject({ id: z.string() })),
});
const offerShape = z.looseObject({
  configOptions: z.array(z.unknown()).nullish(),
  modes: z.unknown().optional(),
});

/** What an agent can be set to in a session, as it tells itself when one opens. A value; it is kept with the session's id. */
export interface AcpOffer {
  readonly options: readonly { id: string; category: string; values: readonly string[] }[];
  readonly modes: readonly string[];
}

/** Nothing can be set. */
export const noOffer: AcpOffer = { options: [], modes: [] };

const maxOffered = 500;

/** Reads what the answer that opened a session offers; what has no such shape is left out. */
export function offerIn(answer: unknown): AcpOffer {
  const read = offerShape.safeParse(answer);
  if (!read.success) return noOffer;
  const options = (read.data.configOptions ?? []).slice(0, maxOffered).flatMap((item) => {
    const option = configOption.safeParse(item);
    if (!option.success) return [];
    const { id, category, options: choices = [] } = option.data;
    const values = choices.flatMap((one) => ("options" in one && Array.isArray(one.options) ? one.options : [one]));
    const known = values.flatMap((one) => ("value" in one && typeof one.value === "string" ? [one.value] : []));
    return [{ id, category: category ?? "", values: known.slice(0, maxOffered) }];
  });
  const modes = modeState.safeParse(read.data.modes);
  return { options, modes: modes.success ? modes.data.availableModes.slice(0, maxOffered).map(({ id }) => id) : [] };
}

/** Categories of ACP v1's `SessionConfigOptionCategory`, and ids that agents use without one. */
const categories: Readonly<Record<keyof AgentSettings, readonly string[]>> = {
  model: ["model"],
  effort: ["thought_level", "reasoning_effort"],
  mode: ["mode"],
};

/**
 * Changes what a session runs with. Rejects with a `PortError` (`refused`) where the agent does not offer it; settings before it were changed then.
 */
export async function applySettings(
  agent: ClientContext,
  { sessionId, offer, settings, title }: { sessionId: string; offer: AcpOffer; settings: AgentSettings; title: string },
): Promise<void> {
  for (const setting of ["model", "effort", "mode"] as const) {
    const wanted = settings[setting];
    if (wanted === undefined) continue;
    const request = requestFor({ sessionId, offer, setting, wanted });
    if ("offered" in request) throw notOffered(title, { setting, wanted, offered: request.offered });
    await agent.request<unknown, unknown>(request.method, request.params).catch((cause: unknown) => {
      const text = `${title} did not take the ${setting} ${wanted}: ${errorText(cause)}. It was not changed.`;
      throw new PortError(text, { code: "refused", retryable: false, cause });
    });
  }
}

function requestFor(asked: {
  sessionId: string;
  offer: AcpOffer;
  setting: keyof AgentSettings;
  wanted: string;
}): { method: string; params: object } | { offered: readonly string[] } {
  const { sessionId, offer, setting, wanted } = asked;
  const names = categories[setting];
  const option =
    offer.options.find(({ category }) => names.includes(category)) ??
    offer.options.find(({ id }) => names.includes(id));
  if (option?.values.includes(wanted)) {
    return { method: "session/set_config_option", params: { sessionId, configId: option.id, value: wanted } };
  }
  if (setting === "mode" && offer.modes.includes(wanted)) {
    return { method: "session/set_mode", params: { sessionId, modeId: wanted } };
  }
  return { offered: option?.values ?? (setting === "mode" ? offer.modes : []) };
}

function notOffered(
  title: string,
  { setting, wanted, offered }: { setting: string; wanted: string; offered: readonly string[] },
): PortError {
  const what =
    offered.length === 0
      ? `${title} offers no choice of its ${setting}`
      : `it offers ${offered.slice(0, 20).join(", ")}`;
  const text = `${title} does not take the ${setting} ${wanted}: ${what}. It was not changed.`;
  return new PortError(text, { code: "refused", retryable: false });
}
