/** Whether a call may name this model: an allowed id, with or without the date of a snapshot behind it (`-2026-04-23`). */
export function isOpenAiModelAllowed(model: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => {
    if (model === one) return true;
    return model.startsWith(`${one}-`) && /^\d{4}-\d{2}-\d{2}$/.test(model.slice(one.length + 1));
  });
}

/** The list of models in the form of `GET /v1/models`: those the agent may name. */
export function listModels(models: readonly string[]): Response {
  const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "openai" }));
  return Response.json({ object: "list", data });
}

/** What agents call whose program speaks OpenAI's wire. `defaultModel`: Codex 0.171.0's own; models of Claude in roles are not theirs. */
export const openAiModels = {
  defaultModel: "gpt-6.2-sol",
  helperModels: [],
  isKnown: (model: string): boolean => /^(?:gpt-|codex-|o\d)/.test(model),
};
