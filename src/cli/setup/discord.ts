import { setTimeout as pause } from "node:timers/promises";
import type { NamedId } from "../../ports/chat-setup.js";
import {
  askApprovers,
  askPublicUrl,
  askSecret,
  chooseOne,
  explainStep,
  greetChannel,
  keep,
  showFinding,
  showLink,
  until,
  type Wizard,
} from "./wizard.js";

/** How often Discord is asked whether the app is in a server by now. */
const lookAgainMs = 2_000;

/** From no app at all to a first card in a channel of Discord. */
export async function setUpDiscord(wizard: Wizard): Promise<void> {
  const { setup, values } = wizard;
  await askPublicUrl(wizard);
  if (!values.DISCORD_BOT_TOKEN) {
    explainStep(wizard, "1. Make the app", ["Open this address, name the app, and press Create:"]);
    showLink(wizard, setup.appLink);
  }
  explainStep(wizard, "2. Bot token", ["On the app's page: Bot, Reset Token. Copy the token."]);
  await askSecret(wizard, { key: "DISCORD_BOT_TOKEN", question: "Paste it here (it is not shown)" });
  for (const finding of (await setup.prepare?.(values)) ?? []) showFinding(wizard, finding);
  if (!values.DISCORD_GUILD_ID) await chooseServer(wizard);
  await askApprovers(wizard, "DISCORD_APPROVERS");
  await greetChannel(wizard);
}

/** Shows the invite link and goes on by itself once the app is in a server. */
async function chooseServer(wizard: Wizard): Promise<void> {
  const { context, setup, values } = wizard;
  const { inviteLink, servers } = setup;
  if (inviteLink === undefined || servers === undefined) return;
  const list = (): Promise<NamedId[]> => until(wizard, () => servers(values));
  let found = await list();
  if (found.length === 0) {
    const link = await until(wizard, () => inviteLink(values));
    explainStep(wizard, "3. Invite it", ["Open this address, choose the server, and press Authorise:"]);
    showLink(wizard, link);
    context.screen.status(["Waiting until the app is in a server; Ctrl-C ends it."]);
    while (found.length === 0) {
      await pause(context.chatPollMs ?? lookAgainMs, undefined, { signal: context.signal });
      found = await list();
    }
    context.screen.status(undefined);
  }
  const server = await chooseOne(wizard, found);
  showFinding(wizard, { level: "ok", seen: `the server is ${server.name}` });
  await keep(wizard, "DISCORD_GUILD_ID", server.id);
}
