import { describe, expect, test } from "vitest";
import { createMemoryBlobs } from "../../adapters/memory/blobs.js";
import type { MemoryFile } from "../../adapters/memory/tar.js";
import { createMemoryWorkspaces } from "../../adapters/memory/workspaces.js";
import type { ServedRoomEvent } from "../../src/core/room/view.js";
import { sha256 } from "../support/sha256.js";
import { until } from "../support/until.js";
import { createApi, makeRoom } from "./support/api.js";

/** A room whose `coder` says what it is told to, with a work folder. */
async function atWork(policy: object = {}, caps?: Parameters<typeof createApi>[0]) {
  const folders = new Map<string, { files: Map<string, MemoryFile> }>();
  const files = new Map<string, MemoryFile>();
  const blobs = createMemoryBlobs();
  const api = await createApi({ workspaces: createMemoryWorkspaces(folders), blobs, ...caps });
  api.runtime.start();
  const agents = [{ name: "coder", script: [{ match: "^say ([\\s\\S]*)$", reply: "{1}" }] }];
  const room = await makeRoom(api, { policy, agents });
  folders.set(`${room.roomId}/coder`, { files });
  const write = (path: string, content: string) => files.set(path, Buffer.from(content));
  const tell = (body: string) =>
    api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: `say ${body}`, to: ["coder"] } });
  const events = async () => {
    const { text } = await api.call("GET", `${room.path}/export`, { token: room.owner });
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as ServedRoomEvent);
  };
  async function find<T extends ServedRoomEvent["type"]>(type: T, isIt: (event: never) => boolean = () => true) {
    let found: ServedRoomEvent | undefined;
    await until(`there is a ${type}`, async () => {
      found = (await events()).findLast((event) => event.type === type && isIt(event as never));
      return found !== undefined;
    });
    return found as Extract<ServedRoomEvent, { type: T }>;
  }
  const contentOf = async (hash: string, token = room.viewer) =>
    (await api.call("GET", `${room.path}/files/${hash}`, { token })).text;
  return { api, room, blobs, write, files, tell, find, contentOf };
}

const fromCoder = ({ from }: { from: string }) => from === "coder";

describe("files that an agent sends", () => {
  test("go out with its message, and everybody in the room reads them", async () => {
    const { write, tell, find, contentOf } = await atWork();
    write("out/plot one.svg", "<svg/>");
    write("data.csv", "1,2");
    await tell("@max here they are\nATTACH: out/plot one.svg\nATTACH: /work/data.csv");
    const posted = await find("message.posted", fromCoder);
    expect(posted).toMatchObject({
      body: "here they are",
      attachments: [
        { name: "plot one.svg", bytes: 6, sha256: sha256("<svg/>"), type: "text/plain" },
        { name: "data.csv", bytes: 3, sha256: sha256("1,2") },
      ],
    });
    expect(await contentOf(sha256("1,2"))).toBe("1,2");
  });

  test("are the bytes that were shown when the message was approved, whatever became of the file", async () => {
    const { api, room, write, tell, find, contentOf } = await atWork({ gate: "always", askIn: "approvers" });
    write("report.txt", "as it was shown");
    await tell("@max done\nATTACH: report.txt");
    await find("gate.opened");
    write("report.txt", "changed behind your back");
    const { gates } = (await api.call("GET", `${room.path}/gates`, { token: room.approver })).json;
    const [{ gateId, hash, hashVersion, content }] = gates;
    const shown = sha256("as it was shown");
    expect([hashVersion, content.attachments[0].sha256]).toEqual([2, shown]);
    expect(await contentOf(shown, room.approver)).toBe("as it was shown");
    expect(await contentOf(shown, room.member)).toContain("file_not_found");
    const body = { action: "approve", hash };
    const decided = await api.call("POST", `${room.path}/gates/${gateId}/decision`, { token: room.approver, body });
    expect(decided.status).toBe(200);
    expect((await find("message.posted", fromCoder)).attachments).toMatchObject([{ sha256: shown }]);
    expect(await contentOf(shown, room.viewer)).toBe("as it was shown");
    expect(await contentOf(sha256("changed behind your back"), room.owner)).toContain("file_not_found");
  });

  test.each([
    ["is not there", "gone.txt", /“gone.txt” cannot be attached: there is no such file/],
    ["leaves the folder", "../../etc/passwd", /leaves the work folder/],
    ["is absolute", "/etc/passwd", /leaves the work folder/],
    ["goes out of /work", "/work/../etc/passwd", /leaves the work folder/],
    ["is a link", "link.txt", /is a link, which is not followed/],
    ["is too large", "big.bin", /it has 2000 bytes; 1000 is the most/],
    ["does not fit into the room", "medium.bin", /the files of this room take all the space they may/],
    ["would end the conversation of who looks at it", "huge.png", /9000 x 9000 pixels/],
  ])("bounce their message if one %s", async (_why, path, detail) => {
    const caps = { files: { maxFileBytes: 1_000, maxRoomBytes: 500 } };
    const { write, files, tell, find } = await atWork({}, { caps });
    write("big.bin", "x".repeat(2_000));
    write("medium.bin", "x".repeat(600));
    files.set("huge.png", Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x23\x28\0\0\x23\x28", "latin1"));
    files.set("link.txt", { linkTo: "/etc/passwd" });
    await tell(`@max see\nATTACH: ${path}`);
    expect(await find("message.bounced")).toMatchObject({ to: "coder", detail: expect.stringMatching(detail) });
  });

  test("cannot be attached where agents have no work folder", async () => {
    const api = await createApi();
    api.runtime.start();
    const agents = [{ name: "coder", script: [{ match: "go", reply: "@max see\nATTACH: a.txt" }] }];
    const room = await makeRoom(api, { agents });
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "@coder go" } });
    await until("it bounced", async () => {
      const { text } = await api.call("GET", `${room.path}/export`, { token: room.owner });
      return text.includes("files cannot be attached here");
    });
  });
});
