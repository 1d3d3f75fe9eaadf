import type { ChatSupports } from "../../src/ports/chat.js";

/** Slack's limits as far as they are published or were measured; characters are UTF-16 units. */
export const limits = {
  /** `text`, where `chat.update` still takes it. */
  text: 3_800,
  /** A text object in a section or context block. */
  section: 3_000,
  header: 150,
  buttonLabel: 75,
  buttonUrl: 3_000,
  buttonsPerBlock: 25,
  username: 80,
  /** All `markdown` blocks of a message; safety may double the length of hostile text. */
  markdown: 11_500,
  /** Blocks a `markdown` block may be drawn as; 50 a message. */
  drawnBlocks: 40,
  /** `private_metadata` of a view. */
  privateMetadata: 3_000,
  title: 24,
  label: 45,
  /** Label of an input block. */
  inputLabel: 2_000,
  /** Text and description of an option. */
  optionText: 75,
  /** Radio buttons and checkboxes take this many options; menus 100. */
  listedOptions: 10,
  /** Our own limit on an answer or a reason on a decided card; the full text is in the room. */
  saidText: 600,
} as const;

export const slackSupports: ChatSupports = {
  identities: true,
  commandsInThreads: false,
  maxPostChars: 3_500,
  maxParts: 6,
  // Slack takes 1 GB (https://slack.com/help/articles/201330736); rooms hold files of 50 MB.
  maxFileBytes: 50 * 1_024 * 1_024,
  maxCardChars: 8_000,
  maxFormChars: 3_000,
  // 12,000 characters together.
  maxFormFields: 4,
  // 100 blocks a view: two for each question.
  maxFormQuestions: 40,
  maxFormOptions: 100,
  // One message a second and channel, with short bursts.
  postBurst: 4,
  postIntervalMs: 1_000,
  // chat.update is tier 3, 50 a minute; the rest is for edits by people's decisions.
  editsPerMinute: 40,
};
