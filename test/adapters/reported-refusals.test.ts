import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { webApi } from "@slack/bolt";
import { DiscordAPIError, RateLimitError } from "discord.js";
import { expect, test } from "vitest";
import { toChatError as discordError } from "../../adapters/discord/errors.js";
import { createPatientRequest } from "../../adapters/discord/patient-request.js";
import { createUnnamedLimit } from "../../adapters/kit/unnamed-limit.js";
import { createManualClock } from "../../adapters/memory/clock.js";
import { toChatError as slackError } from "../../adapters/slack/errors.js";
import { createPatientFetch } from "../../adapters/slack/patient-fetch.js";

/** Refusals of platforms, as users of other bots reported them. Each row names its report on GitHub. */

const posting = { doing: "Posting", effect: "write", limited: "channel" } as const;

const fromSlack = (error: string) => slackError(new webApi.WebAPIPlatformError({ ok: false, error }), posting);
const fromDiscord = (code: number, status: number) =>
  discordError(
    new DiscordAPIError({ code, message: "no" }, code, status, "POST", "https://discord.example", {
      body: undefined,
      files: undefined,
    }),
    posting,
  );

test.each([
  ["nanocoai/nanoclaw#2310: several tables or rules", "invalid_blocks"],
  ["arkedge/hubhook#342: a markdown block where none may stand", "invalid_blocks_format"],
  ["metabase/metabase#80652: a large table next to a long answer", "msg_blocks_too_long"],
  ["mifunedev/openharness#135, getnao/nao#1323: a long answer", "msg_too_long"],
  ["Taytay/slack-langchain#4: no text that Slack could read", "no_text"],
])("Slack's refusal of a layout leads to the plain form of the post: %s", (_, error) => {
  expect(fromSlack(error)).toMatchObject({ code: "refused", message: `Posting failed. Slack refused it (${error}).` });
});

test.each([
  ["agentscope-ai/QwenPaw#1001: a content over 2,000 characters", 50_035],
  ["abalabahaha/eris#1354: an empty message", 50_006],
  ["the same report: a thread that cannot be made here", 50_024],
  ["a block by the server's filter", 200_000],
])("Discord's refusal of a post is definite, it is not tried for ever: %s", (_, code) => {
  expect(fromDiscord(code, 400)).toMatchObject({ code: "refused" });
});

test.each([
  ["pR0Ps/slack-to-discord#16: as many threads as a server may have", 160_006, "missing_permission", "Archive some"],
  ["MarcusOtter/discord-needle#252, discord/discord-api-docs#5573", 50_013, "missing_permission", "lacks a permission"],
  ["the thread is locked", 160_005, "thread_gone", "Unlock it"],
  ["the channel is away", 10_003, "channel_gone", "does not exist any more"],
] as const)("a root without its thread parks with words: %s", (_, code, parked, words) => {
  const error = fromDiscord(code, code === 160_006 ? 400 : 403);
  expect(error).toMatchObject({ code: parked, message: expect.stringContaining(words) });
});

test.each([
  ["slack-samples/javascript-announcement-bot#6: members alone may post", "restricted_action", "missing_permission"],
  ["superset-sh/superset#6087: no threads there", "restricted_action_non_threadable_channel", "missing_permission"],
  ["dust-tt/dust#28230: a channel to read alone", "restricted_action_read_only_channel", "missing_permission"],
  ["slackapi/slack-github-action#5: Parley was not invited", "not_in_channel", "channel_gone"],
  ["superset-sh/superset#6087: an archived channel", "is_archived", "channel_gone"],
] as const)("a post that Slack refuses for good parks with words: %s", (_, error, code) => {
  expect(fromSlack(error)).toMatchObject({ code, message: expect.stringMatching(/Ask|Invite|Unarchive/) });
});

const limited = (retryAfter: number, more: Partial<ConstructorParameters<typeof RateLimitError>[0]> = {}) =>
  new RateLimitError({
    ...{ timeToReset: retryAfter, limit: 5, method: "POST", hash: "x", url: "https://discord.example", route: "/x" },
    ...{ majorParameter: "1", global: false, retryAfter, sublimitTimeout: 0, scope: "user", ...more },
  });

