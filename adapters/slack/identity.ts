import { plainLine } from "../../src/core/text/visible-text.js";
import type { ChatIdentity } from "../../src/ports/chat-post.js";
import { limits } from "./limits.js";

const byRole: ReadonlyMap<string, string> = new Map([
  ["planner", ":compass:"],
  ["coder", ":hammer_and_wrench:"],
  ["reviewer", ":mag:"],
  ["tester", ":test_tube:"],
  ["designer", ":art:"],
  ["writer", ":memo:"],
  ["researcher", ":telescope:"],
]);

const animals = [
  ":fox_face:",
  ":owl:",
  ":panda_face:",
  ":koala:",
  ":octopus:",
  ":whale:",
  ":bee:",
  ":turtle:",
] as const;

/** The emoji that represents a participant: by role, else a stable one for the name. Needs no hosting. */
export function emojiOf({ name, role, kind }: ChatIdentity): string {
  if (kind === "human") return ":speech_balloon:";
  const known = byRole.get(role);
  if (known !== undefined) return known;
  const sum = [...name].reduce((total, char) => (total * 31 + char.charCodeAt(0)) % 65_521, 7);
  return animals[sum % animals.length] ?? ":robot_face:";
}

/** The picture of a post. Slack shows the emoji where both are given, so it is one of the two. */
export function iconOf(from: ChatIdentity): { icon_url: string } | { icon_emoji: string } {
  return from.pictureUrl === undefined ? { icon_emoji: emojiOf(from) } : { icon_url: from.pictureUrl };
}

/** The name a post shows. */
export function usernameOf({ displayName, name }: ChatIdentity): string {
  return plainLine(displayName, limits.username) || name;
}
