/** Values by their key in the environment, such as `SLACK_BOT_TOKEN`; an empty one counts as unset. */
export type SetupValues = Readonly<Record<string, string | undefined>>;

/** The result of one look at a platform. It holds no secret. */
export interface SetupFinding {
  /** `warn`: Parley works with less. */
  level: "ok" | "warn" | "fail";
  /** The setting it concerns, if any. */
  key?: string;
  /** Observation, a sentence without its full stop. */
  seen: string;
  /** What to do next; absent where nothing has to be done. */
  todo?: string;
}

/** Someone or something of a platform, with the name that people there see. */
export interface NamedId {
  id: string;
  name: string;
  /** Tells two of the same name apart. */
  detail?: string;
}

/** An answer of a platform, or the reason for its absence. */
export type SetupResult<T> = { found: T } | { problem: SetupFinding };

/** What `parley setup` and `parley doctor` ask a chat platform while no server runs. No call throws. */
export interface ChatSetup {
  /** The page that makes the app, filled in as far as the platform lets it be. */
  appLink: string;
  /** Looks at one setting alone, or at everything that is set; one finding at least. */
  check(values: SetupValues, key?: string): Promise<SetupFinding[]>;
  /** Platforms with an invite link of their own: the link, which needs a good token. */
  inviteLink?(values: SetupValues): Promise<SetupResult<string>>;
  /** The servers that the app is in; only where rooms belong to one server. */
  servers?(values: SetupValues): Promise<SetupResult<NamedId[]>>;
  /** Switches on what the app may switch on by itself; findings on what it did and could not do. */
  prepare?(values: SetupValues): Promise<SetupFinding[]>;
  /**
   * Approvers (people, and roles where the platform has them) or public channels whose name is or begins like this; the exact ones alone
   * if there are any.
   */
  find(values: SetupValues, wanted: { kind: "approver" | "channel"; name: string }): Promise<SetupResult<NamedId[]>>;
  /** Enters the channel where that is possible, and posts the first card there. */
  greet(values: SetupValues, channel: NamedId): Promise<SetupFinding>;
}
