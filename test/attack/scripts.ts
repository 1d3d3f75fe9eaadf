import type { CreatedRoom } from "../support/parley-client.js";
import { type Attacker, again, anyUrl, request } from "./attack.js";

/** Patterns that take exponential or cubic time in a backtracking engine. None matches the messages sent. */
export const slowPatterns: readonly string[] = [
  ...Array.from({ length: 120 }, (_, index) => `a*a*a*b${index}`),
  ...Array.from({ length: 40 }, (_, index) => `^[ab]*[ac]*[ad]*x${index}$`),
  ...Array.from({ length: 40 }, (_, index) => `(?:a|aa)+y${index}$`),
];

const rulesOf = (patterns: readonly string[]) => patterns.map((match) => ({ match, reply: "@room matched" }));
const agents = 3;

/** An approver gives three agents as many slow rules as a script may have; a member's long messages set them off. */
export const scriptsFreeze =
  ({ room, member }: { room: CreatedRoom; member: string }): Attacker =>
  async (attack) => {
    const post = (path: string, body: object, token: string) =>
      request(`${anyUrl(attack)}/api/rooms/${room.roomId}${path}`, {
        method: "POST",
        body: JSON.stringify(body),
        token,
      });
    for (let index = 0; index < agents; index++) {
      const script = [{ match: "^say (\\w+)$", reply: "@mia {1}" }, ...rulesOf(slowPatterns)];
      const all = { name: `slow-${index}`, runtime: "scripted", script };
      const { status, text } = await post("/agents", all, room.token);
      if (status === 201) continue;
      // Some of these patterns may be refused when they are added; the plain ones must not be.
      attack.refuse(`script with slow patterns: ${status}`);
      const plain = { ...all, script: [script[0], ...rulesOf(slowPatterns.slice(0, 120))] };
      const again = await post("/agents", plain, room.token);
      if (again.status !== 201) attack.wrong(`no scripted agent could be added: ${again.status} ${text.slice(0, 300)}`);
    }
    let round = 0;
    await again(
      attack.over,
      async () => {
        round += 1;
        const names = Array.from({ length: agents }, (_, index) => `slow-${index}`);
        const long = await post("/messages", { body: "a".repeat(30_000), to: names }, member);
        if (long.status === 201) attack.acknowledge(room, (JSON.parse(long.text) as { messageId: string }).messageId);
        else attack.refuse(`message to slow rules: ${long.status}`);
        const word = `word${round}`;
        const plain = await post("/messages", { body: `say ${word}`, to: ["slow-0"] }, room.token);
        if (plain.status !== 201) return attack.refuse(`message to a script: ${plain.status}`);
        attack.acknowledge(room, (JSON.parse(plain.text) as { messageId: string }).messageId);
        const url = `${anyUrl(attack)}/api/rooms/${room.roomId}/messages?limit=50`;
        for (let looks = 0; looks < 40 && !attack.over.aborted; looks++) {
          const { text } = await request(url, { token: room.token });
          if (text.includes(`"body":"${word}"`)) return attack.allow("a script answers beside slow rules");
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      },
      1_000,
    );
  };
