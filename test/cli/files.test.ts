import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createApi, makeRoom } from "../http/support/api.js";
import { upload } from "../http/support/upload.js";
import { useServer } from "../http/support/use-server.js";
import { sha256 } from "../support/sha256.js";
import { type Home, makeHome } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";

const server = useServer();
const homes: Home[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

async function atHome() {
  const api = await createApi();
  const room = await makeRoom(api);
  const url = await server.listen(api);
  const home = await makeHome();
  homes.push(home);
  const env = { PARLEY_URL: url, PARLEY_TOKEN: room.member };
  const parley = (...args: string[]) => runCliHere(home, args, { env });
  const write = (name: string, content: string) => writeFile(join(home.folder, name), content);
  const read = (name: string) => readFile(join(home.folder, name), "utf8");
  const messages = async () =>
    (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json.messages as {
      body: string;
      attachments?: { name: string }[];
    }[];
  return { api, room, home, parley, write, read, messages };
}

describe("files from the command line", () => {
  test("go with a message, with a text and without one", async () => {
    const { room, parley, write, messages } = await atHome();
    await write("a.txt", "one");
    await write("b.txt", "two");
    const sent = await parley("send", room.roomId, "--file", "a.txt", "--file", "b.txt", "@coder", "see these");
    expect(sent).toMatchObject({ code: 0, out: expect.stringMatching(/^Sent as/m) });
    expect(sent.err).toBe("a.txt, 3 B\nb.txt, 3 B\n");
    expect((await parley("send", room.roomId, "--file", "b.txt")).code).toBe(0);
    expect((await messages()).map(({ body, attachments }) => [body, attachments?.map(({ name }) => name)])).toEqual([
      ["see these", ["a.txt", "b.txt"]],
      ["b.txt", ["b.txt"]],
    ]);
  });

  test("that cannot be read are said before anything is sent, as are too many", async () => {
    const { room, parley, messages } = await atHome();
    const missing = await parley("send", room.roomId, "--file", "missing.txt", "x");
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("missing.txt cannot be read") });
    const folder = await parley("send", room.roomId, "--file", ".", "x");
    expect(folder).toMatchObject({ code: 2, err: expect.stringContaining(". is not a file") });
    const many = await parley("send", room.roomId, ...Array(17).fill("--file=a.txt"), "x");
    expect(many).toMatchObject({ code: 2, err: expect.stringContaining("at most 16 files") });
    expect(await messages()).toEqual([]);
  });

  test("that the server refuses end the command with its words", async () => {
    const { room, parley, write, messages } = await atHome();
    await write("big.bin", "x".repeat(51 * 1_024 * 1_024));
    const refused = await parley("send", room.roomId, "--file", "big.bin", "x");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("a file has at most 50 MB") });
    expect(await messages()).toEqual([]);
  });

  test("are listed, shown beside their message, saved by the beginning of their hash, and completed", async () => {
    const { api, room, parley, read } = await atHome();
    const { id } = await upload(api, room, { name: "notes.txt", content: "some notes" });
    const body = { body: "see", attachments: [id] };
    await api.call("POST", `${room.path}/messages`, { token: room.member, body });
    const hash = sha256("some notes").slice(0, 12);
    const shown = `notes.txt, 10 B, ${hash}`;
    expect((await parley("watch", room.roomId, "--no-follow")).out).toContain(`1 file: ${shown}`);
    expect((await parley("file", room.roomId)).out).toBe(`${hash}  notes.txt, 10 B, from max\n`);
    expect((await parley("completion", "words", "--", "file", room.roomId, "")).out).toBe(`${hash}\n`);
    expect(await parley("file", room.roomId, hash)).toMatchObject({ code: 0 });
    expect(await read("notes.txt")).toBe("some notes");
    const again = await parley("file", room.roomId, hash);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining("is there already") });
    expect(await parley("file", room.roomId, sha256("some notes"), "--out", "b.txt")).toMatchObject({ code: 0 });
    expect(await read("b.txt")).toBe("some notes");
    expect(await parley("file", room.roomId, "0123456789ab")).toMatchObject({ code: 1 });
  });

  test("are saved in the folder of the command, whatever the log calls them", async () => {
    const { api, room, home, parley } = await atHome();
    const content = Buffer.from("content");
    const hash = await api.deps.blobs.put(content);
    const attachments = [{ name: "../../../.bashrc", bytes: content.length, sha256: hash }];
    const post = { type: "message.post", by: { kind: "admin" }, messageId: "m1", body: "x", attachments } as const;
    await api.rooms.execute(room.roomId, post);
    expect(await parley("file", room.roomId, hash.slice(0, 8))).toMatchObject({ code: 0 });
    expect(await readdir(home.folder)).toContain("bashrc");
  });
});
