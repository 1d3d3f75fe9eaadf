import { type Attacker, again, request } from "./attack.js";
import type { TakenSandbox } from "./sandboxes.js";

const megabytes = 200;
/** An endless line. */
const endlessLine = `head -c ${megabytes}M /dev/zero | tr '\\0' x > /proc/1/fd/1; echo > /proc/1/fd/1`;
/** Many well-formed messages, as Claude Code would write them. */
const manyTexts = `i=0; body=$(head -c 900000 /dev/zero | tr '\\0' y); while [ $i -lt 40 ]; do
printf '{"type":"assistant","uuid":"00000000-0000-4000-8000-%012d","session_id":"s","parent_tool_use_id":null,"message":{"id":"m%s","type":"message","role":"assistant","model":"claude-opus-4-5","content":[{"type":"text","text":"%s"}],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\\n' $i$$ $i "$body" > /proc/1/fd/1
i=$((i+1)); done`;
/** Short lines, as fast as the pipe accepts them. */
const manyLines = `yes '{"type":"system","subtype":"status","status":null}' | head -c 50M > /proc/1/fd/1`;
const rubbish = "head -c 20M /dev/urandom > /proc/1/fd/1; echo > /proc/1/fd/1";

/** Writes to the output that Parley reads, as any command of the agent can. Reads the agent's record, as viewers may. */
export const floodsOutput =
  (box: TakenSandbox, { viewer }: { viewer: string }): Attacker =>
  async (attack) => {
    const { exec, room } = box;
    if (!exec) return;
    const at = `${attack.urls[0]}/api/rooms/${room.roomId}`;
    const flood = again(
      attack.over,
      async () => {
        for (const command of [endlessLine, manyTexts, manyLines, rubbish]) {
          if (attack.over.aborted) return;
          await exec(command);
          attack.refuse("floods of a sandbox's output");
          await request(`${at}/messages`, {
            method: "POST",
            body: JSON.stringify({ body: "@coder go on" }),
            token: room.token,
          });
        }
      },
      1_000,
    );
    const read = again(
      attack.over,
      async () => {
        const leave = AbortSignal.any([attack.over, AbortSignal.timeout(4_000)]);
        const readers = Array.from({ length: 10 }, () =>
          request(`${at}/agents/coder/events?after=0`, { token: viewer, signal: leave }),
        );
        await Promise.all(readers);
      },
      2_000,
    );
    await Promise.all([flood, read]);
  };

/** Searches for secrets everywhere the agent can read. */
export const searchesSandbox =
  ({ exec }: TakenSandbox): Attacker =>
  async (attack) => {
    if (!exec) return;
    await again(
      attack.over,
      async () => {
        const seen = await exec(
          "env; cat /proc/*/environ 2>/dev/null; cat /run/parley/* /etc/hostname 2>/dev/null; grep -rsh sk-ant /home /work /tmp /run 2>/dev/null | head -c 1000000; echo looked",
        );
        attack.secrets.see("sandbox/files", seen);
        if (seen.includes("looked")) attack.allow("a command of the agent runs");
      },
      20_000,
    );
  };
