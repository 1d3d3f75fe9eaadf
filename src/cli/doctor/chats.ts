import type { Context } from "../command.js";
import type { Finding } from "./finding.js";

/** The same questions as `parley setup` asks, and whether links of cards lead anywhere. */
export const lookAtChat =
  (platform: "slack" | "discord", about: string) =>
  async (env: Context["env"], { chatSetup }: Context): Promise<Finding[]> => {
    const findings = await (await chatSetup(platform)).check(env);
    return findings.map(({ level, seen, todo }) => ({ about, level, seen, ...(todo !== undefined && { todo }) }));
  };

/** A warning where threads are shown and people elsewhere cannot reach the page. */
export function checkPublicUrl({ env, parts }: Context): Finding[] {
  const about = "public address";
  const showsThreads = chatKeys.some(({ part, key }) => parts.has(part) && env[key]);
  if (!showsThreads) return [];
  const url = env.PARLEY_PUBLIC_URL;
  const todo = "set PARLEY_PUBLIC_URL to the address at which people reach Parley in a browser";
  if (!url) return [{ about, level: "warn", seen: "PARLEY_PUBLIC_URL is not set, so threads show no links", todo }];
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  if (/^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(host))
    return [{ about, level: "warn", seen: `${url} is an address of this machine alone`, todo }];
  return [{ about, level: "ok", seen: url }];
}

const chatKeys = [
  { part: "slack", key: "SLACK_BOT_TOKEN" },
  { part: "discord", key: "DISCORD_BOT_TOKEN" },
] as const;
