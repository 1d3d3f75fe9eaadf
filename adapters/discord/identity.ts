import { createHash } from "node:crypto";
import { plainLine } from "../../src/core/text/visible-text.js";
import type { ChatIdentity } from "../../src/ports/chat-post.js";
import { limits } from "./limits.js";

const refused: readonly [RegExp, string][] = [
  [/discord/gi, "disc-ord"],
  [/clyde/gi, "cly-de"],
  [/```/g, "'''"],
  [/[@#:]/g, "-"],
  [/^(everyone|here)$/i, "-$1-"],
];

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The name a post shows. Names that Discord refuses are changed, and a mark keeps changed names distinct. */
export function usernameOf({ displayName, name }: ChatIdentity): string {
  const wished = plainLine(displayName, limits.username) || name;
  const legal = refused.reduce((text, [found, by]) => text.replace(found, by), wished);
  if (legal === wished) return wished;
  return `${legal.slice(0, limits.username - 5)} ${hash(wished).slice(0, 4)}`;
}

const avatars = 6;

/** Its own picture, else one of Discord's, always the same for a name: those need no address of Parley's. */
export function avatarOf({ name, pictureUrl }: ChatIdentity): string {
  if (pictureUrl !== undefined) return pictureUrl;
  const at = Number.parseInt(hash(name).slice(0, 8), 16) % avatars;
  return `https://cdn.discordapp.com/embed/avatars/${at}.png`;
}

/** Discord's own lock against a second copy: at most 25 characters. */
export const nonceOf = (key: string): string => hash(key).slice(0, 24);
