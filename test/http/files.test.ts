import { describe, expect, test } from "vitest";
import { createMemoryBlobs } from "../../adapters/memory/blobs.js";
import type { Attachment } from "../../src/core/room/gate-content.js";
import { presentAgent } from "../../src/core/room/room.js";
import { uploadLifetimeMs } from "../../src/runtime/access/upload-ids.js";
import { blobGraceMs, createBlobCollection } from "../../src/runtime/rooms/collect-blobs.js";
import { createTurnTaking } from "../../src/runtime/rooms/turn-taking.js";
import { hostileNames } from "../support/hostile-names.js";
import { sha256 } from "../support/sha256.js";
import { createStubClock } from "../support/stub-clock.js";
import { type Api, agentSays, createApi, makeRoom, type TestRoom } from "./support/api.js";
import { upload } from "./support/upload.js";

const png = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10 and more", "latin1");
const megabyte = 1_024 * 1_024;

async function roomWithFiles(given: Parameters<typeof createApi>[0] = {}) {
  const blobs = given.blobs ?? createMemoryBlobs();
  const api = await createApi({ ...given, blobs });
  const room = await makeRoom(api);
  const post = (body: object, token = room.member) => api.call("POST", `${room.path}/messages`, { token, body });
  const get = (sha256: string, { token = room.viewer, ...headers }: { token?: string; Range?: string } = {}) =>
    fetchFile(api, room, sha256, { token, headers });
  return { api, room, blobs, post, get };
}

