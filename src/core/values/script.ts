import { z } from "zod";

const scriptRuleSchema = z.strictObject({
  on: z.literal("start").optional(),
  match: z.string().max(1_000).optional(),
  from: z.string().max(40).optional(),
  reply: z.string().max(32_768).optional(),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  times: z.number().int().positive().optional(),
  stream: z.boolean().optional(),
  work: z
    .array(
      z.strictObject({
        tool: z.string().max(64),
        input: z.unknown().optional(),
        ms: z.number().int().min(0).max(600_000),
        output: z.string().max(32_768).optional(),
        failed: z.literal(true).optional(),
      }),
    )
    .max(50)
    .optional(),
  ask: z
    .union([
      z.strictObject({ tool: z.string().max(64), input: z.unknown() }),
      z.strictObject({ question: z.string().max(4_000), options: z.array(z.string().max(200)).max(20).optional() }),
    ])
    .optional(),
  thinking: z.string().min(1).max(8_192).optional(),
  plan: z.array(z.string().min(1).max(200)).min(1).max(20).optional(),
  fail: z.enum(["error", "crash", "hang"]).optional(),
});
/** Form of a script. */
export const scriptSchema = z.array(scriptRuleSchema).max(200);
/** One rule of a scripted agent; rules are tried in order for each incoming message. */
export type ScriptRule = z.infer<typeof scriptRuleSchema>;
