import { readCommand } from "../../support/command-options.js";
import { liveEffects, missingVariables, runLive } from "./live.js";

/**
 * The chat adapters against a real workspace or server: `npm run chat:live -- slack|discord`, with tokens from the environment. `SLACK_API_URL`
 * and `DISCORD_API_URL` lead it elsewhere, such as to an emulator. It does not run in CI.
 */
const platforms = ["slack", "discord"] as const;
const { words } = readCommand({
  command: "npm run chat:live --",
  words: { shown: "slack|discord", among: platforms, atLeast: 1, atMost: 1 },
});
const platform = platforms.find((one) => words.includes(one)) ?? "slack";
const say = (line: string) => void process.stdout.write(`${line}\n`);
if (process.env.CI) {
  say("This posts to a real workspace or server, so it does not run in CI.");
  process.exit(2);
}
const missing = missingVariables(platform, process.env);
if (missing.length > 0) {
  say(`Set these first:\n${missing.map((one) => `  ${one}`).join("\n")}\n${liveEffects[platform]}`);
  process.exit(2);
}
say(liveEffects[platform]);
const failed = await runLive(platform, { env: process.env, print: say });
process.exit(failed.length === 0 ? 0 : 1);
