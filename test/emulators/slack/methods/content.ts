import { checkMessageBlocks } from "../block-check.js";
import { asArray, asObject, asObjects, asText, isObject } from "../json.js";
import type { Json, Message } from "../model.js";
import { normalize } from "../mrkdwn.js";
import { SlackError } from "../slack-error.js";
import type { Workspace } from "../workspace.js";
import type { MethodCall } from "./method.js";

export interface Content {
  readonly text: string;
  readonly blocks?: readonly Json[];
}

/** Slack advises at most this much text; longer text should be split or turned into a file. */
const recommendedText = 4_000;
const truncatedAt = 40_000;

/**
 * The text and blocks of a call, checked against the limits.
 *
 * @param limits.maxText text longer than this is refused (`msg_too_long`); without it, text is cut at 40,000.
 * @throws SlackError `no_text`, `msg_too_long`, `invalid_blocks` with the reasons, `msg_blocks_too_long`
 */
export function contentOf(call: MethodCall, limits: { readonly maxText: number | undefined }): Content {
  const { workspace, args } = call;
  return checkContent(workspace, { text: args.text("text"), blocks: args.json("blocks") }, limits);
}

export interface RawContent {
  readonly text: string | undefined;
  readonly blocks: unknown;
}

export function checkContent(
  workspace: Workspace,
  raw: RawContent,
  limits: { readonly maxText: number | undefined },
): Content {
  const text = raw.text ?? "";
  if (text === "" && asArray(raw.blocks).length === 0) throw new SlackError("no_text");
  if (limits.maxText !== undefined && text.length > limits.maxText) throw new SlackError("msg_too_long");
  if (text.length > recommendedText) workspace.violate("text_over_4000", `a text of ${text.length} characters`);
  const stored = normalize(text.slice(0, truncatedAt));
  if (raw.blocks === undefined) return { text: stored };
  if (!Array.isArray(raw.blocks)) throw new SlackError("invalid_blocks_format");
  const { problems, tooLong } = checkMessageBlocks(raw.blocks, { maxChars: workspace.settings.blocksMaxChars });
  if (problems.length > 0) throw invalid("invalid_blocks", problems);
  if (tooLong) throw new SlackError("msg_blocks_too_long");
  return { text: stored, blocks: withIds(workspace, asObjects(raw.blocks)) };
}

/** The platform names blocks and elements without an id. */
export function withIds(workspace: Workspace, blocks: readonly Json[]): readonly Json[] {
  const named = (element: unknown): unknown => {
    const interactive = isObject(element) && !["image", "mrkdwn", "plain_text"].includes(asText(element.type));
    return interactive ? { action_id: workspace.nextId("a"), ...element } : element;
  };
  return blocks.map((block) => {
    const parts: Json = {};
    if (block.type === "actions") parts.elements = asArray(block.elements).map(named);
    if (block.type === "input") parts.element = named(block.element);
    if (block.accessory !== undefined) parts.accessory = named(block.accessory);
    return { block_id: workspace.nextId("b"), ...block, ...parts };
  });
}

export const invalid = (code: string, problems: readonly string[]): SlackError =>
  new SlackError(code, {
    errors: problems.map((problem) => problem.replace("[ERROR] ", "")),
    response_metadata: { messages: problems },
  });

/** @throws SlackError `invalid_metadata_format`, `metadata_too_large` */
export function metadataOf({ workspace, args }: MethodCall): Message["metadata"] | undefined {
  const raw = args.json("metadata");
  if (raw === undefined) return undefined;
  const { event_type: eventType, event_payload: payload } = asObject(raw);
  const named = typeof eventType === "string" && /^[a-zA-Z0-9_.-]{1,255}$/.test(eventType);
  if (!named || !isObject(payload)) throw new SlackError("invalid_metadata_format");
  if (Buffer.byteLength(JSON.stringify(raw)) > workspace.settings.metadataMaxBytes) {
    throw new SlackError("metadata_too_large");
  }
  return { event_type: eventType, event_payload: payload };
}
