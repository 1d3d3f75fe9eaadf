import { expect, test } from "vitest";
import { openThread, said, sent, startChat, startEmulator } from "./harness.js";

test("a post that Slack's history shows late is not found at first, is seen by people, and is found later", async () => {
  let laterMs = 0;
  const slack = await startEmulator({ settings: { readLagMs: 60_000 }, nowMs: () => Date.now() + laterMs });
  const rig = await startChat("socket", { slack });
  const thread = await openThread(rig);
  const post = said("hello");
  const [ts] = await rig.chat.post(thread, post, "r1/1/0/0");
  expect(slack.people.thread(thread.channel, thread.thread).map((one) => one.ts)).toContain(ts);
  expect(await rig.chat.find(thread, sent("r1/1/0/0", post))).toBeUndefined();
  laterMs = 61_000;
  expect(await rig.chat.find(thread, sent("r1/1/0/0", post))).toEqual([ts]);
});
