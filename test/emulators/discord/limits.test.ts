import { describe, expect, test } from "vitest";
import { call, general, makeWebhook, say, startDiscord } from "./harness.js";
import { applicationId, guildId, type Json } from "./model.js";

const long = (count: number): string => "x".repeat(count);
const button = (customId: string, more: Json = {}) => ({
  type: 2,
  style: 1,
  label: "Go",
  custom_id: customId,
  ...more,
});
const row = (...components: Json[]) => ({ type: 1, components });
const menu = (options: Json[]) => row({ type: 3, custom_id: "m", options });
const option = (at: number) => ({ label: `o${at}`, value: `${at}` });
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

describe("limits of messages", () => {
  test.each<[string, Json]>([
    ["2,000 characters", { content: long(2_000) }],
    ["a title of 256 and a description of 4,096", { embeds: [{ title: long(256), description: long(4_096) }] }],
    [
      "five rows of five buttons",
      { content: "c", components: many(5, (r) => row(...many(5, (b) => button(`${r}-${b}`)))) },
    ],
    ["a menu of 25 options", { content: "c", components: [menu(many(25, option))] }],
    ["a nonce of 25 characters", { content: "c", nonce: long(25), enforce_nonce: true }],
  ])("takes %s", async (_, body) => {
    const discord = await startDiscord();
    expect(await say(discord, body)).toMatchObject({ status: 200 });
    expect(discord.violations()).toEqual([]);
  });

  test.each<[string, Json, number]>([
    ["2,001 characters", { content: long(2_001) }, 50035],
    ["nothing at all", { content: "" }, 50006],
    ["eleven embeds", { embeds: many(11, () => ({ title: "t" })) }, 50035],
    ["a title of 257", { embeds: [{ title: long(257) }] }, 50035],
    ["a description of 4,097", { embeds: [{ description: long(4_097) }] }, 50035],
    ["more than 6,000 in all embeds", { embeds: many(2, () => ({ description: long(3_001) })) }, 50035],
    ["a field without a value", { embeds: [{ fields: [{ name: "n", value: "" }] }] }, 50035],
    ["six rows", { content: "c", components: many(6, (at) => row(button(`${at}`))) }, 50035],
    ["six buttons in a row", { content: "c", components: [row(...many(6, (at) => button(`${at}`)))] }, 50035],
    ["one custom id twice", { content: "c", components: [row(button("a"), button("a"))] }, 50035],
    ["a custom id of 101", { content: "c", components: [row(button(long(101)))] }, 50035],
    ["a label of 81", { content: "c", components: [row(button("a", { label: long(81) }))] }, 50035],
    [
      "an invalid link",
      { content: "c", components: [row({ type: 2, style: 5, label: "l", url: "javascript:1" })] },
      50035,
    ],
    [
      "a menu beside a button",
      { content: "c", components: [row(button("a"), menu([option(1)]).components[0])] },
      50035,
    ],
    ["a menu of 26 options", { content: "c", components: [menu(many(26, option))] }, 50035],
    ["a button outside a row", { content: "c", components: [button("a")] }, 50035],
    ["a nonce of 26", { content: "c", nonce: long(26) }, 50035],
    [
      "a kind of mention both listed and parsed",
      { content: "c", allowed_mentions: { parse: ["users"], users: ["1"] } },
      50035,
    ],
  ])("refuses %s, and counts it as a violation", async (_, body, code) => {
    const discord = await startDiscord();
    expect(await say(discord, body)).toMatchObject({ status: 400, body: { code } });
    expect(discord.people.seen(general)).toEqual([]);
    expect(discord.violations()).toMatchObject([{ rule: "invalid" }]);
  });

  test.each(["discord", "My Discord", "clyde", "a@b", "a#b", "a:b", "```", "everyone", "here", "", long(81)])(
    "refuses the name “%s” for a webhook and its posts",
    async (name) => {
      const discord = await startDiscord();
      expect(await call(discord, "POST", `/channels/${general}/webhooks`, { name })).toMatchObject({ status: 400 });
      const { id, token } = await makeWebhook(discord);
      const posted = await call(discord, "POST", `/webhooks/${id}/${token}?wait=true`, {
        content: "c",
        username: name,
      });
      expect(posted).toMatchObject({ status: 400, body: { code: 50035 } });
    },
  );

  test("a webhook takes no nonce", async () => {
    const discord = await startDiscord();
    const { id, token } = await makeWebhook(discord);
    const posted = await call(discord, "POST", `/webhooks/${id}/${token}?wait=true`, { content: "c", nonce: "n" });
    expect(posted).toMatchObject({ status: 400, body: { code: 50035 } });
  });
});

describe("application commands", () => {
  const register = async (options: Json[], name = "room") => {
    const discord = await startDiscord();
    const command = { name, description: "d", options };
    return call(discord, "PUT", `/applications/${applicationId}/guilds/${guildId}/commands`, [command]);
  };
  const text = (name: string, more: Json = {}) => ({ type: 3, name, description: "d", ...more });

  test.each<[string, Json[], string?]>([
    ["capitals in a name", [], "Room"],
    ["26 options", many(26, (at) => text(`o${at}`))],
    ["two options of one name", [text("a"), text("a")]],
    ["a required option behind an optional one", [text("a"), text("b", { required: true })]],
    ["choices beside autocomplete", [text("a", { autocomplete: true, choices: [] })]],
    ["an option without a description", [text("a", { description: "" })]],
  ])("refuses %s", async (_, options, name) => {
    expect(await register(options, name)).toMatchObject({ status: 400, body: { code: 50035 } });
  });

  test("replaces all commands with the valid new ones", async () => {
    expect(await register([text("a", { required: true }), text("b", { autocomplete: true })])).toMatchObject({
      status: 200,
    });
  });
});
