import { ProblemError } from "../client/errors.js";
import { type Api, createApi } from "../client/http.js";
import type { Context } from "./command.js";
import { dim } from "./screen.js";
import { keepToken } from "./token-file.js";

/** The name of the user of this terminal; in a service it may be unknown. */
export function userNameOf({ env }: Pick<Context, "env">): string {
  return env.USER || env.LOGNAME || env.USERNAME || "host";
}

interface Joining {
  room: { roomId: string; name: string };
  url: string;
  /** The admin's token, which lets this user in. */
  admin: string;
}

/**
 * Lets this user into a room of the server on this machine, as an owner under their own name, and keeps the token: what they do from then on is theirs and not the
 * admin's. Resolves to undefined where nobody can join, as in a closed room.
 */
export async function joinAsOwner(context: Context, { room, url, admin }: Joining): Promise<string | undefined> {
  const asAdmin = createApi({ url, token: admin, signal: context.signal });
  const outside = createApi({ url, signal: context.signal });
  const { roomId, name: roomName } = room;
  try {
    const body = { role: "owner", maxUses: 1, expiresInSeconds: 60 } as const;
    const { code } = await asAdmin.call("createInvite", { parts: { id: roomId }, body });
    const wanted = await outside.call("deriveName", { query: { from: userNameOf(context) } });
    const joined = await joinUnder(outside, { code, name: wanted.name });
    const { name, role, token } = joined;
    await keepToken(context.env, { url, roomId, roomName, name, role, token });
    context.screen.note(
      dim(`You are ${name} (${role}) in ${roomName} from now on. --admin acts as the server's admin instead.`),
    );
    return token;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** Where the name is taken, under the one that the server suggests. */
async function joinUnder(outside: Api, { code, name }: { code: string; name: string }) {
  try {
    return await outside.call("joinRoom", { body: { code, name } });
  } catch (error) {
    const suggestion = error instanceof ProblemError ? error.problem.suggestion : undefined;
    if (typeof suggestion !== "string") throw error;
    return outside.call("joinRoom", { body: { code, name: suggestion } });
  }
}
