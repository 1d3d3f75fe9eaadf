import { z } from "zod";
import { isEgressEntry, maxEgressEntries } from "../values/egress.js";
import { isProviderAccessEntry, maxProviderAccessEntries } from "../values/provider-access.js";

/** When an agent's messages are held for a person. `first` ends with its first approve or edit. */
export const gatePolicySchema = z.union([
  z.enum(["never", "always", "first"]),
  z.strictObject({
    to: z.array(z.string().max(40)).max(20).optional(),
    prefix: z.array(z.string().min(1).max(64)).max(20).optional(),
  }),
]);
/** Which messages of agents are held. */
export type GatePolicy = z.infer<typeof gatePolicySchema>;

const positive = z.number().int().positive();

/**
 * Limits of spending: US dollars and tokens of all kinds in all, US dollars on a UTC day and in a UTC month. The room is warned once the share
 * `warnAt` of one is used; default 0.8.
 */
export const budgetSchema = z.strictObject({
  usd: z.number().positive().optional(),
  tokens: positive.optional(),
  usdPerDay: z.number().positive().optional(),
  usdPerMonth: z.number().positive().optional(),
  warnAt: z.number().positive().max(1).optional(),
});
/** Maximum spending: dollars in all, a day or a month, tokens, or several of them. */
export type Budget = z.infer<typeof budgetSchema>;

const egressForm =
  'a name in lower case such as "packages.example.com", "*.example.org" for its sub-domains, with ":80" behind it for another port than 443; no address, no URL';

/** Form of an egress list: `host` or `host:port`. */
export const egressSchema = z
  .array(
    z.string().superRefine((text, context) => {
      if (isEgressEntry(text)) return;
      const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
      context.addIssue(`${shown} is not an egress entry. It has to be ${egressForm}.`);
    }),
  )
  .max(maxEgressEntries);

const providerAccessForm =
  '"web_search", "web_fetch", "code_execution", "url_sources", "file_sources", or "mcp:" and a host name in lower case such as "mcp:mcp.example.com"';

const providerAccessSchema = z
  .array(z.string().refine(isProviderAccessEntry, { error: `no provider access. It has to be ${providerAccessForm}.` }))
  .max(maxProviderAccessEntries);

/** Rules of a room. Absent fields have the defaults named here. */
export const policySchema = z.strictObject({
  /** Default gate policy of agents that have none. Default `never`. */
  gate: gatePolicySchema.optional(),
  /** People who see held text besides deciders: members too (`thread`, default) or nobody (`approvers`). */
  askIn: z.enum(["thread", "approvers"]).optional(),
  /**
   * `false` switches the loop guard off. Defaults: 40 hops, 40 messages or two for each agent where that is more, 28 in a row between a pair that show no work, 3 exchanges in a row
   * that carry nothing new (`maxEmptyExchanges: false`: those are not counted).
   */
  loopGuard: z
    .union([
      z.literal(false),
      z.strictObject({
        maxHops: positive.optional(),
        maxMessages: positive.optional(),
        maxPairRun: positive.optional(),
        maxEmptyExchanges: z.union([z.number().int().min(2).max(10), z.literal(false)]).optional(),
      }),
    ])
    .optional(),
  /** A gate without an answer is dropped after this many seconds. Default: it never expires. */
  gateExpiry: z.strictObject({ afterS: positive, then: z.literal("drop") }).optional(),
  /**
   * Reminds the deciders of a gate that has waited for this many seconds (at least 60), and again after as many more, `times` in all (default 3).
   * Default: no reminders.
   */
  gateReminder: z
    .strictObject({ afterS: z.number().int().min(60), times: z.number().int().min(1).max(20).optional() })
    .optional(),
  /** Spending limits of the room. Default none. */
  budget: budgetSchema.optional(),
  /** Hosts that agents may reach from their sandboxes. Default none. */
  egress: egressSchema.optional(),
  /** Features of the model provider's own servers that agents may use. Default none. */
  providerAccess: providerAccessSchema.optional(),
  /** Whether the thoughts of agents are kept in the record of their turns. Default false. */
  keepThinking: z.boolean().optional(),
});
/** Rules of a room. */
export type Policy = z.infer<typeof policySchema>;
