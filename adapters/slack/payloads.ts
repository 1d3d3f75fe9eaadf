import { z } from "zod";

/** What Slack sends, as far as Parley reads it. Fields that are not named are passed over. */

const file = z.object({
  name: z.string().nullish(),
  title: z.string().nullish(),
  size: z.number().optional(),
  url_private_download: z.string().optional(),
  url_private: z.string().optional(),
});
export type SlackFile = z.infer<typeof file>;

export const slackMessage = z.object({
  type: z.literal("message"),
  subtype: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().nullish(),
  text: z.string().default(""),
  ts: z.string(),
  thread_ts: z.string().optional(),
  edited: z.object({ ts: z.string() }).optional(),
  files: z.array(file).optional(),
});
export type SlackMessage = z.infer<typeof slackMessage>;

const newMessage = slackMessage.extend({ channel: z.string(), channel_type: z.string().optional() });

const changedMessage = z.object({
  type: z.literal("message"),
  subtype: z.literal("message_changed"),
  channel: z.string(),
  message: slackMessage,
  previous_message: z.object({ text: z.string().optional() }).optional(),
});

const eventCallback = z.object({
  type: z.literal("event_callback"),
  event: z.union([changedMessage, newMessage]),
});

const slash = z.object({
  command: z.string(),
  text: z.string().default(""),
  user_id: z.string(),
  user_name: z.string().optional(),
  channel_id: z.string(),
  trigger_id: z.string(),
  response_url: z.string(),
});

const user = z.object({ id: z.string(), username: z.string().optional(), name: z.string().optional() });

const blockActions = z.object({
  type: z.literal("block_actions"),
  user,
  trigger_id: z.string(),
  response_url: z.string().optional(),
  container: z.object({
    channel_id: z.string().optional(),
    message_ts: z.string().optional(),
    thread_ts: z.string().optional(),
    is_ephemeral: z.boolean().optional(),
  }),
  message: z.object({ thread_ts: z.string().optional() }).optional(),
  actions: z.array(z.object({ action_id: z.string(), action_ts: z.string().optional() })).min(1),
});

const viewSubmission = z.object({
  type: z.literal("view_submission"),
  user,
  trigger_id: z.string(),
  view: z.object({
    callback_id: z.string(),
    private_metadata: z.string(),
    title: z.object({ text: z.string() }),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))),
    }),
  }),
});

export type Payload =
  | { kind: "changed"; event: z.infer<typeof changedMessage> }
  | { kind: "message"; event: z.infer<typeof newMessage> }
  | { kind: "slash"; command: z.infer<typeof slash> }
  | { kind: "press"; press: z.infer<typeof blockActions> }
  | { kind: "submit"; submission: z.infer<typeof viewSubmission> }
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
  return { kind: "other" };
}
