import { plural } from "./texts-dialogs.js";

/** Texts about a repository's set-up for agents. */
export const setupTexts = {
  setup: {
    heading: "What the repository sets up for agents",
    hint: "Text of whoever writes in the repository. Agents use only what you tick, exactly as it stands here, from their next turn.",
    open: "Nobody has decided on this yet.",
    stillUsed: (files: number) => `Until then agents use ${plural(files, "file", "files")} of an earlier decision.`,
    kinds: {
      instructions: "read by the agents",
      skill: "a skill, read by the agents when they need it",
      mcp: "RUNS commands in the agents' containers",
      hooks: "RUNS commands in the agents' containers",
    } as Readonly<Record<string, string>>,
    used: "in use",
    textOf: (path: string) => `Text of ${path}`,
    gone: "Its text is gone, so it cannot be used.",
    refused: (path: string, why: string) => `${path} cannot be used: ${why}.`,
    save: (ticked: number) =>
      ticked === 0 ? "Let agents use none of it" : `Let agents use ${plural(ticked, "ticked file", "ticked files")}`,
    saved: "Decided. Each agent has it from its next turn.",
    changed: "The repository changed meanwhile; here is what it has now. Nothing was decided.",
  },
};
