import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { reasonOf } from "../../client/http.js";
import { probeTimeoutMs } from "./finding.js";

/** The failure, or the settings to change; neither if all is well. */
export interface RedisFinding {
  refusal?: string;
  advice?: string;
}

/** Sends AUTH where the address has a password, then PING and INFO. */
export async function lookAtRedis(address: string): Promise<RedisFinding> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "redis:" && url?.protocol !== "rediss:")
    return { refusal: "REDIS_URL is not a redis:// or rediss:// address" };
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || 6_379);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const commands = [...(password ? [user ? ["AUTH", user, password] : ["AUTH", password]] : []), ["PING"], ["INFO"]];
  const socket =
    url.protocol === "rediss:" ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
  try {
    const replies = await converse(socket, commands);
    const refusal = replies.find((line) => line.startsWith("-"));
    if (refusal !== undefined) return { refusal: `it refuses: ${refusal.slice(1, 120)}` };
    if (!replies.includes("+PONG")) return { refusal: "what answers there is no Redis" };
    const advice = adviceOn(replies);
    return advice === undefined ? {} : { advice };
  } catch (error) {
    return { refusal: `${host}:${port} cannot be reached: ${reasonOf(error)}` };
  } finally {
    socket.destroy();
  }
}

/** INFO's fields about persistence and eviction. */
function adviceOn(info: readonly string[]): string | undefined {
  const policy = info.find((line) => line.startsWith("maxmemory_policy:"))?.split(":")[1] ?? "noeviction";
  const advice = [
    ...(info.includes("aof_enabled:0") ? ["set appendonly to yes: it forgets wake-ups in a restart"] : []),
    ...(policy === "noeviction" ? [] : [`set maxmemory-policy to noeviction instead of ${policy}`]),
  ];
  return advice.length === 0 ? undefined : advice.join("; ");
}

/** The lines of the replies (RESP 2): one line for each command, but for INFO, the last, which says how long it is. */
function converse(socket: Socket, commands: readonly (readonly string[])[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setTimeout(probeTimeoutMs, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was cut")));
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
      const lines = text.split("\r\n").slice(0, -1);
      if (lines.some((line) => line.startsWith("-")) || isWhole(text, commands.length - 1)) resolve(lines);
    });
    socket.write(commands.map(encode).join(""));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

/** `before` simple lines, then a text of known length. What is no such reply is whole as it is. */
function isWhole(text: string, before: number): boolean {
  const lines = text.split("\r\n");
  const head = lines[before];
  if (lines.length <= before + 1 || head === undefined) return false;
  if (!head.startsWith("$")) return true;
  const start = lines.slice(0, before + 1).reduce((sum, line) => sum + Buffer.byteLength(line) + 2, 0);
  return Buffer.byteLength(text) >= start + Number(head.slice(1)) + 2;
}
