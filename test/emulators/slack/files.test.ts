import { describe, expect, test } from "vitest";
import { createClient } from "./bolt-app.js";
import { startSlack, violationRules } from "./harness.js";

const general = "C00GENERAL";
const fails = (error: string) => expect.objectContaining({ data: expect.objectContaining({ error }) });

async function setUp() {
  const slack = await startSlack();
  return { slack, client: createClient(slack), people: slack.people };
}

describe("files", () => {
  test("are uploaded in three steps and appear in the thread", async () => {
    const { slack, client, people } = await setUp();
    const { ts } = people.say({ user: "mia", channel: "general", text: "root" });
    await client.filesUploadV2({
      channel_id: general,
      thread_ts: ts,
      filename: "long.md",
      title: "The long one",
      file: Buffer.from("# long"),
      initial_comment: "here",
    });
    const shared = people.thread("general", ts)[1];
    expect(shared).toMatchObject({
      text: "here",
      files: [{ name: "long.md", title: "The long one", content: "# long" }],
    });
    expect(violationRules(slack)).toEqual([]);
  });

  test("are completed once, and only when their bytes came", async () => {
    const { slack, client } = await setUp();
    const { file_id: id, upload_url: url } = await client.files.getUploadURLExternal({ filename: "a.txt", length: 3 });
    const files: [{ id: string }] = [{ id: id as string }];
    await expect(client.files.completeUploadExternal({ files, channel_id: general })).rejects.toEqual(
      fails("file_not_found"),
    );
    expect((await fetch(url as string, { method: "POST", body: "four" })).status).toBe(400);
    expect((await fetch(url as string, { method: "POST", body: "abc" })).status).toBe(200);
    await client.files.completeUploadExternal({ files, channel_id: general });
    await expect(client.files.completeUploadExternal({ files, channel_id: general })).rejects.toEqual(
      fails("file_already_completed"),
    );
    expect(violationRules(slack)).toEqual(["upload_length"]);
  });
});
