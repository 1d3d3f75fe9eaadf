import { ChatError } from "../../src/ports/chat-error.js";
import type { InboundFile } from "../../src/ports/chat-inbound.js";
import { readUpTo } from "../kit/read-up-to.js";
import { calling } from "./client.js";

const transferTimeoutMs = 12_000;

/** Files of people lie on Discord's own hosts; nothing else is asked for. */
function mayAsk(url: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (apiUrl !== undefined && origin === new URL(apiUrl).origin) return true;
  return protocol === "https:" && ["cdn.discordapp.com", "media.discordapp.net"].includes(hostname);
}

/** Bytes of a person's file, at most `maxBytes`. No token goes along. */
export async function downloadFile(
  file: InboundFile,
  { apiUrl, maxBytes }: { apiUrl: string | undefined; maxBytes: number },
): Promise<Uint8Array> {
  if (!mayAsk(file.url, apiUrl)) throw refused(`The file ${file.name} does not lie with Discord; it is not fetched.`);
  const tooLarge = refused(`The file ${file.name} is larger than ${maxBytes} bytes. Send a smaller one.`);
  if (file.bytes > maxBytes) throw tooLarge;
  return calling("read", `Fetching the file ${file.name}`, async () => {
    const response = await fetch(file.url, { redirect: "manual", signal: AbortSignal.timeout(transferTimeoutMs) });
    if (response.status === 404 || response.status === 403) {
      await response.body?.cancel();
      throw refused(`The file ${file.name} is not there any more.`);
    }
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return readUpTo(response, maxBytes, tooLarge);
  });
}

const refused = (message: string): ChatError => new ChatError(message, { code: "refused" });
