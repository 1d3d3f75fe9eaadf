import { z } from "zod";

const parent = z.string().optional();

/**
 * One entry of the record of a turn, as it is read: what the agent did, thought or was told. `parent`: the id of the tool whose subagent did it. Members are only
 * added, and are optional, for older journals are read for ever.
 */
export const stepSchema = z.discriminatedUnion("type", [
  /** A complete text of the agent or, with `subagent`, of one below it. */
  z.object({ type: z.literal("block"), text: z.string(), subagent: z.literal(true).optional(), parent }),
  /** A tool was started, or has ended. `input`: where it became known or changed; `inputBytes`: of all of it, if `input` is not all. */
  z.object({
    type: z.literal("tool"),
    id: z.string(),
    name: z.string(),
    phase: z.enum(["started", "ended", "failed"]),
    summary: z.string(),
    input: z.string().optional(),
    inputBytes: z.number().optional(),
    parent,
  }),
  /** What the tool of this `id` gave back. `bytes`: of all of it. `cut`: `text` is not all. `blob`: all of it is stored, and can be read by its tool's id. */
  z.object({
    type: z.literal("tool.result"),
    id: z.string(),
    ok: z.boolean(),
    bytes: z.number(),
    text: z.string(),
    cut: z.literal(true).optional(),
    blob: z.string().optional(),
    parent,
  }),
  /** The whole plan; it replaces the one before. */
  z.object({ type: z.literal("plan"), entries: z.array(z.object({ text: z.string(), state: z.string() })) }),
  z.object({ type: z.literal("thinking"), text: z.string(), parent }),
  /** The conversation was shortened to `summary`. */
  z.object({ type: z.literal("compaction"), summary: z.string(), tokensBefore: z.number().optional() }),
  z.object({
    type: z.literal("usage"),
    model: z.string().optional(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    cacheReadTokens: z.number(),
    cacheWriteTokens: z.number(),
    usd: z.number(),
  }),
  z.object({ type: z.literal("notice"), text: z.string() }),
]);
/** One entry of the record of a turn. */
export type TurnStep = z.infer<typeof stepSchema>;

/** An entry with its place in the agent's journal, `version.index`, and its time, Unix ms. */
export type PlacedStep = TurnStep & { place: string; at: number };

/** A journal's entry with its marks. `gated`: the agent's messages were held at that time. `held`: people were asked, or might still be. */
export interface StoredStep {
  turnId: string;
  gated: boolean;
  held: boolean;
  step: TurnStep;
}

const marksSchema = z.object({ turnId: z.string(), gated: z.unknown().optional(), held: z.unknown().optional() });

/** Reads a stored entry; undefined for one outside a turn, and for one of a later version. */
export function readStep(stored: unknown): StoredStep | undefined {
  const step = stepSchema.safeParse(stored).data;
  const marks = marksSchema.safeParse(stored).data;
  if (!step || !marks) return undefined;
  return { turnId: marks.turnId, gated: marks.gated === true, held: marks.held === true, step };
}
