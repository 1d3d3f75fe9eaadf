import { describe, expect, test } from "vitest";
import { facePath } from "../../src/core/face/face.js";
import { pageState as discordPage } from "../emulators/discord/page-state.js";
import { pageState as slackPage } from "../emulators/slack/page-state.js";
import { createApi } from "../http/support/api.js";
import {
  startEmulator as emulatedDiscord,
  openThread as openOnDiscord,
  startChat as startDiscord,
} from "./discord/harness.js";
import {
  startEmulator as emulatedSlack,
  openThread as openOnSlack,
  said,
  startChat as startSlack,
} from "./slack/harness.js";

const origin = "https://parley.example";
const pictureUrl = origin + facePath({ place: 3, initials: "TE" });
const tester = { name: "tester", displayName: "Tester", role: "tester", kind: "agent" } as const;

/** Fetches as the platform does, from Parley behind its public address. */
async function fetchPicture(): Promise<(url: string) => Promise<Response>> {
  const { app } = await createApi({ publicOrigin: origin });
  return async (url) => app.request(url);
}

const words = (emulator: { violations(): readonly { rule: string; detail: string }[] }) =>
  emulator.violations().map(({ rule }) => rule);

describe("the picture of an agent", () => {
  test("is fetched and shown by Slack", async () => {
    const slack = await emulatedSlack({ fetchPicture: await fetchPicture() });
    const rig = await startSlack("socket", { slack });
    const target = await openOnSlack(rig);
    await rig.chat.post(target, said("hello", { from: { ...tester, pictureUrl } }), "r1/1/0/0");
    await slack.workspace.pictures.settled();
    const { thread } = slackPage(slack, new URLSearchParams({ channel: target.channel, thread: target.thread }));
    expect(thread.at(-1)).toMatchObject({ name: "Tester", picture: expect.stringMatching(/^data:image\/png;base64,/) });
  });

  test("is fetched and shown by Discord", async () => {
    const discord = await emulatedDiscord({ fetchPicture: await fetchPicture() });
    const rig = await startDiscord({ discord });
    const target = await openOnDiscord(rig);
    await rig.chat.post(target, said("hello", { from: { ...tester, pictureUrl } }), "r1/1/0/0");
    await discord.pictures.settled();
    const { replies } = discordPage(discord, new URLSearchParams({ thread: target.thread }));
    expect(replies.at(-1)).toMatchObject({
      name: "Tester",
      face: { picture: expect.stringMatching(/^data:image\/png;base64,/) },
    });
  });

  test.each([
    ["an address of one machine", "http://127.0.0.1:4400/faces/1-3-TE.png", "picture_address"],
    ["a vector drawing", `${origin}/icon.svg`, "picture_address"],
    ["a secret in the address", `${pictureUrl}?token=x`, "picture_address"],
    ["a page in its place", `${origin}/faces/1-900-TE.png`, "picture_not_shown"],
  ])("is not shown by either platform where it is %s", async (_what, url, rule) => {
    const slack = await emulatedSlack({ fetchPicture: await fetchPicture(), broken: [rule] });
    const discord = await emulatedDiscord({ fetchPicture: await fetchPicture(), broken: [rule] });
    for (const rig of [await startSlack("socket", { slack }), await startDiscord({ discord })]) {
      const target = await ("slack" in rig ? openOnSlack(rig) : openOnDiscord(rig));
      await rig.chat.post(target, said("hello", { from: { ...tester, pictureUrl: url } }), "r1/1/0/0");
    }
    await Promise.all([slack.workspace.pictures.settled(), discord.pictures.settled()]);
    expect([words(slack), words(discord)]).toEqual([[rule], [rule]]);
  });
});
