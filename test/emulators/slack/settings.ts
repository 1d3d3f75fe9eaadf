/** Every duration and limit the emulator keeps. The defaults are Slack's published ones where they exist. */
export interface Settings {
  /** The app must acknowledge within this. Real time: it measures the code under test. Default 3,000. */
  readonly ackTimeoutMs: number;
  /** Life of a trigger_id. Real time. Default 3,000. */
  readonly triggerLifeMs: number;
  /** A call that arrives this soon after a 429 was under way already and is not a violation. Real time. Default 50. */
  readonly inFlightGraceMs: number;
  /** Web-socket pings from the platform. Real time. Default 5,000. */
  readonly pingIntervalMs: number;
  /** Speeds up everything below: 60 makes a minute a second. Default 1. */
  readonly timeScale: number;
  /** Waits before an unacknowledged event is sent again, one per retry. Default 1 s, 1 min, 5 min. */
  readonly redeliveryDelaysMs: readonly number[];
  /** One message per channel per this. Default 1,000. */
  readonly postIntervalMs: number;
  /** Messages a channel takes at once after a rest. Default 5. */
  readonly postBurst: number;
  /** Calls a minute by tier. Default 1, 20, 50, 100. */
  readonly tierCalls: Readonly<Record<1 | 2 | 3 | 4, number>>;
  readonly tierWindowMs: number;
  /** Life of a response_url. Default 30 min. */
  readonly responseUrlLifeMs: number;
  readonly responseUrlUses: number;
  /** User ids that the app may mention. Mentions of others, and every broadcast, are violations. Default none. */
  readonly allowedMentions: readonly string[];
  /** Answer for a thread_ts that does not exist. Slack does not publish it. Default `thread_not_found`. */
  readonly unknownThreadError: string;
  /** A message's metadata as JSON, in bytes; Slack does not publish the number. Default 8,000. */
  readonly metadataMaxBytes: number;
  /** All rendered characters of a message's blocks together; unpublished, measured by others. Default 13,200. */
  readonly blocksMaxChars: number;
  /** Posts of the app cannot be read back before this; they are shown at once. Default 0. */
  readonly readLagMs: number;
  /** The line above a post that says to whom it is, `→ @mia`, may ping these people. Default false. */
  readonly allowsAddressed: boolean;
  /** `return_original`: a repeated client_msg_id of the app returns the first message. Default `off`. */
  readonly dedupeClientMsgId: "off" | "return_original";
}

export const defaultSettings: Settings = {
  ackTimeoutMs: 3_000,
  triggerLifeMs: 3_000,
  inFlightGraceMs: 50,
  pingIntervalMs: 5_000,
  timeScale: 1,
  redeliveryDelaysMs: [1_000, 60_000, 300_000],
  postIntervalMs: 1_000,
  postBurst: 5,
  tierCalls: { 1: 1, 2: 20, 3: 50, 4: 100 },
  tierWindowMs: 60_000,
  responseUrlLifeMs: 30 * 60_000,
  responseUrlUses: 5,
  allowedMentions: [],
  unknownThreadError: "thread_not_found",
  metadataMaxBytes: 8_000,
  blocksMaxChars: 13_200,
  readLagMs: 0,
  allowsAddressed: false,
  dedupeClientMsgId: "off",
};

/** All the scopes Parley's manifest asks for. */
export const allScopes: readonly string[] = [
  "app_mentions:read",
  "channels:history",
  "channels:join",
  "channels:read",
  "chat:write",
  "chat:write.customize",
  "commands",
  "files:read",
  "files:write",
  "groups:history",
  "groups:read",
  "im:history",
  "im:read",
  "im:write",
  "reactions:read",
  "reactions:write",
  "team:read",
  "users:read",
];

export const defaultEvents: readonly string[] = [
  "app_home_opened",
  "app_mention",
  "channel_archive",
  "channel_deleted",
  "channel_id_changed",
  "channel_left",
  "channel_rename",
  "channel_unarchive",
  "group_archive",
  "group_deleted",
  "group_left",
  "group_rename",
  "group_unarchive",
  "member_joined_channel",
  "member_left_channel",
  "message.channels",
  "message.groups",
  "message.im",
  "reaction_added",
  "user_change",
];
