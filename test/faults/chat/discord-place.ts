import { createDiscordEmulator, type DiscordEmulator } from "../../emulators/discord/emulator.js";
import type { SeenMessage } from "../../emulators/discord/people.js";
import { type HoldingProxy, openHoldingProxy, type WatchedCall } from "../holding-proxy.js";
import { askUntil, type ChatPlace, chatPeople, type SentPost, type ShownPost, saidIn } from "./chat-place.js";

const channel = "500000000000000001";
const userIds = { tom: "600000000000000011", ana: "600000000000000012" };
const patienceMs = 30_000;
/** Caused by a process that was killed or frozen. */
const notAsked: readonly string[] = ["late_ack", "no_heartbeat"];

export async function openDiscordPlace(): Promise<ChatPlace> {
  const discord = await createDiscordEmulator();
  for (const [name, id] of Object.entries(userIds)) discord.people.add({ id, name });
  const ways = new Map<string, HoldingProxy>();
  const sent: SentPost[] = [];
  let thread = "";

  return {
    platform: "discord",
    ways,
    sent,
    async env(process) {
      const way = await openHoldingProxy(() => discord.url, {
        watches: ({ method, path }) => method === "POST" && /\/webhooks\/[^?]*\?.*thread_id=/.test(path),
        onWatched: (call) => sent.push({ process, said: saidBy(call), call }),
      });
      ways.set(process, way);
      const { DISCORD_BOT_TOKEN, DISCORD_GUILD_ID } = discord.env;
      const url = { DISCORD_API_URL: `${way.url}/api` };
      return { DISCORD_BOT_TOKEN, DISCORD_GUILD_ID, ...url, DISCORD_APPROVERS: userIds.ana };
    },
    async attach(code) {
      const isHeard = () => discord.gateway.connections() > 0 && discord.store.state.commands.length > 0;
      await discord.until(isHeard, patienceMs);
      const typed = { user: chatPeople.decider, channel, verb: "attach", options: { room: code } };
      thread = await askUntil(
        () => discord.people.command(typed),
        () => discord.people.threads(channel)[0],
      );
    },
    say: (text) => void discord.people.say({ user: chatPeople.writer, channel: thread, text }),
    decide: (card, edited) => decide(discord, { card, thread, edited }),
    shown: () => discord.people.seen(thread).map(shownPost),
    violations: () =>
      discord
        .violations()
        .filter(({ rule }) => !notAsked.includes(rule))
        .map(({ rule, detail }) => `${rule}: ${detail}`),
    async stop() {
      await discord.stop();
      for (const way of ways.values()) await way.close();
    },
  };
}

function shownPost({ id, from, isPerson, text, buttons }: SeenMessage): ShownPost {
  const pressable = buttons.map(({ text: label, customId = "" }) => ({ text: label, id: customId }));
  return { id, from, isPerson, text, buttons: pressable };
}

/** Webhooks speak for those in the room; Parley's own posts go another way. */
function saidBy({ body }: WatchedCall): string {
  const { content = "" } = JSON.parse(body) as { content?: string };
  return saidIn(content.replace(/\\(?=[^\w\s])/g, ""));
}

async function decide(
  discord: DiscordEmulator,
  { card, thread, edited }: { card: ShownPost; thread: string; edited: string | undefined },
): Promise<boolean> {
  const user = chatPeople.decider;
  const button = card.buttons.find(({ text }) => text === (edited === undefined ? "Approve" : "Edit…"));
  if (!button) return false;
  const clicked = await discord.people.click({ user, channel: thread, id: card.id, customId: button.id });
  if (edited === undefined) return clicked.kind === "acknowledged";
  // Without its form nothing was decided yet.
  if (clicked.kind !== "modal") return false;
  const { customId } = clicked;
  const { kind } = await discord.people.submit({ user, channel: thread, customId, value: edited });
  return kind === "acknowledged";
}
