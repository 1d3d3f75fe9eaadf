import { z } from "zod";

/** Events about the delivery of a message that a person asked for after it was posted; part of `eventSchemas`. */
export const deliveryEventSchemas = {
  /** A message whose turn failed is delivered again. `attempt`: counts from 1, the first delivery. */
  "message.retried": z.object({
    messageId: z.string(),
    agents: z.array(z.string()),
    by: z.string(),
    attempt: z.number(),
  }),
  /** Its sender took it back from these agents before any of them took it. `replacedBy`: the message that was posted in its place. */
  "message.withdrawn": z.object({
    messageId: z.string(),
    agents: z.array(z.string()),
    by: z.string(),
    replacedBy: z.string().optional(),
  }),
} as const;
