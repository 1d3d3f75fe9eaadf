import { connect } from "node:net";
import type { NameRecords, NameServer } from "../support/name-server.js";
import { type Attack, type Attacker, again, request } from "./attack.js";
import type { TakenSandbox } from "./sandboxes.js";
import type { Traps } from "./traps.js";

/** Options of the rebinding names. */
export interface EgressGiven {
  names: NameServer;
  traps: Traps;
  /** Port of Parley itself. */
  parleyPort: number;
  /** An address that looks public and answers on port 443; undefined if this machine has none. */
  publicAddress: string | undefined;
}

/** An address in a public range that is not routed. */
const elsewhere = "11.77.19.9";
/** The only name that resolves to an allowed address. */
const publicName = "public.example.org";

/** Names that resolve to internal addresses in every possible way. */
function namesLeadingInside(publicAddress: string): Record<string, NameRecords | (() => NameRecords)> {
  const coin = (one: NameRecords, other: NameRecords) => () => (Math.random() < 0.5 ? one : other);
  return {
    "loop.example.org": { addresses: ["127.0.0.1"] },
    "other-loop.example.org": { addresses: ["127.8.9.10"] },
    "bridge.example.org": { addresses: ["172.17.0.1"] },
    "metadata.example.org": { addresses: ["169.254.169.254"] },
    "any.example.org": { addresses: ["0.0.0.0"] },
    "alias.example.org": { alias: "loop.example.org" },
    "aliases.example.org": { alias: "alias.example.org" },
    "alias-rebinds.example.org": coin({ alias: publicName }, { alias: "loop.example.org" }),
    "rebinds.example.org": coin({ addresses: [publicAddress] }, { addresses: ["127.0.0.1"] }),
    "six.example.org": { addresses: ["::1"] },
    "six-rebinds.example.org": coin({ addresses: [publicAddress] }, { addresses: ["::1"] }),
    "mapped.example.org": { addresses: ["::ffff:127.0.0.1"] },
    "nat64.example.org": { addresses: ["64:ff9b::7f00:1"] },
    "six-to-four.example.org": { addresses: ["2002:7f00:1::1"] },
    "local-six.example.org": { addresses: ["fd00::1", "fe80::1"] },
    "both.example.org": { addresses: [publicAddress, "127.0.0.1", "::1"] },
  };
}

/** Tries to reach this machine through the proxy, by names that are all on the room's list. */
export const reachesInside =
  (box: TakenSandbox, given: EgressGiven): Attacker =>
  async (attack) => {
    const { names, traps, parleyPort, publicAddress = elsewhere } = given;
    const inside = namesLeadingInside(publicAddress);
    Object.assign(names.records, inside, { [publicName]: { addresses: [publicAddress] } });
    const hosts = Object.keys(inside);
    const egress = [
      publicName,
      ...hosts.map((host) => `${host}:${traps.port}`),
      ...hosts.map((host) => `${host}:${parleyPort}`),
    ];
    const { roomId, token } = box.room;
    const body = JSON.stringify({ policy: { egress } });
    const { status, text } = await request(`${attack.urls[0]}/api/rooms/${roomId}`, { method: "PATCH", token, body });
    if (status !== 200) return attack.wrong(`the egress list was refused: ${status} ${text.slice(0, 200)}`);
    await again(
      attack.over,
      async () => {
        for (const host of hosts)
          for (const port of [traps.port, parleyPort]) {
            const target = `${host}:${port}`;
            await tryOne(attack, box, { target, head: `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n` });
            await tryOne(attack, box, { target, head: `GET http://${target}/ HTTP/1.1\r\nHost: ${target}\r\n\r\n` });
          }
        for (const address of traps.addresses) {
          const target = `${address.includes(":") ? `[${address}]` : address}:${traps.port}`;
          await tryOne(attack, box, { target, head: `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n` });
        }
        await tryOne(attack, box, {
          target: "unlisted.example.com:443",
          head: "CONNECT unlisted.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        });
        await reachPublic(attack, box);
      },
      500,
    );
  };

async function tryOne(
  attack: Attack,
  box: TakenSandbox,
  { target, head }: { target: string; head: string },
): Promise<void> {
  if (attack.over.aborted) return;
  const { status, text } = await askProxy(box, head);
  attack.secrets.see("sandbox/egress", text);
  if (text.includes("trapped")) attack.wrong(`${target} was reached through the proxy`);
  attack.refuse(`egress to an inner address: ${status}`);
}

async function reachPublic(attack: Attack, box: TakenSandbox): Promise<void> {
  const { status } = await askProxy(box, `CONNECT ${publicName}:443 HTTP/1.1\r\nHost: ${publicName}:443\r\n\r\n`);
  if (status === 200) attack.allow("an agent reaches a public host on the list");
  // Without that host on this machine the request is allowed and dialled.
  if (status === 502 || status === 504) attack.allow("an agent may dial a public host on the list");
}

/** Sends one request to the proxy and returns everything it answers within three seconds. */
function askProxy({ socketPath }: TakenSandbox, head: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(socketPath, () => socket.write(head));
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    const timer = setTimeout(end, 3_000);
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
      // A tunnel stays open, so its first line is the answer.
      if (text.startsWith("HTTP/1.1 200") && head.startsWith("CONNECT"))
        socket.end("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    });
    for (const event of ["end", "close", "error"]) socket.once(event, end);
  });
}
