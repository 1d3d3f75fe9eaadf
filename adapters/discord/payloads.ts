import { z } from "zod";

const user = z.object({
  id: z.string(),
  username: z.string(),
  global_name: z.string().nullish(),
  bot: z.boolean().optional(),
});
const member = z.object({ nick: z.string().nullish(), roles: z.array(z.string()).default([]) });
const attachment = z.object({ filename: z.string(), size: z.number(), url: z.string() });

export const discordMessage = z.object({
  id: z.string(),
  type: z.number().default(0),
  channel_id: z.string(),
  author: user,
  member: member.optional(),
  webhook_id: z.string().optional(),
  application_id: z.string().optional(),
  content: z.string().default(""),
  edited_timestamp: z.string().nullish(),
  mentions: z.array(user).default([]),
  attachments: z.array(attachment).default([]),
  nonce: z.union([z.string(), z.number()]).optional(),
  embeds: z.array(z.looseObject({})).default([]),
  components: z.array(z.looseObject({})).default([]),
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
    type: z.number(),
    value: z.union([z.string(), z.number(), z.boolean()]).optional(),
    focused: z.boolean().optional(),
    options: z.array(option).optional(),
  }),
);

const field = z.object({ custom_id: z.string(), value: z.string().default("") });

export const interaction = z.object({
  id: z.string(),
  application_id: z.string(),
  type: z.number(),
  token: z.string(),
  channel: discordChannel.optional(),
  channel_id: z.string().optional(),
  user: user.optional(),
  member: member.extend({ user }).optional(),
  message: z.object({ id: z.string(), flags: z.number().default(0) }).optional(),
  data: z
    .object({
      name: z.string().optional(),
      options: z.array(option).optional(),
      custom_id: z.string().optional(),
      values: z.array(z.string()).optional(),
      components: z.array(z.object({ component: field.optional(), components: z.array(field).optional() })).optional(),
    })
    .optional(),
});
export type Interaction = z.infer<typeof interaction>;
