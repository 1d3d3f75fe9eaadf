import { z } from "zod";
import { ChatError } from "../../src/ports/chat-error.js";
import type { InboundFile } from "../../src/ports/chat-inbound.js";
import { readUpTo } from "../kit/read-up-to.js";
import { calling, type SlackClients } from "./client.js";
import { fileIdOf } from "./message-parts.js";

const transferTimeoutMs = 30_000;

/** A file that is uploaded to Slack but not shared yet. */
export interface UploadedFile {
  id: string;
  name: string;
}

/** Uploads the bytes to Slack; they stay invisible until `shareFile`, so a failure in here has no effect. */
export function uploadFile(
  clients: SlackClients,
  { name, ...content }: { name: string } & ({ text: string } | { bytes: Uint8Array }),
): Promise<UploadedFile> {
  return calling("upload", "Uploading a file", async () => {
    const given = "bytes" in content ? content.bytes : new TextEncoder().encode(content.text);
    // Slack takes no empty file.
    const bytes = given.length === 0 ? new TextEncoder().encode("\n") : new Uint8Array(given);
    const { upload_url: url, file_id: id } = await clients.write.files.getUploadURLExternal({
      filename: name,
      length: bytes.byteLength,
    });
    if (url === undefined || id === undefined) throw new Error("Slack named no address for the file.");
    const response = await fetch(url, { method: "POST", body: bytes, signal: AbortSignal.timeout(transferTimeoutMs) });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`Slack answered the upload with HTTP ${response.status}`);
    return { id, name };
  });
}

/** Shows an uploaded file in a thread. */
export async function shareFile(
  clients: SlackClients,
  file: UploadedFile,
  where: { channel: string; thread_ts?: string },
): Promise<void> {
  const { channel, thread_ts: thread } = where;
  await clients.write.files.completeUploadExternal({
    files: [{ id: file.id, title: file.name }],
    channel_id: channel,
    ...(thread === undefined ? {} : { thread_ts: thread }),
  });
}

/** The token goes to Slack's own hosts and to the configured API only, wherever a file claims to be. */
function mayAsk(url: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (apiUrl !== undefined && origin === new URL(apiUrl).origin) return true;
  return protocol === "https:" && (hostname === "slack.com" || hostname.endsWith(".slack.com"));
}

const fileInfo = z.object({
  name: z.string().optional().catch(undefined),
  size: z.number().default(0).catch(0),
  url_private: z.string().optional().catch(undefined),
  permalink: z.string().optional().catch(undefined),
});

/** The event of a file from another workspace holds nothing but its id; `files.info` tells the rest. */
async function located(clients: SlackClients, file: InboundFile): Promise<InboundFile> {
  const id = fileIdOf(file.url);
  if (id === undefined) return file;
  const answer = await calling("read", "Asking for a file", () => clients.read.files.info({ file: id }));
  const { name = file.name, size, url_private: url, permalink = "in Slack" } = fileInfo.parse(answer.file ?? {});
  if (url === undefined) throw refused(`The file ${name} cannot be fetched; it is at ${permalink}.`);
  return { name, url, bytes: size };
}

/** Bytes of a person's file, at most `maxBytes`. */
export async function downloadFile(
  clients: SlackClients,
  given: InboundFile,
  options: { botToken: string; apiUrl: string | undefined; maxBytes: number },
): Promise<Uint8Array> {
  const { botToken, apiUrl, maxBytes } = options;
  const file = await located(clients, given);
  if (!mayAsk(file.url, apiUrl)) throw refused(`The file ${file.name} does not lie with Slack; it is not fetched.`);
  const tooLarge = refused(`The file ${file.name} is larger than ${maxBytes} bytes. Send a smaller one.`);
  if (file.bytes > maxBytes) throw tooLarge;
  return calling("read", `Fetching the file ${file.name}`, async () => {
    const signal = AbortSignal.timeout(transferTimeoutMs);
    const headers = { authorization: `Bearer ${botToken}` };
    const response = await fetch(file.url, { headers, redirect: "manual", signal });
    checkDownload(file, response);
    return readUpTo(response, maxBytes, tooLarge);
  });
}

/** Slack shows its log-in page, or the way to it, where the token may not read the file. */
function checkDownload(file: InboundFile, response: Response): void {
  const isPage = (response.headers.get("content-type") ?? "").startsWith("text/html") && !/\.html?$/i.test(file.name);
  if (isPage || (response.status >= 300 && response.status < 400) || response.status === 403) {
    const message = `Slack does not let Parley read the file ${file.name}. Add the scope files:read under OAuth & Permissions and reinstall the app.`;
    throw new ChatError(message, { code: "missing_permission" });
  }
  if (response.status === 404 || response.status === 410) throw refused(`The file ${file.name} is not there any more.`);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
}

const refused = (message: string): ChatError => new ChatError(message, { code: "refused" });
