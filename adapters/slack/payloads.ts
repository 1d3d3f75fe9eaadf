import { z } from "zod";

/** Slack's payloads, as far as Parley reads them. Other fields are ignored. */

/** An odd value of a field that may be missing counts as missing: it must not lose the rest. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
/** A list without those of its items that are odd. */
const tolerantList = <Schema extends z.ZodType>(item: Schema) =>
  optional(
    z.array(z.unknown()).transform((list) => list.flatMap((one): z.infer<Schema>[] => listed(item.safeParse(one)))),
  );

function listed<Value>(parsed: z.ZodSafeParseResult<Value>): Value[] {
  return parsed.success ? [parsed.data] : [];
}

const text = optional(z.string());

const file = z.object({
  id: text,
  name: text,
  title: text,
  size: optional(z.number()),
  mode: text,
  filetype: text,
  file_access: text,
  permalink: text,
  external_url: text,
  url_private_download: text,
  url_private: text,
});
export type SlackFile = z.infer<typeof file>;

/** A block, or an element of rich text: both are nested in each other. */
export interface SlackBlock {
  type: string;
  text?: string | { type?: string | undefined; text?: string | undefined } | undefined;
  elements?: SlackBlock[] | undefined;
  fields?: { type?: string | undefined; text?: string | undefined }[] | undefined;
  rows?: SlackBlock[][] | undefined;
  style?: string | undefined;
  indent?: number | undefined;
  offset?: number | undefined;
  user_id?: string | undefined;
  url?: string | undefined;
  name?: string | undefined;
  range?: string | undefined;
  alt_text?: string | undefined;
}
const textObject = z.object({ type: text, text });
const block: z.ZodType<SlackBlock> = z.lazy(() =>
  z.object({
    type: z.string(),
    text: optional(z.union([z.string(), textObject])),
    elements: tolerantList(block),
    fields: tolerantList(textObject),
    rows: tolerantList(z.array(block)),
    style: text,
    indent: optional(z.number()),
    offset: optional(z.number()),
    user_id: text,
    url: text,
    name: text,
    range: text,
    alt_text: text,
  }),
);

const attachment = z.object({
  is_share: optional(z.boolean()),
  is_msg_unfurl: optional(z.boolean()),
  author_name: text,
  author_subname: text,
  pretext: text,
  title: text,
  title_link: text,
  text,
  fallback: text,
  from_url: text,
  image_url: text,
  fields: tolerantList(z.object({ title: text, value: text })),
  files: tolerantList(file),
  blocks: tolerantList(block),
  message_blocks: tolerantList(z.object({ message: optional(z.object({ blocks: tolerantList(block) })) })),
});
export type SlackAttachment = z.infer<typeof attachment>;

const profile = z.object({ display_name: text, real_name: text, name: text });

export const slackMessage = z.object({
  type: z.literal("message"),
  subtype: text,
  user: text,
  bot_id: text,
  text: z.string().default("").catch(""),
  ts: z.string(),
  thread_ts: text,
  edited: optional(z.object({ ts: z.string() })),
  files: tolerantList(file),
  attachments: tolerantList(attachment),
  blocks: tolerantList(block),
  /** Of people of other workspaces, whom `users.info` does not know. */
  user_profile: optional(profile),
});
export type SlackMessage = z.infer<typeof slackMessage>;

const newMessage = slackMessage.extend({ channel: z.string() });

const changedMessage = z.object({
  type: z.literal("message"),
  subtype: z.literal("message_changed"),
  channel: z.string(),
  message: slackMessage,
  previous_message: optional(z.object({ text })),
});

const eventCallback = z.object({
  type: z.literal("event_callback"),
  event: z.union([changedMessage, newMessage]),
});

const slash = z.object({
  command: z.string(),
  text: z.string().default("").catch(""),
  user_id: z.string(),
  user_name: text,
  channel_id: z.string(),
  trigger_id: z.string(),
  response_url: z.string(),
});

const user = z.object({ id: z.string(), username: text, name: text });

const blockActions = z.object({
  type: z.literal("block_actions"),
  user,
  trigger_id: z.string(),
  response_url: text,
  container: z.object({ channel_id: text, message_ts: text, thread_ts: text, is_ephemeral: optional(z.boolean()) }),
  message: optional(z.object({ thread_ts: text })),
  actions: z.array(z.object({ action_id: z.string(), action_ts: text })).min(1),
});

const chosenOption = z.object({ value: z.string() });
const fieldState = z.object({
  value: z.string().nullish(),
  selected_option: chosenOption.nullish().catch(undefined),
  selected_options: tolerantList(chosenOption),
});
/** What stands in the fields of a form, by block and action. */
export type FormValues = Readonly<Record<string, Readonly<Record<string, z.infer<typeof fieldState>>>>>;

const viewSubmission = z.object({
  type: z.literal("view_submission"),
  user,
  trigger_id: z.string(),
  view: z.object({
    callback_id: z.string(),
    private_metadata: z.string(),
    title: z.object({ text: z.string() }).catch({ text: "Parley" }),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), fieldState)),
    }),
  }),
});

export type Payload =
  | { kind: "changed"; event: z.infer<typeof changedMessage> }
  | { kind: "message"; event: z.infer<typeof newMessage> }
  | { kind: "slash"; command: z.infer<typeof slash> }
  | { kind: "press"; press: z.infer<typeof blockActions> }
  | { kind: "submit"; submission: z.infer<typeof viewSubmission> }
  /** Of a type that Parley reads, in a form that it does not know. `type`: Slack's own word for it. */
  | { kind: "misfit"; type: string }
  /** Nothing a person did that Parley minds. */
  | { kind: "other" };

/** Sorts one payload of Slack's, whichever way it came. */
export function sortPayload(raw: unknown): Payload {
  const event = eventCallback.safeParse(raw).data?.event;
  if (event !== undefined) return "message" in event ? { kind: "changed", event } : { kind: "message", event };
  const command = slash.safeParse(raw).data;
  if (command !== undefined) return { kind: "slash", command };
  const press = blockActions.safeParse(raw).data;
  if (press !== undefined) return { kind: "press", press };
  const submission = viewSubmission.safeParse(raw).data;
  if (submission !== undefined) return { kind: "submit", submission };
  const type = typed.safeParse(raw).data;
  const name = type?.event?.type ?? type?.type ?? (type?.command === undefined ? undefined : "command");
  return name !== undefined && known.has(name) ? { kind: "misfit", type: name } : { kind: "other" };
}

const typed = z.object({ type: text, command: text, event: optional(z.object({ type: text })) });
const known: ReadonlySet<string> = new Set(["message", "command", "block_actions", "view_submission"]);
