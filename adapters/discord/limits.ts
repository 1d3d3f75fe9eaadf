import type { ChatSupports } from "../../src/ports/chat.js";

/** Discord's limits as far as they are published; characters count as UTF-16 units, the stricter of two ways. */
export const limits = {
  content: 2_000,
  embedTitle: 256,
  embedDescription: 4_096,
  /** All embeds of a message together. */
  embedTotal: 6_000,
  buttonLabel: 80,
  buttonUrl: 512,
  buttonsPerRow: 5,
  rows: 5,
  selectOptions: 25,
  optionText: 100,
  /** Our own limit on an answer or a reason on a decided card; the full text is in the room. */
  saidText: 300,
  username: 80,
  threadName: 100,
  modalTitle: 45,
  label: 45,
  /** What stands below a modal's label. */
  labelDescription: 100,
  modalComponents: 5,
  pageSize: 100,
  choices: 25,
  choiceText: 100,
} as const;

export const discordSupports: ChatSupports = {
  identities: true,
  commandsInThreads: true,
  oneConnection: true,
  // The rest of a message's 2,000 is for recipients and the number of the part.
  maxPostChars: 1_800,
  maxParts: 5,
  // The least any server has (https://discord.com/developers/docs/reference#uploading-files).
  maxFileBytes: 10 * 1_024 * 1_024,
  maxCardChars: 3_500,
  maxFormChars: 4_000,
  // 16,000 characters together; a modal holds five components.
  maxFormFields: 4,
  // Five components a modal: a menu for each question, and one field for words.
  maxFormQuestions: 4,
  maxFormOptions: 25,
  // Discord announces its buckets in headers; this stays below the usual ones: 5 in 5 s by the bot, 5 in 2 s by a webhook.
  postBurst: 4,
  postIntervalMs: 1_000,
  editsPerMinute: 40,
};