async function fetchFile(api: Api, room: TestRoom, sha256: string, call: { token: string; headers?: object }) {
  const response = await api.send("GET", `${room.path}/files/${sha256}`, { ...call, headers: { ...call.headers } });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function storedHashes(blobs: { list(): Promise<{ sha256: string }[]> }): Promise<string[]> {
  return (await blobs.list()).map(({ sha256 }) => sha256);
}

describe("a file sent into a room", () => {
  test("is carried by a message that names its upload, and read by everybody in the room", async () => {
    const { api, room, post, get } = await roomWithFiles();
    const { id, ...file } = await upload(api, room, { name: "a shot.png", content: png });
    expect(file).toMatchObject({ name: "a shot.png", bytes: png.length, type: "image/png" });
    expect((await post({ body: "see this", attachments: [id] })).status).toBe(201);
    const { json } = await api.call("GET", `${room.path}/messages`, { token: room.viewer });
    expect(json.messages.at(-1)).toMatchObject({ body: "see this", attachments: [file] });
    const { response, bytes } = await get(file.sha256);
    expect(response.status).toBe(200);
    expect(bytes.equals(png)).toBe(true);
  });

  test("needs no text beside it: its message is called by the names of its files", async () => {
    const { api, room, post } = await roomWithFiles();
    const one = await upload(api, room, { name: "a.txt", content: "a" });
    const two = await upload(api, room, { name: "b.txt", content: "b" });
    await post({ body: "", attachments: [one.id, two.id] });
    await post({ body: "@coder", attachments: [one.id] });
    const { json } = await api.call("GET", `${room.path}/messages`, { token: room.viewer });
    expect(json.messages.map(({ body, to }: { body: string; to: unknown }) => [body, to])).toEqual([
      ["a.txt, b.txt", "room"],
      ["a.txt", ["coder"]],
    ]);
    expect((await post({ body: "" })).status).toBe(422);
  });

  test("is sent by nobody but the person who uploaded it, into the room it was uploaded to, within its time", async () => {
    const clock = createStubClock(1_800_000_000_000);
    const { api, room, post } = await roomWithFiles({ clock });
    const other = await makeRoom(api);
    const { id } = await upload(api, room, { name: "a.txt", content: "a" });
    const sent = async (body: object, token?: string) => (await post(body, token)).json;
    const refused = { code: "invalid", issues: [{ path: ["attachments", 0] }] };
    expect(await sent({ body: "x", attachments: [id] }, room.owner)).toMatchObject(refused);
    expect(await sent({ body: "x", attachments: [`${id}x`] })).toMatchObject(refused);
    expect(await sent({ body: "x", attachments: ["u1.e30.x"] })).toMatchObject(refused);
    const there = { token: other.member, body: { body: "x", attachments: [id] } };
    expect((await api.call("POST", `${other.path}/messages`, there)).json).toMatchObject(refused);
    expect((await post({ body: "x", attachments: Array(17).fill(id) })).status).toBe(422);
    clock.advance(uploadLifetimeMs - 1);
    expect((await post({ body: "x", attachments: [id] })).status).toBe(201);
    clock.advance(1);
    expect(await sent({ body: "x", attachments: [id] })).toMatchObject(refused);
  });

  test("is another message under the same Idempotency-Key only with other files", async () => {
    const { api, room } = await roomWithFiles();
    const [one, two] = [
      await upload(api, room, { name: "a.txt", content: "a" }),
      await upload(api, room, { name: "a.txt", content: "b" }),
    ];
    const post = async (id: string) => {
      const headers = { "Idempotency-Key": "k" };
      const body = { body: "x", attachments: [id] };
      return (await api.call("POST", `${room.path}/messages`, { token: room.member, body, headers })).status;
    };
    expect([await post(one.id), await post(one.id), await post(two.id)]).toEqual([201, 201, 409]);
  });

  test("is removed with a collection if no message names it, and kept if one does", async () => {
    const clock = createStubClock(1_800_000_000_000);
    const blobs = createMemoryBlobs({ clock });
    const { api, room, post } = await roomWithFiles({ clock, blobs });
    const named = await upload(api, room, { name: "a.txt", content: "named" });
    await upload(api, room, { name: "b.txt", content: "not named" });
    await post({ body: "x", attachments: [named.id] });
    clock.advance(blobGraceMs + 1);
    const { eventLog, logger } = api;
    await createBlobCollection({ blobs, eventLog, clock, logger, turns: createTurnTaking() }).run();
    expect(await storedHashes(blobs)).toEqual([named.sha256]);
  });
});

describe("a file that is asked for", () => {
  test("is found only if a message of this room names it that the reader may read", async () => {
    const { api, room, get } = await roomWithFiles();
    const unsent = await upload(api, room, { name: "a.txt", content: "not sent" });
    expect((await get(unsent.sha256)).response.status).toBe(404);
    expect((await get("../../etc/passwd")).response.status).toBe(404);
    const other = await makeRoom(api);
    const { id } = await upload(api, other, { name: "a.txt", content: "of another room" });
    const body = { body: "x", attachments: [id] };
    const { json } = await api.call("POST", `${other.path}/messages`, { token: other.member, body });
    expect(json.messageId).toBeDefined();
    const named = await fetchFile(api, other, sha256("of another room"), { token: other.viewer });
    expect(named.response.status).toBe(200);
    expect((await get(sha256("of another room"))).response.status).toBe(404);
  });

  test.each<[string, string | Buffer, string]>([
    ["HTML", "<!doctype html><script>alert(1)</script>", "application/octet-stream"],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "application/octet-stream"],
    ["a script", "alert(document.cookie)", "application/octet-stream"],
    ["a PDF", "%PDF-1.7 with a script", "application/octet-stream"],
    ["XML", '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "application/octet-stream"],
    ["an image", png, "image/png"],
    ["HTML behind the head of a GIF", "GIF89a\x01\0\x01\0<script>alert(1)</script>", "image/gif"],
  ])("that is %s is executed by no browser", async (_what, content, type) => {
    const { api, room, post, get } = await roomWithFiles();
    const { id, sha256 } = await upload(api, room, { name: "page.html", content });
    await post({ body: "x", attachments: [id] });
    const { headers } = (await get(sha256)).response;
    expect(headers.get("Content-Type")).toBe(type);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Content-Security-Policy")).toBe("default-src 'none'; sandbox; frame-ancestors 'none'");
    expect(headers.get("Content-Disposition")).toMatch(type.startsWith("image/") ? /^inline;/ : /^attachment;/);
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
  });

  test("has the type of its content, whatever its name and sender say", async () => {
    const { api, room } = await roomWithFiles();
    const path = `${room.path}/files?name=shot.png`;
    const call = { token: room.member, raw: "<script>1</script>", headers: { "Content-Type": "image/png" } };
    expect((await api.call("POST", path, call)).json).toMatchObject({ name: "shot.png", type: "text/plain" });
  });

  test("is sent in ranges", async () => {
    const { api, room, post, get } = await roomWithFiles();
    const { id, sha256 } = await upload(api, room, { name: "a.txt", content: "0123456789" });
    await post({ body: "x", attachments: [id] });
    const part = async (Range: string) => {
      const { response, bytes } = await get(sha256, { Range });
      return [response.status, response.headers.get("Content-Range"), String(bytes)];
    };
    expect(await part("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await part("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await part("bytes=-2")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await part("bytes=0-99")).toEqual([206, "bytes 0-9/10", "0123456789"]);
    expect((await part("bytes=10-"))[0]).toBe(416);
    for (const passedOver of ["bytes=1-2,4-5", "lines=1-2", "bytes=4-2", "bytes=a-b"])
      expect(await part(passedOver)).toEqual([200, null, "0123456789"]);
  });

  test("of a held message is for those alone who may see it, as its text is", async () => {
    const { api, room, blobs, get } = await roomWithFiles();
    const held = await blobs.put(Buffer.from("held"));
    await openHeldGate(api, room, [{ name: "plan.txt", bytes: 4, sha256: held, type: "text/plain" }]);
    const statusFor = async (token: string) => (await get(held, { token })).response.status;
    expect(await statusFor(room.viewer)).toBe(404);
    expect(await statusFor(room.approver)).toBe(200);
  });
});

describe("bounds on files", () => {
  const caps = { files: { maxFileBytes: 1_000, maxPersonBytes: 1_500, maxRoomBytes: 2_000, maxUploadsPerHour: 4 } };
  const send = (api: Api, room: TestRoom, bytes: number, token = room.member) =>
    api.call("POST", `${room.path}/files?name=a.bin`, { token, raw: Buffer.alloc(bytes, bytes % 251) });

  test("refuse a file that is too large with 413, and keep nothing of it", async () => {
    const { api, room, blobs } = await roomWithFiles({ caps });
    expect((await send(api, room, 1_000)).status).toBe(201);
    expect((await send(api, room, 1_001)).json).toMatchObject({ status: 413, code: "file_too_large" });
    const announced = { token: room.member, raw: "x", headers: { "Content-Length": "1001" } };
    expect((await api.call("POST", `${room.path}/files?name=a`, announced)).status).toBe(413);
    expect(await storedHashes(blobs)).toHaveLength(1);
  });

  test("refuse with 507 what a person's or the room's quota does not hold, sent or not yet sent", async () => {
    const { api, room, post } = await roomWithFiles({ caps });
    const first = await send(api, room, 1_000);
    await post({ body: "x", attachments: [first.json.id] });
    expect((await send(api, room, 501)).json).toMatchObject({ status: 507, code: "quota" });
    expect((await send(api, room, 500)).status).toBe(201);
    expect((await send(api, room, 501, room.owner)).json.detail).toMatch(/files of this room/);
    expect((await send(api, room, 499, room.owner)).status).toBe(201);
  });

  test("refuse with 429 more files than an hour has", async () => {
    const { api, room } = await roomWithFiles({ caps });
    for (let n = 1; n <= 4; n++) expect((await send(api, room, n)).status).toBe(201);
    const refused = await send(api, room, 5);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
  });

  test("keep nothing of a file that is cut off", async () => {
    const { api, room, blobs } = await roomWithFiles();
    const half = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(Buffer.alloc(megabyte));
        controller.error(new Error("the connection was cut"));
      },
    });
    const headers = { Authorization: `Bearer ${room.member}`, "Content-Length": String(2 * megabyte) };
    const init = { method: "POST", headers, body: half, duplex: "half" } as RequestInit;
    const response = await api.app.request(`${room.path}/files?name=a.bin`, init);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, "upload_cut_off"]);
    expect(await storedHashes(blobs)).toEqual([]);
  });
});

