import { describe, expect, test } from "vitest";
import { allIntents, bob, type Connection, connect, general, identify, say, startDiscord } from "./harness.js";
import { type Json, token } from "./model.js";

const resume = (connection: Connection, from: Connection, seq: number): void =>
  connection.send({ op: 6, d: { token, session_id: from.events("READY")[0]?.session_id, seq } });
const lastSeq = ({ frames }: Connection): number => Math.max(...frames.map(({ s }) => s ?? 0));

test("signing in: hello, ready, the server, then what happens, with content", async () => {
  const discord = await startDiscord();
  const connection = await identify(discord);
  expect(connection.frames[0]).toMatchObject({ op: 10, d: { heartbeat_interval: 41_250 } });
  expect(connection.events("READY")[0]).toMatchObject({ v: 10, guilds: [{ unavailable: true }] });
  expect(connection.events("GUILD_CREATE")[0].channels).toHaveLength(2);
  discord.people.say({ user: "mia", channel: general, text: "hello" });
  await discord.until(() => connection.events("MESSAGE_CREATE").length > 0);
  expect(connection.events("MESSAGE_CREATE")[0]).toMatchObject({ content: "hello", author: { username: "mia" } });
  connection.send({ op: 1, d: lastSeq(connection) });
  await discord.until(() => connection.frames.some(({ op }) => op === 11));
});

test.each<[string, number, (connection: Connection) => void]>([
  ["a wrong token", 4004, (one) => one.send({ op: 2, d: { token: "wrong", intents: 1 } })],
  ["intents that do not exist", 4013, (one) => one.send({ op: 2, d: { token, intents: 1 << 30 } })],
  ["a word before signing in", 4003, (one) => one.send({ op: 3, d: {} })],
  ["what is not JSON", 4002, (one) => one.sendText("{")],
  ["an op that does not exist", 4001, (one) => one.send({ op: 99, d: {} })],
])("%s closes with %i", async (_, code, misbehave) => {
  const discord = await startDiscord();
  const connection = await connect(discord);
  misbehave(connection);
  expect(await discord.until(() => connection.closed())).toBe(code);
});

test("signing in twice closes with 4005", async () => {
  const discord = await startDiscord();
  const connection = await identify(discord);
  connection.send({ op: 2, d: { token, intents: 1 } });
  expect(await discord.until(() => connection.closed())).toBe(4005);
});

test("a client without heartbeats is closed with 4009, and one with them is not", async () => {
  const discord = await startDiscord({ settings: { heartbeatMs: 50, heartbeatPatienceMs: 300 } });
  const silent = await identify(discord);
  const alive = await identify(discord);
  const timer = setInterval(() => alive.send({ op: 1, d: null }), 40);
  expect(await discord.until(() => silent.closed())).toBe(4009);
  expect(alive.closed()).toBeUndefined();
  clearInterval(timer);
  expect(discord.violations()).toMatchObject([{ rule: "no_heartbeat" }]);
});

test("more than 120 frames in a minute close with 4008", async () => {
  const discord = await startDiscord();
  const connection = await identify(discord);
  for (let at = 0; at < 121; at += 1) connection.send({ op: 1, d: null });
  expect(await discord.until(() => connection.closed())).toBe(4008);
});

describe("resuming", () => {
  test("delivers missed events once, and continues the sequence", async () => {
    const discord = await startDiscord();
    const first = await identify(discord);
    discord.people.say({ user: "mia", channel: general, text: "one" });
    await discord.until(() => first.events("MESSAGE_CREATE").length === 1);
    const seq = lastSeq(first);
    discord.gateway.drop();
    discord.people.say({ user: "mia", channel: general, text: "two" });
    const second = await connect(discord);
    resume(second, first, seq);
    await discord.until(() => second.events("RESUMED").length > 0);
    expect(second.events("MESSAGE_CREATE").map(({ content }: Json) => content)).toEqual(["two"]);
  });

  test.each(["a session that is not known", "a session that was made invalid"])(
    "%s is refused with op 9",
    async (which) => {
      const discord = await startDiscord();
      const first = await identify(discord);
      const ready = first.events("READY")[0];
      if (which.endsWith("invalid")) discord.gateway.invalidate(false);
      else discord.gateway.forget();
      const second = await connect(discord);
      second.send({ op: 6, d: { token, session_id: ready.session_id, seq: 1 } });
      await discord.until(() => second.frames.some(({ op, d }) => op === 9 && d === false));
    },
  );

  test("the platform's own wishes: reconnect is op 7, invalid is op 9 with whether it can be resumed", async () => {
    const discord = await startDiscord();
    const connection = await identify(discord);
    discord.gateway.reconnect();
    discord.gateway.invalidate(true);
    await discord.until(() => connection.frames.some(({ op, d }) => op === 9 && d === true));
    expect(connection.frames.some(({ op }) => op === 7)).toBe(true);
  });

  test("a mute connection answers and tells nothing", async () => {
    const discord = await startDiscord();
    const connection = await identify(discord);
    discord.gateway.mute();
    const count = connection.frames.length;
    connection.send({ op: 1, d: null });
    discord.people.say({ user: "mia", channel: general, text: "unheard" });
    const other = await identify(discord);
    discord.people.say({ user: "mia", channel: general, text: "heard" });
    await discord.until(() => other.events("MESSAGE_CREATE").length === 1);
    expect(connection.frames).toHaveLength(count);
  });
});

describe("intents", () => {
  test("message content that is switched off is refused with 4014; without it content is empty except in messages to the app", async () => {
    const discord = await startDiscord();
    discord.admin.setContent(false);
    expect((await identify(discord)).closed()).toBe(4014);
    const connection = await identify(discord, { intents: allIntents & ~(1 << 15) });
    discord.people.say({ user: "mia", channel: general, text: "for people" });
    discord.people.say({ user: "mia", channel: general, text: "@parley for you" });
    await say(discord, { content: "own" });
    await discord.until(() => connection.events("MESSAGE_CREATE").length === 3);
    const told = connection.events("MESSAGE_CREATE").map(({ content }: Json) => content);
    expect(told).toEqual(["", expect.stringContaining("for you"), "own"]);
  });

  test("events without their intent do not arrive", async () => {
    const discord = await startDiscord();
    const deaf = await identify(discord, { intents: 1 });
    const hearing = await identify(discord);
    discord.people.say({ user: "bob", channel: general, text: "hello" });
    await discord.until(() => hearing.events("MESSAGE_CREATE").some(({ author }: Json) => author.id === bob));
    expect(deaf.events("MESSAGE_CREATE")).toEqual([]);
  });
});
