import { ProblemError } from "../../client/errors.js";
import type { CliCommand, Context, RoomAccess, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { parseGatePolicy } from "../input.js";
import { dim, strong } from "../screen.js";
import { findServer } from "../server.js";
import { safeJson } from "../visible.js";
import { durationText, parseSeconds } from "../words.js";
import { roomArgument } from "./room.js";

/** Lets a session or a program that runs outside Parley join as an agent, and prints what it needs. */
export const agentInviteCommand: CliCommand = {
  path: ["agent", "invite"],
  summary: "let a session or a program that you run yourself join a room, as an agent",
  details:
    "Prints a token for that one agent, and the commands that give it to Claude Code, Codex or a program. Whoever has the token speaks and hears as the agent, by the rules of any agent, " +
    "and can do nothing else. An agent that is there already gets another token.",
  arguments: [roomArgument],
  options: {
    as: { help: "its name in the room (default session)", value: "<name>" },
    role: { help: "its role, such as coder, reviewer or planner", value: "<role>" },
    gate: { help: "which of its messages wait for a person: never, always, first, or JSON", value: "<policy>" },
    expires: { help: "how long its token works: 12h, 30d (default 90d)", value: "<time>" },
  },
  examples: ["parley agent invite demo --as laptop", "parley agent invite demo --as ci --gate first --expires 12h"],
  run: runInvite,
};

interface Invited {
  name: string;
  token: string;
  tokenId: string;
  expiresAt: number;
}

async function runInvite(context: Context, typed: Typed): Promise<undefined> {
  const expires = typed.text("expires");
  const expiresInSeconds = expires === undefined ? undefined : parseSeconds(expires);
  if (expires !== undefined && expiresInSeconds === undefined)
    throw new UsageError(`--expires is “${expires}”; expected a time such as 15m, 12h or 7d.`);
  const { url } = await findServer(context);
  const access = await findRoom(context, typed.argument("room"));
  const made = await invited(access, typed, expiresInSeconds);
  if (context.json) context.screen.json(safeJson({ ...made, roomId: access.roomId, url, mcp: `${url}/mcp` }));
  else printInvite(context, { ...made, url, access });
}

/** A new agent, or another token for one of that name that runs outside Parley already. */
async function invited(
  { api, roomId }: RoomAccess,
  typed: Typed,
  expiresInSeconds: number | undefined,
): Promise<Invited> {
  const [name, role, gate] = [typed.text("as") ?? "session", typed.text("role"), typed.text("gate")];
  const body = {
    name,
    runtime: "external",
    ...(role !== undefined && { role }),
    ...(gate !== undefined && { gate: parseGatePolicy(gate, "--gate") }),
    ...(expiresInSeconds !== undefined && { tokenExpiresInSeconds: expiresInSeconds }),
  };
  try {
    const {
      token = "",
      tokenId = "",
      expiresAt = 0,
      ...added
    } = await api.call("addAgent", { parts: { id: roomId }, body });
    return { name: added.name, token, tokenId, expiresAt };
  } catch (error) {
    if (!isTaken(error)) throw error;
    const again = { parts: { id: roomId, name: name.toLowerCase() } };
    return await api
      .call("createAgentToken", { ...again, body: expiresInSeconds === undefined ? {} : { expiresInSeconds } })
      .catch((refused: unknown) => {
        // The name belongs to a participant of another kind.
        throw refused instanceof ProblemError && refused.problem.status === 404 ? error : refused;
      });
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === "name_taken";
}

function printInvite(
  { screen, now }: Context,
  { name, token, tokenId, expiresAt, url, access }: Invited & { url: string; access: RoomAccess },
): void {
  const kept = `export PARLEY_URL=${url} PARLEY_ROOM=${access.roomId} PARLEY_TOKEN=${token}`;
  screen.line([
    `${name} may join ${access.name} for ${durationText(expiresAt - now())}. Its token is shown this once:`,
  ]);
  screen.line(strong(token));
  screen.line("");
  screen.line("Claude Code, in the folder of its project:");
  screen.line(`  claude mcp add --transport http parley ${url}/mcp --header "Authorization: Bearer ${token}"`);
  screen.line("Codex:");
  screen.line(`  export PARLEY_TOKEN=${token}`);
  screen.line(`  codex mcp add parley --url ${url}/mcp --bearer-token-env-var PARLEY_TOKEN`);
  screen.line("A program:");
  screen.line(`  ${kept}`);
  screen.line("");
  screen.line("Then tell the session: listen in the Parley room and answer what comes.");
  screen.line(
    dim(`It ends with: parley agent remove ${access.name} ${name}, or parley token revoke ${access.name} ${tokenId}`),
  );
}
