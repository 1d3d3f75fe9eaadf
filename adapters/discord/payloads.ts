import { z } from "zod";

/** An odd value of a field that may be missing counts as missing: it must not lose the rest. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
/** A list without its odd items; empty where the value is not a list. */
const tolerantList = <Schema extends z.ZodType>(item: Schema) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((list) => list.flatMap((one): z.infer<Schema>[] => listed(item.safeParse(one))));

function listed<Value>(parsed: z.ZodSafeParseResult<Value>): Value[] {
  return parsed.success ? [parsed.data] : [];
}

const text = optional(z.string());
const nullableText = z.string().nullish().catch(undefined);

const user = z.object({
  id: z.string(),
  username: z.string().catch("somebody"),
  global_name: nullableText,
  bot: optional(z.boolean()),
});
const member = z.object({ nick: nullableText, roles: z.array(z.string()).catch([]) });
const mention = user.extend({ member: optional(z.object({ nick: nullableText })) });
export type DiscordMention = z.infer<typeof mention>;
const attachment = z.object({ filename: z.string(), size: z.number().catch(0), url: z.string() });
const embed = z.looseObject({
  type: text,
  title: text,
  description: text,
  url: text,
  author: optional(z.object({ name: text })),
  fields: tolerantList(z.object({ name: text, value: text })),
});
const pollMedia = z.object({ text, emoji: optional(z.object({ name: nullableText })) });
const poll = z.object({ question: pollMedia, answers: tolerantList(z.object({ poll_media: pollMedia })) });

/** The contents of a message; a forwarded message has only these fields. */
const saidParts = z.object({
  content: z.string().catch(""),
  mentions: tolerantList(mention),
  attachments: tolerantList(attachment),
  embeds: tolerantList(embed),
  sticker_items: tolerantList(z.object({ name: z.string() })),
  poll: optional(poll),
  /** An invitation to a game, a party or to listen along; it may have no content. */
  activity: optional(z.looseObject({})),
  application: optional(z.object({ name: text })),
});
export type SaidParts = z.infer<typeof saidParts>;

const snapshots = tolerantList(z.object({ message: saidParts }));

export const discordMessage = saidParts.extend({
  id: z.string(),
  type: z.number().catch(0),
  channel_id: z.string(),
  author: user,
  member: optional(member),
  webhook_id: text,
  application_id: text,
  edited_timestamp: nullableText,
  nonce: optional(z.union([z.string(), z.number()])),
  components: tolerantList(z.looseObject({})),
  message_snapshots: snapshots,
  referenced_message: saidParts.extend({ author: user, message_snapshots: snapshots }).nullish().catch(undefined),
});
export type DiscordMessage = z.infer<typeof discordMessage>;

export const discordChannel = z.object({ id: z.string(), type: z.number(), parent_id: z.string().nullish() });
export type DiscordChannel = z.infer<typeof discordChannel>;

export const guildCreated = z.object({ threads: z.array(discordChannel).default([]) });

export interface CommandOption {
  name: string;
  type: number;
  value?: string | number | boolean | undefined;
  focused?: boolean | undefined;
  options?: CommandOption[] | undefined;
}
const option: z.ZodType<CommandOption> = z.lazy(() =>
  z.object({
    name: z.string(),
    type: z.number().catch(0),
    value: optional(z.union([z.string(), z.number(), z.boolean()])),
    focused: optional(z.boolean()),
    options: optional(tolerantList(option)),
  }),
);

const field = z.object({
  custom_id: z.string(),
  value: z.string().catch(""),
  values: tolerantList(z.string()),
});
/** What stands in one field of a form: text, or the values of what was chosen. */
export type FormField = z.infer<typeof field>;

export const interaction = z.object({
  id: z.string(),
  application_id: z.string(),
  type: z.number(),
  token: z.string(),
  channel: optional(discordChannel),
  channel_id: text,
  user: optional(user),
  member: optional(member.extend({ user })),
  message: optional(z.object({ id: z.string(), flags: z.number().catch(0) })),
  data: optional(
    z.object({
      name: text,
      options: optional(tolerantList(option)),
      custom_id: text,
      values: optional(tolerantList(z.string())),
      components: tolerantList(z.object({ component: optional(field), components: tolerantList(field) })),
    }),
  ),
});
export type Interaction = z.infer<typeof interaction>;
