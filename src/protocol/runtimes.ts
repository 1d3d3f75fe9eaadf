import { z } from "zod";

/** A runtime as everybody may see it who chooses one for an agent. */
export const runtimeView = z.object({
  name: z.string(),
  kind: z.enum(["claude-code", "acp", "scripted"]),
  /** For people. */
  title: z.string(),
  description: z.string().exactOptional(),
  /** Image of its containers. Absent: the agents' image of the installation. */
  image: z.string().exactOptional(),
  /** Model of agents that name none. */
  defaultModel: z.string().exactOptional(),
  /** Models it lists; it may take others. */
  models: z.array(z.string()),
  efforts: z.array(z.string()),
  modes: z.array(z.string()),
  /** Whose models it calls. */
  providers: z.array(z.enum(["anthropic", "openai"])),
  /** `enforced`: a role's tools are the only ones; `asks`: it asks before it writes or runs something; `none`: nothing is limited. */
  tools: z.enum(["enforced", "asks", "none"]),
  /** What of a role it does not enforce, a sentence. */
  limits: z.string().exactOptional(),
  usable: z.boolean(),
  /** Why it cannot be used here, a sentence. */
  whyNot: z.string().exactOptional(),
});

/** Answer of `GET /api/runtimes`. */
export const runtimeList = z.object({ runtimes: z.array(runtimeView) });

/** A runtime as a client reads it. */
export type RuntimeView = z.input<typeof runtimeView>;
