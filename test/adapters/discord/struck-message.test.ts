import { expect, test } from "vitest";
import { openThread, said, startHearing } from "./harness.js";

test("an agent's or a person's post can be given other words, and keeps its name and place", async () => {
  const rig = await startHearing();
  const { discord, chat } = rig;
  const thread = await openThread(rig);
  const ids = await chat.post(thread, said("first words"), "k1");
  await chat.post(thread, said("after it"), "k2");
  await chat.edit(thread, ids, said("_Taken back before it was read._"));
  const [, struck, next] = discord.people.seen(thread.thread);
  expect(struck).toMatchObject({ from: "Coder", isPerson: false });
  expect(struck?.text).toContain("Taken back before it was read.");
  expect(struck?.text).not.toContain("first words");
  expect(next?.text).toContain("after it");
});
