import { describe, expect, test } from "vitest";
import { bob, builds, call, general, makeWebhook, mia, openThread, say, startDiscord } from "./harness.js";
import type { Json } from "./model.js";

describe("who is pinged", () => {
  const content = `<@${mia}> <@${bob}> <@&900000000000000001> @everyone @here`;
  const everybody = [mia, bob, "role 900000000000000001", "@everyone", "@here"];

  test.each<[string, "bot" | "webhook", Json, string[]]>([
    ["a bot that says nothing about it pings everybody", "bot", undefined, everybody],
    ["a webhook that says nothing about it pings users", "webhook", undefined, [mia, bob]],
    ["an empty list pings nobody", "bot", { parse: [] }, []],
    ["an empty list pings nobody through a webhook", "webhook", { parse: [] }, []],
    ["listed users alone", "webhook", { parse: [], users: [bob] }, [bob]],
    ["users of the text", "bot", { parse: ["users"] }, [mia, bob]],
    ["everyone", "bot", { parse: ["everyone"] }, ["@everyone", "@here"]],
  ])("%s", async (_, by, allowed_mentions, pinged) => {
    const discord = await startDiscord();
    const body = { content, ...(allowed_mentions === undefined ? {} : { allowed_mentions }) };
    const { id, token } = await makeWebhook(discord);
    if (by === "bot") await say(discord, body);
    else await call(discord, "POST", `/webhooks/${id}/${token}?wait=true`, body);
    expect(discord.reach().pings.map(({ target }) => target)).toEqual(pinged);
  });

  test("an edit without allowed mentions pings after all", async () => {
    const discord = await startDiscord();
    const { body } = await say(discord, { content, allowed_mentions: { parse: [] } });
    await call(discord, "PATCH", `/channels/${general}/messages/${body.id}`, { content: "@everyone" });
    expect(discord.reach().pings.map(({ target }) => target)).toEqual(["@everyone"]);
  });

  test("links get a preview unless they are in angle brackets, in code, or suppressed", async () => {
    const discord = await startDiscord();
    await say(discord, { content: "https://a.example <https://b.example> `https://c.example`" });
    await say(discord, { content: "https://d.example", flags: 4 });
    expect(discord.reach().unfurls).toEqual(["https://a.example"]);
  });
});

test("an enforced nonce returns the first message again, until it is forgotten", async () => {
  let nowMs = 1_700_000_000_000;
  const discord = await startDiscord({ nowMs: () => nowMs });
  const body = { content: "once", nonce: "n1", enforce_nonce: true };
  const first = await say(discord, body);
  expect((await say(discord, body)).body.id).toBe(first.body.id);
  expect((await say(discord, { ...body, enforce_nonce: false })).body.id).not.toBe(first.body.id);
  nowMs += 121_000;
  await say(discord, body);
  expect(discord.people.seen(general)).toHaveLength(3);
});

describe("threads", () => {
  test("a message has one thread, which bears its id", async () => {
    const discord = await startDiscord();
    const thread = await openThread(discord);
    const again = await call(discord, "POST", `/channels/${general}/messages/${thread}/threads`, { name: "x" });
    expect(again).toMatchObject({ status: 400, body: { code: 160004 } });
    expect(discord.people.threads(general)).toEqual([thread]);
  });

  test("an archived thread takes no edit and is opened by a post; a locked one takes neither", async () => {
    const discord = await startDiscord();
    const thread = await openThread(discord);
    const { body } = await say(discord, { content: "c" }, thread);
    const edit = () => call(discord, "PATCH", `/channels/${thread}/messages/${body.id}`, { content: "d" });
    discord.admin.archive(thread);
    expect(await edit()).toMatchObject({ status: 400, body: { code: 50083 } });
    expect(await say(discord, { content: "again" }, thread)).toMatchObject({ status: 200 });
    expect(await edit()).toMatchObject({ status: 200 });
    discord.admin.lock(thread);
    expect(await say(discord, { content: "no" }, thread)).toMatchObject({ body: { code: 50083 } });
    expect(await edit()).toMatchObject({ body: { code: 50083 } });
  });

  test("a quiet thread is archived after its time, counted from the last message or opening", async () => {
    let nowMs = 1_700_000_000_000;
    const discord = await startDiscord({ nowMs: () => nowMs });
    const thread = await openThread(discord, { auto_archive_duration: 60 });
    const isArchived = async () => (await call(discord, "GET", `/channels/${thread}`)).body.thread_metadata.archived;
    nowMs += 59 * 60_000;
    await say(discord, { content: "still here" }, thread);
    nowMs += 59 * 60_000;
    expect(await isArchived()).toBe(false);
    nowMs += 2 * 60_000;
    expect(await isArchived()).toBe(true);
    await call(discord, "PATCH", `/channels/${thread}`, { archived: false });
    expect(await isArchived()).toBe(false);
  });

  test("a thread that was deleted is unknown", async () => {
    const discord = await startDiscord();
    const thread = await openThread(discord);
    discord.admin.deleteThread(thread);
    expect(await say(discord, { content: "c" }, thread)).toMatchObject({ status: 404, body: { code: 10003 } });
  });
});

