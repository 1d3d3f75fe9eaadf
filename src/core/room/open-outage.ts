import { z } from "zod";

/** An outage that the room was told of and whose end it was not told. Agents of one node cannot be reached, or their model's provider does not answer. */
export interface OpenOutage {
  /** Unix ms. */
  sinceMs: number;
  /** The cause, as a clause for people. */
  why: string;
  /** The model's provider does not answer. */
  awaitsAnswer?: true;
  /** Agents whose turns it cut off, the first ones. */
  cutOff: string[];
}

/** Agents of this node cannot be reached, or their model's provider does not answer. The room is told where it does not know it yet. */
export interface BeginOutage {
  type: "outage.begin";
  node: string;
  /** No other process writes to the log: this one answers for outages that any node announced. */
  onlyNode: boolean;
  /** The notice, and the agent it is about. */
  text: string;
  about: string;
  /** Unix ms. */
  sinceMs: number;
  /** The cause, as a clause for people. */
  why: string;
  /** The model's provider does not answer: only an answer ends the outage. */
  awaitsAnswer?: true;
  /** Agents whose turns it cut off so far. */
  cutOff: readonly string[];
}

/** Outages for which this node answers are over. */
export interface EndOutage {
  type: "outage.end";
  node: string;
  onlyNode: boolean;
  /** Agents whose turns were cut off, as far as this process knows. */
  cutOff: readonly string[];
}

const outageSchema = z.object({
  node: z.string(),
  /** Unix ms. */
  sinceMs: z.number(),
  why: z.string(),
  awaitsAnswer: z.boolean().optional(),
  cutOff: z.array(z.string()).optional(),
});

/** An outage as the notice has it that announces it. */
export type AnnouncedOutage = z.infer<typeof outageSchema>;

/** Fields of a notice: the outage that it announces, and the nodes whose outages it says are over. */
export const outageFields = { outage: outageSchema.optional(), outagesOver: z.array(z.string()).optional() };

/** Outages by the node that announced them. */
export type OpenOutages = Readonly<Record<string, OpenOutage>>;

/** Outages that `node` answers for; one that is the only process answers for those of every node. */
export function outagesOf(
  outages: OpenOutages | undefined,
  { node, onlyNode }: { node: string; onlyNode: boolean },
): [node: string, outage: OpenOutage][] {
  return Object.entries(outages ?? {}).filter(([of]) => onlyNode || of === node);
}
