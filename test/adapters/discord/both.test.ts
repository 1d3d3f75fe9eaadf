import { expect, test } from "vitest";
import { createDiscordChat } from "../../../adapters/discord/chat.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createSlackChat } from "../../../adapters/slack/chat.js";
import { createMemoryWorld, type MemoryWorld, messagesOf, startMemoryParley } from "../../chat/memory-parley.js";
import { saidIn } from "../../contract/chat-steps.js";
import { createDiscordEmulator } from "../../emulators/discord/emulator.js";
import { createSlackEmulator } from "../../emulators/slack/emulator.js";
import { seededRandom } from "../../support/seeded-random.js";

/** `PARLEY_TEST_BOTH=500` runs it in full. */
const count = Number(process.env.PARLEY_TEST_BOTH ?? 15);
const slackChannel = "C00GENERAL";
const discordChannel = "500000000000000001";
/** Names of people in the room and in chats. */
const names: Readonly<Record<string, string>> = { mia: "Mia", max: "Max" };

test(
  `one room on Slack, Discord and the web: ${count} messages from all three sides while both platforms fail in turn`,
  async () => {
    const slack = await createSlackEmulator();
    const discord = await createDiscordEmulator();
    discord.people.add({ id: "600000000000000009", name: "Max" });
    const clock: MemoryWorld["clock"] = {
      ...createSystemClock(),
      advance: () => undefined,
      untilNext: () => undefined,
      freeze: () => undefined,
      shiftWallClock: () => undefined,
    };
    const world = { ...(await createMemoryWorld()), clock };
    const logger = createMemoryLogger({ maxRecords: 500 });
    const slackChat = createSlackChat({
      botToken: slack.env.SLACK_BOT_TOKEN,
      appToken: slack.env.SLACK_APP_TOKEN,
      apiUrl: slack.env.SLACK_API_URL,
      clock,
      logger,
    });
    const discordChat = createDiscordChat({
      botToken: discord.env.DISCORD_BOT_TOKEN,
      guildId: discord.env.DISCORD_GUILD_ID,
      apiUrl: discord.env.DISCORD_API_URL,
      clock,
      logger,
    });
    const parley = await startMemoryParley(world, { chats: [slackChat, discordChat], life: 1 });
    await slack.until(() => slack.socketMode.connections() === 2, 10_000);
    await discord.until(() => discord.gateway.connections() === 1 && discord.store.state.commands.length > 0, 10_000);

    await slack.people.command({ user: "mia", channel: slackChannel, text: "/room new shared with teller" });
    const roots = () => slack.people.channel(slackChannel).filter(({ metadata }) => metadata !== undefined);
    const root = await slack.until(() => roots().at(-1), 15_000);
    await slack.people.command({ user: "mia", channel: slackChannel, text: "/room invite approver" });
    const code = await slack.until(
      () =>
        slack.people
          .whispers("mia")
          .flatMap(({ text }) => /`?([0-9a-z-]{20,})`?/.exec(text)?.[1] ?? [])
          .at(-1),
      15_000,
    );
    await discord.people.command({ user: "max", channel: discordChannel, verb: "attach", options: { room: code } });
    const thread = await discord.until(() => discord.people.threads(discordChannel).at(-1), 15_000);
    const roomId = String(root.metadata?.event_payload.key ?? "").split("/")[0] ?? "";

    const random = seededRandom(7);
    let faults = 0;
    /** Something fails on one of the platforms: a call, before or after its effect, or the connection. */
    function fail(isSlack: boolean): void {
      faults += 1;
      const phase = random() < 0.5 ? "after" : "before";
      const kind = Math.floor(random() * 4);
      if (isSlack) {
        const at = { target: "call", method: "chat.postMessage" } as const;
        if (kind === 0) slack.faults.add({ ...at, mode: "rate_limit", retryAfterS: 1 });
        else if (kind === 1) slack.faults.add({ ...at, mode: "http_error", phase });
        else if (kind === 2) slack.socketMode.disconnect({ reason: "refresh_requested", index: 0 });
        else slack.faults.add({ ...at, mode: "drop", phase });
        return;
      }
      const at = { target: "rest", route: "POST webhook" } as const;
      if (kind === 0) discord.faults.add({ ...at, mode: "rate_limit", retryAfterMs: 1_000 });
      else if (kind === 1) discord.faults.add({ ...at, mode: "http_error", phase });
      else if (kind === 2) discord.gateway.drop();
      else discord.faults.add({ ...at, mode: "drop", phase });
    }
    for (let at = 0; at < count; at += 1) {
      if (random() < 0.2) fail(Math.floor(at / 5) % 2 === 0);
      const text = `@teller say n${at}`;
      if (at % 3 === 0) slack.people.say({ user: "mia", channel: slackChannel, threadTs: root.ts, text });
      else if (at % 3 === 1) discord.people.say({ user: "max", channel: thread, text });
      else {
        const by = { kind: "admin" as const };
        const message = { messageId: `web-${at}`, body: `say n${at}`, to: ["teller"] };
        await parley.runtime.rooms.execute(roomId, { type: "message.post", by, ...message });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const onSlack = () =>
      slack.people.thread(slackChannel, root.ts).map(({ author, text, buttons }) => ({
        from: author.name,
        isPerson: !author.isApp,
        text,
        buttons: buttons.map((button) => button.text),
      }));
    const onDiscord = () =>
      discord.people.seen(thread).map(({ from, isPerson, text, buttons }) => ({
        from,
        isPerson,
        text,
        buttons: buttons.map((one) => one.text),
      }));
    const isDone = (seen: ReturnType<typeof onSlack>) => saidIn(seen).length >= count;
    await slack.until(() => isDone(onSlack()) && isDone(onDiscord()), 60_000 + count * 6_000);
    const log = await messagesOf(world.log, roomId);
    const said = log.flatMap(({ body }) => /^said (\S+)$/.exec(body)?.[1] ?? []);
    expect(said).toHaveLength(count);
    expect(saidIn(onSlack())).toEqual(said);
    expect(saidIn(onDiscord())).toEqual(said);
    // Parley's posts on one side equal the messages written elsewhere, in the room's order, under their sender's name.
    const words = /(sa(?:y|id) n\d+)$/;
    const written = log.flatMap(({ from, body }) => {
      const text = words.exec(body)?.[1];
      return text === undefined ? [] : [{ from: names[from] ?? from, text }];
    });
    const posted = (seen: ReturnType<typeof onSlack>) =>
      seen.flatMap(({ from, isPerson, text }) => {
        const told = words.exec(text)?.[1];
        return isPerson || told === undefined ? [] : [{ from, text: told }];
      });
    expect(written).toHaveLength(2 * count);
    expect(posted(onSlack())).toEqual(written.filter(({ from }) => from !== "Mia"));
    expect(posted(onDiscord())).toEqual(written.filter(({ from }) => from !== "Max"));
    const thirds = [0, 1, 2].map((side) => Array.from({ length: count }).filter((_, at) => at % 3 === side).length);
    const writers = ["Mia", "Max", "admin"].map((name) => written.filter(({ from }) => from === name).length);
    expect(writers).toEqual(thirds);
    expect([...discord.violations(), ...slack.violations()]).toEqual([]);
    process.stdout.write(
      `Slack, Discord and the web: ${count} messages and ${count} answers, ${faults} faults: each once, in order\n`,
    );
    await parley.bridges.stop();
    await parley.runtime.stop();
    await discord.stop();
    await slack.stop();
  },
  120_000 + count * 10_000,
);
