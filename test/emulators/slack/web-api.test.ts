import { describe, expect, test } from "vitest";
import { createClient } from "./bolt-app.js";
import { startSlack, violationRules } from "./harness.js";
import { asObject, asObjects } from "./json.js";

const general = "C00GENERAL";
const quiet = { unfurl_links: false, unfurl_media: false } as const;
const fails = (error: string, more: object = {}) =>
  expect.objectContaining({ data: expect.objectContaining({ ok: false, error, ...more }) });

async function setUp() {
  const slack = await startSlack();
  return { slack, client: createClient(slack), people: slack.people };
}

describe("tokens and scopes", () => {
  test("auth.test says who one is", async () => {
    const { client } = await setUp();
    expect(await client.auth.test()).toMatchObject({
      ok: true,
      user_id: "U00PARLEY",
      bot_id: "B000PARLEY",
      team: "Harbor Lab",
    });
  });

  test("a wrong, foreign or revoked token is refused", async () => {
    const { slack, client } = await setUp();
    await expect(createClient(slack, "xoxb-other").auth.test()).rejects.toEqual(fails("invalid_auth"));
    await expect(createClient(slack, "").auth.test()).rejects.toEqual(fails("not_authed"));
    await expect(createClient(slack, slack.env.SLACK_APP_TOKEN).auth.test()).rejects.toEqual(
      fails("not_allowed_token_type"),
    );
    await expect(client.apps.connections.open()).rejects.toEqual(fails("not_allowed_token_type"));
    slack.admin.revokeToken("bot");
    await expect(client.auth.test()).rejects.toEqual(fails("token_revoked"));
    slack.admin.restoreToken("bot");
    await client.auth.test();
  });

  test("a missing scope is named", async () => {
    const { slack, client } = await setUp();
    slack.admin.dropScope("chat:write.customize");
    const plain = { channel: general, text: "x", ...quiet };
    await client.chat.postMessage(plain);
    await expect(client.chat.postMessage({ ...plain, username: "Planner" })).rejects.toEqual(
      fails("missing_scope", { needed: "chat:write.customize", provided: expect.stringContaining("chat:write,") }),
    );
    slack.admin.dropScope("users:read");
    await expect(client.users.info({ user: "U000TOM" })).rejects.toEqual(
      fails("missing_scope", { needed: "users:read" }),
    );
    slack.admin.dropScope("channels:history");
    await expect(client.conversations.history({ channel: general })).rejects.toEqual(
      fails("missing_scope", { needed: "channels:history" }),
    );
  });
});

