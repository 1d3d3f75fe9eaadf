import { cut, plainLine } from "../../src/core/text/visible-text.js";
import type { InboundFile, MessageExtras } from "../../src/ports/chat-inbound.js";
import type { GuildNames } from "./names.js";
import type { DiscordMessage, SaidParts } from "./payloads.js";
import { memberName, readContent } from "./read-text.js";

const maxLabelChars = 120;
const maxReplyChars = 200;

/** The contents of a message beside its own text, each part with a label; and its files, including those of forwards. Pure. */
export function readDiscordParts(message: DiscordMessage, names: GuildNames): MessageExtras & { files: InboundFile[] } {
  const forwards = message.message_snapshots.map(({ message: one }) => one);
  const parts = [...partsOf(message, names), ...forwards.map((one) => readForward(one, names))];
  const replyTo = readReply(message, names);
  const isLost = message.content.trim() === "" && parts.includes(emptyForward);
  return {
    files: [message, ...forwards].flatMap(({ attachments }) => attachments.map(fileOf)),
    ...(replyTo !== undefined && { replyTo }),
    ...(parts.length > 0 && { parts }),
    ...(isLost && { unreadable: ["a forwarded message without text"] }),
  };
}

const fileOf = ({ filename, url, size }: DiscordMessage["attachments"][number]): InboundFile => ({
  name: filename,
  url,
  bytes: size,
});

const emptyForward = "[forwarded message]";

/** Discord does not say whose words a forward holds. Its lines are quoted, so that none is taken for the person's own. */
function readForward(one: SaidParts, names: GuildNames): string {
  const text = [readContent(one.content, one.mentions, names), ...partsOf(one, names)].filter(
    (part) => part.trim() !== "",
  );
  const files = one.attachments.map(({ filename }) => `[file ${plainLine(filename, maxLabelChars)}]`);
  const body = [...text, ...files].join("\n");
  return body === "" ? emptyForward : `${emptyForward}\n${body.replace(/^/gm, "> ")}`;
}

function partsOf(one: SaidParts, names: GuildNames): string[] {
  const stickers = one.sticker_items.map(({ name }) => `[sticker “${plainLine(name, maxLabelChars)}”]`);
  const to = plainLine(one.application?.name ?? "an activity", maxLabelChars);
  const invitations = one.activity === undefined ? [] : [`[invitation to ${to}]`];
  const polls = one.poll === undefined ? [] : [readPoll(one.poll)];
  return [...stickers, ...polls, ...invitations, ...readEmbeds(one, names)];
}

function readPoll({ question, answers }: NonNullable<SaidParts["poll"]>): string {
  const lines = answers.map(({ poll_media: { text = "", emoji } }) => {
    const shown = [emoji?.name ?? "", text].filter((part) => part !== "").join(" ");
    return `- ${plainLine(shown, maxLabelChars)}`;
  });
  return [`[poll: ${plainLine(question.text ?? "", maxReplyChars)}]`, ...lines].join("\n");
}

/** Discord makes embeds of the links in a text; those stay out, for the link is there. */
function readEmbeds({ content, embeds, mentions }: SaidParts, names: GuildNames): string[] {
  return embeds.flatMap(({ type, title, description, url, author, fields }) => {
    const isPreview = content.trim() !== "" && (type !== "rich" || (url !== undefined && content.includes(url)));
    const more = fields.map(({ name = "", value = "" }) => `${name}: ${value}`);
    const words = [title, description, ...more].flatMap((part) =>
      part === undefined || part.trim() === "" ? [] : [readContent(part, mentions, names)],
    );
    const body = [...words, ...(url === undefined ? [] : [url])].join("\n");
    if (isPreview || body === "") return [];
    const by = plainLine(author?.name ?? "", maxLabelChars);
    return [`[attached${by === "" ? "" : ` from ${by}`}]\n${body.replace(/^/gm, "> ")}`];
  });
}

const replyType = 19;

/** The message that is replied to, in one quoted line. */
function readReply({ type, referenced_message: to }: DiscordMessage, names: GuildNames): string | undefined {
  if (type !== replyType) return undefined;
  if (to === undefined || to === null) return "> a message that cannot be read";
  const said = readContent(to.content, to.mentions, names);
  const forwards = to.message_snapshots.map(({ message }) => readForward(message, names));
  const files = to.attachments.map(({ filename }) => `[file ${filename}]`);
  const parts = [...forwards, ...partsOf(to, names), ...files];
  const text = said.trim() === "" ? (parts[0] ?? "…") : said;
  const author = plainLine(memberName(to.author, names.nick(to.author.id)), maxLabelChars);
  return cut(`> ${author}: ${plainLine(text, maxReplyChars * 2)}`, maxReplyChars);
}
