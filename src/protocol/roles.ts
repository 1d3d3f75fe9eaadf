import { z } from "zod";
import { gatePolicySchema } from "../core/room/policy.js";

/** A role as everybody may see it who chooses one for an agent. Its text is not in it. */
export const roleView = z.object({
  name: z.string(),
  /** Other names it can be asked for by. */
  aliases: z.array(z.string()),
  description: z.string(),
  /** Tools that an agent of it has, those that run without asking, and rules for calls that are refused. */
  tools: z.object({ allow: z.array(z.string()), autoAllow: z.array(z.string()), deny: z.array(z.string()) }),
  gate: gatePolicySchema,
  /** Absent: the runtime's own default. */
  model: z.string().exactOptional(),
  /** An agent of it can follow a demo script, where no model is used. */
  hasDemo: z.boolean(),
  /** Its file cannot be used any more; agents have it as it was read before. */
  outdated: z.literal(true).exactOptional(),
});

/** Answer of `GET /api/roles`. */
export const roleList = z.object({ roles: z.array(roleView) });

/** A role as a client reads it. */
export type RoleView = z.input<typeof roleView>;