test.each([
  ["shardlab/discordrb#120: no time in body or header", limited(0), 30_000, "platform"],
  ["openclaw/openclaw#74489: a page of Cloudflare's", limited(Number.NaN), 30_000, "platform"],
  ["NousResearch/hermes-agent#52423: threads of one channel, 278.53 s", limited(278_530), 278_530, "channel"],
  ["every route at once", limited(1_200, { global: true, scope: "global" }), 1_200, "platform"],
  ["a time too short to be meant", limited(1), 50, "channel"],
] as const)("Discord's limit is kept, with and without a time: %s", (_, error, retryAfterMs, scope) => {
  expect(discordError(error, posting)).toMatchObject({ code: "rate_limited", retryAfterMs, scope });
});

const blocked = {
  code: 0,
  message: "You are being blocked from accessing our API temporarily due to exceeding our rate limits frequently.",
};
const html = "<!DOCTYPE html><title>Access denied | discord.com used Cloudflare to restrict access</title> Error 1015";

test.each<[string, string, Record<string, string>]>([
  ["discord/discord-api-docs#5810: a static answer without headers", JSON.stringify(blocked), {}],
  ["discord/discord-api-docs#1771: error 1015 as a page", html, { "content-type": "text/html" }],
  ["discordjs/discord.js#3560: a time of 0", "{}", { "retry-after": "0" }],
  ["openclaw/openclaw#74489: a time that is no number", html, { "retry-after": "soon" }],
])("a 429 that names no time stops all calls for 30 s, then longer: %s", async (_, body, headers) => {
  const clock = createManualClock(0);
  const limit = createUnnamedLimit({ platform: "Discord", clock });
  let calls = 0;
  const request = createPatientRequest(limit, async () => {
    calls += 1;
    return new Response(body, { status: 429, headers });
  });
  const waits: (string | null)[] = [];
  for (let at = 0; at < 3; at++) {
    const answers = await Promise.all([1, 2, 3].map((channel) => request(`https://discord.example/${channel}`, {})));
    waits.push(answers[0]?.headers.get("retry-after") ?? null);
    clock.advance(Number(waits.at(-1)) * 1_000);
  }
  expect(waits).toEqual(["30", "60", "120"]);
  expect(calls).toBeLessThanOrEqual(9);
});

test("a time that Discord names is Discord's own, in seconds: discord/discord-api-docs#1463", async () => {
  const limit = createUnnamedLimit({ platform: "Discord", clock: createManualClock(0) });
  const request = createPatientRequest(
    limit,
    async () => new Response("", { status: 429, headers: { "retry-after": "3" } }),
  );
  expect((await request("https://discord.example", {})).headers.get("retry-after")).toBe("3");
  expect(limit.waitMs()).toBe(0);
});

test.each<[string, Record<string, string>]>([
  ["slackapi/node-slack-sdk#1421: no time", {}],
  ["slackapi/node-slack-sdk#217: a time that is no number", { "retry-after": "soon" }],
  ["juvet/juvet#134: a time of 0", { "retry-after": "0" }],
])("a 429 of Slack's that names no time stops all calls for 30 s, then longer: %s", async (_, headers) => {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.writeHead(429, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const clock = createManualClock(0);
  const patient = createPatientFetch(clock, createUnnamedLimit({ platform: "Slack", clock }));
  try {
    const waits: (string | null)[] = [];
    for (let at = 0; at < 3; at++) {
      const answer = await patient(`${api}/chat.postMessage`, { method: "POST", body: "channel=C1" });
      expect((await patient(`${api}/chat.update`, { method: "POST" })).status).toBe(429);
      waits.push(answer.headers.get("retry-after"));
      clock.advance(Number(waits.at(-1)) * 1_000);
    }
    expect(waits).toEqual(["30", "60", "120"]);
    expect(calls).toBe(3);
  } finally {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }
});