describe("posting", () => {
  test("goes to threads, under a name of its own, and can be found by its metadata", async () => {
    const { slack, client, people } = await setUp();
    const { ts } = people.say({ user: "mia", channel: "general", text: "root" });
    const metadata = { event_type: "room_event", event_payload: { key: "r/1/0/0" } };
    const sent = await client.chat.postMessage({
      channel: general,
      thread_ts: ts,
      text: "a & b",
      username: "Planner",
      icon_emoji: "owl",
      metadata,
      ...quiet,
    });
    expect(sent.message).toMatchObject({
      subtype: "bot_message",
      username: "Planner",
      icons: { emoji: ":owl:" },
      text: "a &amp; b",
    });
    expect(sent.message).not.toHaveProperty("user");
    const bare = await client.conversations.replies({ channel: general, ts });
    expect(bare.messages?.[1]).toMatchObject({ ts: sent.ts, metadata: { event_type: "room_event" } });
    expect(bare.messages?.[1]?.metadata).not.toHaveProperty("event_payload");
    const full = await client.conversations.replies({ channel: general, ts, include_all_metadata: true });
    expect(full.messages?.[1]?.metadata).toEqual(metadata);
    expect(full.messages?.[0]).toMatchObject({ reply_count: 1, thread_ts: ts });
    expect((await client.conversations.history({ channel: general })).messages?.map((message) => message.ts)).toEqual([
      ts,
    ]);
    expect(violationRules(slack)).toEqual([]);
  });

  test("is refused where the app cannot write", async () => {
    const { slack, client } = await setUp();
    const post = (channel: string, more = {}) => client.chat.postMessage({ channel, text: "x", ...quiet, ...more });
    await expect(post("C0NOWHERE")).rejects.toEqual(fails("channel_not_found"));
    await expect(post("C000000OPS")).rejects.toEqual(fails("channel_not_found"));
    await expect(post(general, { thread_ts: "1.000001" })).rejects.toEqual(fails("thread_not_found"));
    slack.admin.archive("builds");
    await expect(post("C000BUILDS")).rejects.toEqual(fails("is_archived"));
    slack.admin.unarchive("builds");
    slack.admin.removeBot("builds");
    await expect(post("C000BUILDS")).rejects.toEqual(fails("not_in_channel"));
    await client.conversations.join({ channel: "C000BUILDS" });
    await post("C000BUILDS");
    const { ts } = await post(general);
    slack.admin.deleteThread("general", ts as string);
    await expect(post(general, { thread_ts: ts })).rejects.toEqual(fails("thread_not_found"));
    await expect(client.conversations.replies({ channel: general, ts: ts as string })).rejects.toEqual(
      fails("thread_not_found"),
    );
  });

  test("is refused over the limits, with the reason", async () => {
    const { slack, client } = await setUp();
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3_001) } }];
    await expect(client.chat.postMessage({ channel: general, text: "x", blocks, ...quiet })).rejects.toEqual(
      fails("invalid_blocks", { errors: ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"] }),
    );
    await expect(client.chat.postMessage({ channel: general, text: "", ...quiet })).rejects.toEqual(fails("no_text"));
    const { ts } = await client.chat.postMessage({ channel: general, text: "x", ...quiet });
    const update = client.chat.update({ channel: general, ts: ts as string, text: "x".repeat(4_001) });
    await expect(update).rejects.toEqual(fails("msg_too_long"));
    const metadata = { event_type: "room event!", event_payload: {} };
    await expect(client.chat.postMessage({ channel: general, text: "x", metadata, ...quiet })).rejects.toEqual(
      fails("invalid_metadata_format"),
    );
    expect(violationRules(slack)).toEqual(["invalid_blocks", "no_text", "msg_too_long", "invalid_metadata_format"]);
  });

  test("notes everything that pings, unfurls, repeats or is not an argument", async () => {
    const { slack, client, people } = await setUp();
    await client.chat.postMessage({ channel: general, text: "<!channel> <@U000MIA> https://a.example" });
    expect(violationRules(slack)).toEqual(["unfurl_left_on", "broadcast_mention", "user_mention", "unfurl"]);
    expect(slack.reach()).toMatchObject({
      pings: [{ target: "channel" }, { target: "U000MIA" }],
      unfurls: ["https://a.example"],
    });
    expect(people.channel("general")[0]).toMatchObject({
      pings: [{ target: "channel" }, { target: "U000MIA" }],
      unfurls: ["https://a.example"],
    });
    const metadata = { event_type: "room_event", event_payload: { key: "k" } };
    const root = await client.chat.postMessage({ channel: general, text: "1", metadata, ...quiet });
    const reply = await client.chat.postMessage({
      channel: general,
      text: "2",
      metadata,
      thread_ts: root.ts as string,
      ...quiet,
    });
    await client.apiCall("chat.postMessage", {
      channel: general,
      text: "3",
      thread_ts: reply.ts,
      as_user: true,
      ...quiet,
    });
    await expect(client.apiCall("chat.shout", { text: "x" })).rejects.toEqual(fails("unknown_method"));
    expect(violationRules(slack).slice(4)).toEqual([
      "posted_twice",
      "unknown_argument",
      "thread_ts_of_reply",
      "unknown_method",
    ]);
    expect(people.thread("general", root.ts as string)).toHaveLength(3);
  });
});

