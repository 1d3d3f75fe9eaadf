/** The scopes of the bot token, and what does not work without them. `manifest.json` asks for these. */
export const botScopes: Readonly<Record<string, string>> = {
  "chat:write": "Parley cannot post",
  "chat:write.customize": "agents speak under Parley's name and picture",
  commands: "/room does not exist",
  "channels:history": "replies in public channels are not heard",
  "groups:history": "replies in private channels are not heard",
  "im:history": "direct messages to Parley are not heard",
  "im:write": "approvers cannot be asked in private",
  "users:read": "people are called by their ids",
  "files:read": "files of people cannot be read",
  "files:write": "very long messages cannot be shown as files",
};

/**
 * Scopes without which Parley goes on, and learns of it with the next post, that a channel was renamed, archived, made private or
 * left. `manifest.json` asks for these too.
 */
export const channelScopes: Readonly<Record<string, string>> = {
  "channels:read": "what happens to public channels is not told",
  "groups:read": "what happens to private channels is not told",
};

/** Scopes that only `parley setup slack` needs; without them people invite Parley by hand. `manifest.json` asks for these too. */
export const setupScopes: Readonly<Record<string, string>> = {
  "channels:join": "Parley cannot join a public channel by itself",
};

/** Says which scopes are missing and what to do; undefined when none is. */
export function missingScopes(granted: readonly string[]): string | undefined {
  const lacking = lackingScopes(granted);
  if (lacking === undefined) return undefined;
  const { seen, todo } = lacking;
  return `T${seen.slice(1)}. A${todo.slice(1)}; Parley goes on without.`;
}

/** The same in two parts: what is missing, and what to do. */
export function lackingScopes(granted: readonly string[]): { seen: string; todo: string } | undefined {
  const missing = Object.keys(botScopes).filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return undefined;
  const list = missing.map((scope) => `${scope} (${botScopes[scope]})`).join(", ");
  const [noun, them] = missing.length === 1 ? ["scope", "it"] : ["scopes", "them"];
  return {
    seen: `the Slack app lacks the ${noun} ${list}`,
    todo: `add ${them} under OAuth & Permissions and reinstall the app`,
  };
}
