import { asObjects, asText } from "../json.js";
import { judgeReach, messageAt, post } from "../messages.js";
import type { Channel, FileRecord, Json } from "../model.js";
import { normalize } from "../mrkdwn.js";
import { SlackError } from "../slack-error.js";
import { wholeFile, wireFile } from "../wire.js";
import type { Workspace } from "../workspace.js";
import { type Method, type MethodCall, writableChannel } from "./method.js";

const getUploadUrl: Method = {
  token: "bot",
  scopes: ["files:write"],
  tier: 4,
  required: ["filename", "length"],
  args: { filename: "string", length: "integer", alt_txt: "string", alt_text: "string", snippet_type: "string" },
  run: ({ workspace, args }) => {
    const bytes = args.count("length") ?? 0;
    if (bytes < 1) throw new SlackError("invalid_arguments");
    const name = args.text("filename") ?? "";
    const id = workspace.nextId("F");
    const uploadToken = workspace.nextId("u");
    workspace.files.put(id, {
      id,
      name,
      title: name,
      mimetype: mimetypeOf(name),
      bytes,
      user: workspace.app().botUserId,
      state: "announced",
      uploadToken,
    });
    return { upload_url: `${workspace.baseUrl()}/upload/v1/${uploadToken}`, file_id: id };
  },
};

/** Takes the bytes behind an upload URL. Returns the upload endpoint's answer. */
export function takeUpload(
  workspace: Workspace,
  uploadToken: string,
  content: Buffer,
): { status: number; body: string } {
  const file = workspace.files.values().find((known) => known.uploadToken === uploadToken);
  if (file === undefined) return { status: 404, body: "not found" };
  if (file.state !== "announced") return { status: 400, body: "already uploaded" };
  if (content.byteLength !== file.bytes) {
    workspace.violate("upload_length", `${file.name}: announced ${file.bytes} bytes, sent ${content.byteLength}`);
    return { status: 400, body: "wrong length" };
  }
  workspace.files.put(file.id, { ...file, state: "uploaded", contentBase64: content.toString("base64") });
  return { status: 200, body: `OK - ${content.byteLength}` };
}

const completeUpload: Method = {
  token: "bot",
  scopes: ["files:write"],
  tier: 4,
  required: ["files"],
  args: {
    files: "json",
    channel_id: "string",
    thread_ts: "string",
    initial_comment: "string",
    channels: "string",
    blocks: "json",
  },
  run: (call) => {
    const { workspace, args } = call;
    const files = asObjects(args.json("files")).map((named) => uploaded(workspace, named));
    if (files.length === 0) throw new SlackError("invalid_arguments");
    const channel = args.text("channel_id") === undefined ? undefined : target(call);
    if (channel !== undefined) needThread(call, channel);
    for (const file of files) workspace.files.put(file.id, { ...file, state: "shared" });
    if (channel !== undefined) share(call, channel, files);
    return { files: files.map((file) => wireFile(workspace, file.id)) };
  },
};

function uploaded(workspace: Workspace, named: Json): FileRecord {
  const file = workspace.files.get(asText(named.id));
  if (file === undefined || file.state === "announced") throw new SlackError("file_not_found");
  if (file.state === "shared") throw new SlackError("file_already_completed");
  return { ...file, title: asText(named.title) || file.title };
}

function target(call: MethodCall): Channel {
  const id = call.args.text("channel_id") ?? "";
  const args = { ...call.args, text: (name: string) => (name === "channel" ? id : call.args.text(name)) };
  return writableChannel({ ...call, args });
}

function needThread({ workspace, args }: MethodCall, channel: Channel): void {
  const threadTs = args.text("thread_ts");
  if (threadTs === undefined || messageAt(workspace, channel.id, threadTs) !== undefined) return;
  throw new SlackError(workspace.settings.unknownThreadError);
}

function share({ workspace, args }: MethodCall, channel: Channel, files: readonly FileRecord[]): void {
  const threadTs = args.text("thread_ts");
  const text = normalize(args.text("initial_comment") ?? "");
  judgeReach(workspace, { text }, "the comment of a file");
  post(workspace, {
    channel: channel.id,
    ts: workspace.nextTs(),
    ...(threadTs === undefined ? {} : { threadTs }),
    subtype: "file_share",
    user: workspace.app().botUserId,
    botId: workspace.app().botId,
    text,
    files: files.map((file) => file.id),
    reactions: [],
    unfurlLinks: false,
    unfurlMedia: false,
    fromApp: true,
  });
}

const mimetypes = new Map([
  ["txt", "text/plain"],
  ["md", "text/markdown"],
  ["json", "application/json"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["pdf", "application/pdf"],
]);

export const mimetypeOf = (name: string): string =>
  mimetypes.get(name.split(".").at(-1) ?? "") ?? "application/octet-stream";

const info: Method = {
  token: "bot",
  scopes: ["files:read"],
  tier: 4,
  required: ["file"],
  args: { file: "string", count: "integer", cursor: "string", limit: "integer", page: "integer" },
  run: ({ workspace, args }) => {
    const file = workspace.files.get(args.text("file") ?? "");
    if (file === undefined) throw new SlackError("file_not_found");
    return { file: wholeFile(workspace, file), comments: [], paging: { count: 0, total: 0, page: 1, pages: 0 } };
  },
};

export const fileMethods: Readonly<Record<string, Method>> = {
  "files.info": info,
  "files.getUploadURLExternal": getUploadUrl,
  "files.completeUploadExternal": completeUpload,
};
