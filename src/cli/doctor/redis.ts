import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { reasonOf } from "../api.js";
import { probeTimeoutMs } from "./finding.js";

/** Sends AUTH where the address has a password, then PING. Resolves to why it does not work, undefined when it does. */
export async function pingRedis(address: string): Promise<string | undefined> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "redis:" && url?.protocol !== "rediss:") return "REDIS_URL is no redis:// or rediss:// address";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || 6_379);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const commands = [...(password ? [user ? ["AUTH", user, password] : ["AUTH", password]] : []), ["PING"]];
  const socket =
    url.protocol === "rediss:" ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
  try {
    const replies = await converse(socket, commands);
    const refusal = replies.find((line) => line.startsWith("-"));
    if (refusal !== undefined) return `it refuses: ${refusal.slice(1, 120)}`;
    return replies.at(-1) === "+PONG" ? undefined : "what answers there is no Redis";
  } catch (error) {
    return `${host}:${port} cannot be reached: ${reasonOf(error)}`;
  } finally {
    socket.destroy();
  }
}

/** One reply line for each command (RESP 2: simple strings and errors). */
function converse(socket: Socket, commands: readonly (readonly string[])[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setTimeout(probeTimeoutMs, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was cut")));
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
      const lines = text.split("\r\n").slice(0, -1);
      if (lines.length >= commands.length || lines.some((line) => line.startsWith("-"))) resolve(lines);
    });
    socket.write(commands.map(encode).join(""));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
