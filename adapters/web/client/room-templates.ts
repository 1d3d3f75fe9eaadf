/** An agent as it is asked for; its role brings guidance, tools and, without a model, a script along. */
export interface TemplateAgent {
  name: string;
  role: string;
  gate?: "never" | "first" | "always";
}

/** Rooms to start from, by the name of their words in `texts.newRoom.templates`. */
export const roomTemplates = {
  feature: [
    { name: "planner", role: "planner" },
    { name: "coder", role: "coder" },
    { name: "reviewer", role: "reviewer" },
  ],
  pair: [
    { name: "coder", role: "coder" },
    { name: "reviewer", role: "reviewer" },
  ],
  careful: [
    { name: "coder", role: "coder", gate: "always" },
    { name: "reviewer", role: "reviewer", gate: "always" },
  ],
  empty: [],
} as const satisfies Record<string, readonly TemplateAgent[]>;

export type TemplateName = keyof typeof roomTemplates;
export const templateNames = Object.keys(roomTemplates) as TemplateName[];