describe("who sends files", () => {
  test("is a member or above, of an open room, from Parley's own page where a cookie says who it is", async () => {
    const { api, room } = await roomWithFiles();
    const path = `${room.path}/files?name=a.txt`;
    const type = { "Content-Type": "application/octet-stream" };
    const status = async (headers: Record<string, string>, token?: string) =>
      (await api.call("POST", path, { token, raw: "x", headers })).status;
    expect(await status(type, room.viewer)).toBe(403);
    expect(await status(type)).toBe(401);
    const cookie = { Cookie: `parley_${room.roomId}=${room.member}` };
    expect(await status({ ...type, ...cookie, Origin: "http://parley.test" })).toBe(201);
    expect(await status({ ...type, ...cookie, Origin: "https://elsewhere.example" })).toBe(403);
    expect(await status({ ...type, ...cookie })).toBe(403);
    const form = { "Content-Type": "multipart/form-data", Origin: "http://parley.test" };
    expect(await status({ ...form, ...cookie })).toBe(403);
    await api.call("POST", `${room.path}/close`, { token: room.owner });
    expect(await status(type, room.member)).toBe(409);
  });

  test("has names made safe, in the answer, in the log and in the header", async () => {
    const { api, room, post, get } = await roomWithFiles();
    for (const name of hostileNames.filter((one) => one !== "" && one.length <= 1_000 && !/\p{Cs}/u.test(one))) {
      const file = await upload(api, room, { name, content: `content of ${name}` });
      await post({ body: "x", attachments: [file.id] });
      expect(file.name, name).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._ -]*$/u);
      const header = (await get(file.sha256)).response.headers.get("Content-Disposition");
      expect(header, name).toMatch(/^attachment; filename="[\w. -]+"(; filename\*=UTF-8''[\w.%~!*()'-]+)?$/);
    }
  });
});

/** A gate of `coder` that holds these files. */
async function openHeldGate(api: Api, { roomId }: TestRoom, attachments: Attachment[]): Promise<void> {
  await agentSays(api, roomId, { text: "working" });
  const turnId = await api.rooms.peek(roomId, (room) => presentAgent(room, "coder")?.turn?.turnId ?? "");
  const asked = { type: "turn.ask", agent: "coder", turnId, requestId: "r1", askKind: "question" } as const;
  const content = { v: 2, attachments };
  const done = await api.rooms.execute(roomId, { ...asked, title: "", body: "Send it?", content });
  expect(done.kind).toBe("accepted");
}
