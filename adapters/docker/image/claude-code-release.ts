/** The Claude Code this repository is tested with. */
export const CLAUDE_CODE_VERSION = "2.1.328";

/** Containers run Linux with glibc; the processor is the engine's. */
export type ClaudeCodePlatform = "linux-x64" | "linux-arm64";

/**
 * Pinned digests, so that a registry cannot change a known release later. A version that is not listed is checked against the registry's current
 * digest.
 */
export const PINNED_INTEGRITY: Readonly<Record<string, Readonly<Record<ClaudeCodePlatform, string>>>> = {
  "2.1.328": {
    "linux-x64": "sha512-KuzL+dBHgDCFTHJxwW+xuBJdVKfBsesGx2BBcTOG9sYDGoAD7b1hUV8rsTS4xjoJsB2SmeGraGjBiFuhrYuC9w==",
    "linux-arm64": "sha512-zeWsClzx/rli8q6RsngKisu5BnuZ41J7Htp0qgsdZomaJCINiksf+mewQ/gyaylKajBZCoE9Z8R+OkLMjIkJig==",
  },
};

export const platformOf = (architecture: string): ClaudeCodePlatform | undefined => {
  if (architecture === "x64" || architecture === "x86_64" || architecture === "amd64") return "linux-x64";
  if (architecture === "arm64" || architecture === "aarch64") return "linux-arm64";
  return undefined;
};

/** Name of the image agents run in, as built here. */
export const agentImageTag = (version: string): string => `parley-agent:${version}`;