describe("messages afterwards", () => {
  test("are updated with the identity they had; absent blocks stay, an empty list removes them", async () => {
    const { client, people } = await setUp();
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "shown" } }];
    const { ts } = await client.chat.postMessage({
      channel: general,
      text: "one",
      blocks,
      username: "Coder",
      ...quiet,
    });
    const at = { channel: general, ts: ts as string };
    await client.chat.update({ ...at, text: "two" });
    expect(people.channel("general")[0]).toMatchObject({ text: "shown", fallback: "two", author: { name: "Coder" } });
    await client.chat.update({ ...at, text: "three", blocks: [] });
    expect(people.channel("general")[0]).toMatchObject({ text: "three", blocks: [] });
  });

  test("are deleted only when plain and one's own; a root with replies leaves a trace", async () => {
    const { client, people } = await setUp();
    const { ts } = people.say({ user: "mia", channel: "general", text: "mine" });
    await expect(client.chat.delete({ channel: general, ts })).rejects.toEqual(fails("cant_delete_message"));
    await expect(client.chat.update({ channel: general, ts, text: "x" })).rejects.toEqual(fails("cant_update_message"));
    const named = await client.chat.postMessage({ channel: general, text: "x", username: "Coder", ...quiet });
    await expect(client.chat.delete({ channel: general, ts: named.ts as string })).rejects.toEqual(
      fails("cant_delete_message"),
    );
    const root = await client.chat.postMessage({ channel: general, text: "x", ...quiet });
    people.say({ user: "mia", channel: "general", text: "reply", threadTs: root.ts as string });
    await client.chat.delete({ channel: general, ts: root.ts as string });
    expect(people.thread("general", root.ts as string).map(({ text }) => text)).toEqual([
      "This message was deleted.",
      "reply",
    ]);
    await expect(client.chat.delete({ channel: general, ts: root.ts as string })).rejects.toEqual(
      fails("message_not_found"),
    );
  });

  test("have links and reactions", async () => {
    const { client, people } = await setUp();
    const { ts } = people.say({ user: "mia", channel: "general", text: "x" });
    const { permalink } = await client.chat.getPermalink({ channel: general, message_ts: ts });
    expect(permalink).toBe(`https://harbor-lab.slack.com/archives/${general}/p${ts.replace(".", "")}`);
    await client.reactions.add({ channel: general, timestamp: ts, name: "eyes" });
    await expect(client.reactions.add({ channel: general, timestamp: ts, name: "eyes" })).rejects.toEqual(
      fails("already_reacted"),
    );
    expect(people.channel("general")[0]?.reactions).toEqual([{ name: "eyes", users: ["U00PARLEY"] }]);
  });

  test("for one person are invisible to others and not in the history", async () => {
    const { client, people } = await setUp();
    await client.chat.postEphemeral({ channel: general, user: "U000MIA", text: "psst" });
    await expect(client.chat.postEphemeral({ channel: general, user: "U0NOBODY", text: "x" })).rejects.toEqual(
      fails("user_not_in_channel"),
    );
    expect(people.whispers("mia")).toMatchObject([{ text: "psst", onlyFor: "U000MIA" }]);
    expect(people.whispers("tom")).toEqual([]);
    expect((await client.conversations.history({ channel: general })).messages).toEqual([]);
  });
});

describe("reading", () => {
  test("pages through a thread by cursor and by time", async () => {
    const { client, people } = await setUp();
    const { ts } = people.say({ user: "mia", channel: "general", text: "root" });
    const replies = Array.from(
      { length: 5 },
      (_, n) => people.say({ user: "tom", channel: "general", text: `r${n}`, threadTs: ts }).ts,
    );
    const texts: string[] = [];
    for await (const page of client.paginate("conversations.replies", { channel: general, ts, limit: 2 })) {
      texts.push(...asObjects(asObject(page).messages).map(({ text }) => String(text)));
    }
    expect(texts).toEqual(["root", "r0", "r1", "r2", "r3", "r4"]);
    const since = await client.conversations.replies({ channel: general, ts, oldest: replies[2] as string });
    expect(since.messages?.map(({ text }) => text)).toEqual(["root", "r3", "r4"]);
    await expect(client.conversations.replies({ channel: general, ts, cursor: "nonsense" })).rejects.toEqual(
      fails("invalid_cursor"),
    );
  });

  test("lists channels, members and people, and opens direct messages", async () => {
    const { slack, client } = await setUp();
    const list = await client.conversations.list({ types: "public_channel,private_channel" });
    expect(list.channels?.map(({ name }) => name)).toEqual(["general", "builds"]);
    expect((await client.conversations.info({ channel: general })).channel).toMatchObject({
      name: "general",
      is_member: true,
      is_private: false,
    });
    expect((await client.conversations.members({ channel: general })).members).toContain("U000TOM");
    expect((await client.users.info({ user: "U000TOM" })).user?.profile?.display_name).toBe("Tom");
    expect((await client.users.list({})).members).toHaveLength(4);
    expect((await client.team.info()).team?.name).toBe("Harbor Lab");
    const { channel } = await client.conversations.open({ users: "U000MIA" });
    await client.chat.postMessage({ channel: channel?.id as string, text: "hello", ...quiet });
    expect(slack.people.channel(channel?.id as string)[0]?.text).toBe("hello");
  });
});