describe("webhooks", () => {
  test("a channel has at most fifteen", async () => {
    const discord = await startDiscord();
    for (let at = 0; at < 15; at += 1) await makeWebhook(discord);
    const more = await call(discord, "POST", `/channels/${general}/webhooks`, { name: "one more" });
    expect(more).toMatchObject({ status: 400, body: { code: 30007 } });
    expect(await call(discord, "POST", `/channels/${builds}/webhooks`, { name: "elsewhere" })).toMatchObject({
      status: 200,
    });
  });

  test("posts under a name of its own into a thread of its channel, and nowhere else", async () => {
    const discord = await startDiscord();
    const thread = await openThread(discord);
    const { id, token } = await makeWebhook(discord);
    const post = (query: string, secret = token) =>
      call(discord, "POST", `/webhooks/${id}/${secret}?wait=true${query}`, { content: "hi", username: "Coder" });
    expect(await post(`&thread_id=${thread}`)).toMatchObject({
      status: 200,
      body: { webhook_id: id, channel_id: thread },
    });
    expect(discord.people.seen(thread).at(-1)).toMatchObject({ from: "Coder", isPerson: false });
    expect(await post("&thread_id=1")).toMatchObject({ status: 404, body: { code: 10003 } });
    expect(await post("", "wrong")).toMatchObject({ status: 401, body: { code: 50027 } });
    const elsewhere = await makeWebhook(discord, builds);
    const lost = await call(
      discord,
      "POST",
      `/webhooks/${elsewhere.id}/${elsewhere.token}?wait=true&thread_id=${thread}`,
      { content: "hi" },
    );
    expect(lost).toMatchObject({ status: 400 });
  });

  test("only the webhook may edit its posts, and nobody once it is deleted", async () => {
    const discord = await startDiscord();
    const { id, token } = await makeWebhook(discord);
    const { body } = await call(discord, "POST", `/webhooks/${id}/${token}?wait=true`, { content: "hi" });
    const byBot = await call(discord, "PATCH", `/channels/${general}/messages/${body.id}`, { content: "x" });
    expect(byBot).toMatchObject({ status: 403, body: { code: 50005 } });
    const edit = () => call(discord, "PATCH", `/webhooks/${id}/${token}/messages/${body.id}`, { content: "x" });
    expect(await edit()).toMatchObject({ status: 200 });
    discord.admin.removeWebhooks(general);
    expect(await edit()).toMatchObject({ status: 404, body: { code: 10015 } });
  });

  test("called without wait it is a violation: the id would not be known", async () => {
    const discord = await startDiscord();
    const { id, token } = await makeWebhook(discord);
    await call(discord, "POST", `/webhooks/${id}/${token}`, { content: "hi" });
    expect(discord.violations()).toMatchObject([{ rule: "no_wait" }]);
  });
});

describe("history", () => {
  test("comes in pages, newest first", async () => {
    const discord = await startDiscord();
    for (let at = 0; at < 7; at += 1) discord.people.say({ user: "mia", channel: general, text: `m${at}` });
    const page = async (query: string) =>
      (await call(discord, "GET", `/channels/${general}/messages?${query}`)).body.map(({ content }: Json) => content);
    expect(await page("limit=2")).toEqual(["m6", "m5"]);
    expect(await page("limit=3&after=0")).toEqual(["m2", "m1", "m0"]);
    expect(await call(discord, "GET", `/channels/${general}/messages?limit=101`)).toMatchObject({ status: 400 });
  });

  test("is without content for an app that may not read it, except its own messages and those to it", async () => {
    const discord = await startDiscord();
    discord.admin.setContent(false);
    discord.people.say({ user: "mia", channel: general, text: "secret" });
    discord.people.say({ user: "mia", channel: general, text: "@parley hello" });
    await say(discord, { content: "own" });
    const { body } = await call(discord, "GET", `/channels/${general}/messages`);
    const told = body.map(({ content }: Json) => content).toReversed();
    expect(told).toEqual(["", expect.stringContaining("hello"), "own"]);
  });
});

describe("what an app may not do", () => {
  test.each<[string, "sendMessages" | "readMessageHistory" | "manageWebhooks" | "createPublicThreads", string, string]>(
    [
      ["posting", "sendMessages", "POST", `/channels/${general}/messages`],
      ["reading", "readMessageHistory", "GET", `/channels/${general}/messages`],
      ["webhooks", "manageWebhooks", "GET", `/channels/${general}/webhooks`],
      ["threads", "createPublicThreads", "POST", `/channels/${general}/messages/1/threads`],
    ],
  )("%s without the permission", async (_, permission, method, path) => {
    const discord = await startDiscord();
    discord.admin.deny([permission]);
    const body = method === "POST" ? { content: "c", name: "n" } : undefined;
    expect(await call(discord, method, path, body)).toMatchObject({ status: 403, body: { code: 50013 } });
  });

  test("anything with a wrong token, or in a server it was removed from", async () => {
    const discord = await startDiscord();
    expect(await call(discord, "GET", "/users/@me", undefined, { token: "wrong" })).toMatchObject({ status: 401 });
    discord.admin.removeBot();
    expect(await say(discord, { content: "c" })).toMatchObject({ status: 403, body: { code: 50001 } });
    discord.admin.inviteBot();
    expect(await say(discord, { content: "c" })).toMatchObject({ status: 200 });
  });

  test("a route that Discord does not have is a violation", async () => {
    const discord = await startDiscord();
    expect(await call(discord, "GET", "/rooms")).toMatchObject({ status: 404 });
    expect(discord.violations()).toMatchObject([{ rule: "unknown_route" }]);
  });
});
