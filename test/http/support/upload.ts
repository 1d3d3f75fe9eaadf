import type { StoredUpload } from "../../../src/protocol/files.js";
import type { Api, TestRoom } from "./api.js";

/** Sends a file into the room, by default as its member, and gives the answer; throws for a refusal. */
export async function upload(
  api: Api,
  room: TestRoom,
  { name, content, token = room.member }: { name: string; content: string | Uint8Array; token?: string },
): Promise<StoredUpload> {
  const path = `${room.path}/files?name=${encodeURIComponent(name)}`;
  const headers = { "Content-Type": "application/octet-stream" };
  const { status, text, json } = await api.call("POST", path, { token, raw: content, headers });
  if (status !== 201) throw new Error(`${name} was not taken: ${text}`);
  return json;
}
