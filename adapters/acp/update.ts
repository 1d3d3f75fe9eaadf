import { z } from "zod";

/** A text, or undefined for anything else: one wrong member must not hide the rest of an update. */
const text = z.string().optional().catch(undefined);
const content = z
  .looseObject({
    type: z.string(),
    text,
    uri: text,
    name: text,
    resource: z.looseObject({ uri: text }).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);
const toolContent = z
  .array(
    z
      .looseObject({ type: z.string(), content, path: text, oldText: text, newText: text, terminalId: text })
      .nullable()
      .catch(null),
  )
  .optional()
  .catch(undefined);
const toolMembers = {
  toolCallId: z.string().min(1),
  title: text,
  name: text,
  kind: text,
  status: text,
  content: toolContent,
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
};

/** A tool call, or what changed of one: absent members stay as they were. */
export const toolCallShape = z.looseObject(toolMembers);
export type ToolCallParts = z.infer<typeof toolCallShape>;

/** The updates of a session that are read here (schema of ACP v1, `SessionUpdate`); others are passed over. */
const updateShape = z.union([
  z.object({ sessionUpdate: z.literal("agent_message_chunk"), content, messageId: text }),
  z.object({ sessionUpdate: z.literal("agent_thought_chunk"), content, messageId: text }),
  z.object({ sessionUpdate: z.literal("tool_call"), ...toolMembers }),
  z.object({ sessionUpdate: z.literal("tool_call_update"), ...toolMembers }),
  z.object({
    sessionUpdate: z.literal("plan"),
    entries: z.array(z.looseObject({ content: z.string(), status: text })),
  }),
  z.object({ sessionUpdate: z.literal("notice"), severity: text, title: z.string(), description: text }),
  z.object({
    sessionUpdate: z.literal("compaction_update"),
    compactionId: z.string(),
    status: text,
    summary: z.array(content).optional().catch(undefined),
  }),
  z.object({ sessionUpdate: z.literal("compaction_summary_chunk"), compactionId: z.string(), content }),
  z.object({ sessionUpdate: z.literal("config_option_update"), configOptions: z.unknown().optional() }),
]);

/** One thing an agent tells of its session. */
export type SessionUpdateRead = z.infer<typeof updateShape>;

const notificationShape = z.looseObject({
  sessionId: z.string(),
  update: z.looseObject({ sessionUpdate: z.string() }),
});

/** The update in a `session/update` of this session. Undefined: it is another session's, or nothing that is read here. */
export function readUpdate(params: unknown, sessionId: string | undefined): SessionUpdateRead | undefined {
  const notification = notificationShape.safeParse(params);
  if (!notification.success || notification.data.sessionId !== sessionId) return undefined;
  const update = updateShape.safeParse(notification.data.update);
  return update.success ? update.data : undefined;
}

/** The text of a content block; a link as `[name](uri)`. Undefined: it holds none that can be told in words. */
export function textOfContent(block: z.infer<typeof content>): string | undefined {
  if (block?.type === "text") return block.text;
  if (block?.type === "resource_link" && block.uri !== undefined) return `[${block.name ?? block.uri}](${block.uri})`;
  return undefined;
}
