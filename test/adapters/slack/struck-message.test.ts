import { expect, test } from "vitest";
import { channel, openThread, said, startHearing } from "./harness.js";

test("an agent's or a person's post can be given other words, and keeps its name and place", async () => {
  const rig = await startHearing("socket");
  const { slack, chat } = rig;
  const thread = await openThread(rig);
  const ids = await chat.post(thread, said("first words"), "r1/1/0/0");
  await chat.post(thread, said("after it"), "r1/2/0/0");
  await chat.edit(thread, ids, said("_Taken back before it was read._"));
  const [, struck, next] = slack.people.thread(channel, thread.thread);
  expect(struck).toMatchObject({ author: { name: "Coder" }, edited: true, unfurls: [] });
  expect(struck?.text).toContain("Taken back before it was read.");
  expect(struck?.text).not.toContain("first words");
  expect(next?.text).toContain("after it");
});
