/** Families of models, as Claude Code names them in short. `opusplan` plans with one and works with another. */
const families: Readonly<Record<string, readonly string[]>> = {
  sonnet: ["sonnet"],
  opus: ["opus"],
  haiku: ["haiku"],
  fable: ["fable"],
  mythos: ["mythos"],
  opusplan: ["opus", "sonnet"],
  best: ["opus", "fable", "mythos"],
};

/** Whether a call may name this model: an allowed id with or without a date behind it, or a model of an allowed family. `[1m]` is not part of a name. */
export function isModelAllowed(model: string, allowed: readonly string[]): boolean {
  const name = withoutSuffix(model);
  return allowed.map(withoutSuffix).some((one) => {
    if (name === one || (name.startsWith(`${one}-`) && /^\d{8}$/.test(name.slice(one.length + 1)))) return true;
    const members = Object.hasOwn(families, one) ? families[one] : undefined;
    return members?.some((family) => name.startsWith("claude-") && name.split("-").includes(family)) ?? false;
  });
}

function withoutSuffix(model: string): string {
  return model.replace(/\[1m\]$/, "");
}
