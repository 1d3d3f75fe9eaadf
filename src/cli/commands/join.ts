import { createApi } from "../../client/http.js";
import { hasNameSyntax } from "../../core/grammar/name.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { readStdin } from "../input.js";
import { dim, strong } from "../screen.js";
import { findServer, originOf } from "../server.js";
import { keepToken } from "../token-file.js";
import { safeJson } from "../visible.js";

export const joinCommand: CliCommand = {
  path: ["join"],
  summary: "join a room with an invite code or a link",
  details:
    "The token you get is kept in a file that only you can read, for this server and this room, and is used by every command from then on. It is not printed.",
  arguments: [{ name: "code", help: "the invite code, a link with it, or - to read it from standard input" }],
  options: {
    name: { help: "name you speak under, in any script: 李雷 becomes li-lei", value: "<name>" },
    "display-name": { help: "how you are shown; without --name your name is derived from it", value: "<text>" },
    "show-token": { help: "print the token too" },
  },
  examples: [
    "parley join 7q4f0-9xk2m-5w1z-8h3c-2r6v-0tbd --name mia",
    "parley join http://127.0.0.1:4400/#7q4f0-9xk2m-5w1z-8h3c-2r6v-0tbd --name mia",
  ],
  run: runJoin,
};

interface Joined {
  roomId: string;
  name: string;
  role: string;
  token: string;
}

async function runJoin(context: Context, typed: Typed): Promise<undefined> {
  const { code, url } = await codeAndServer(context, typed.argument("code"));
  const outside = createApi({ url, signal: context.signal });
  const joined = await outside.call("joinRoom", { body: { code, ...namesOf(typed) } });
  const { roomId, role, token } = joined;
  const inside = createApi({ url, token, signal: context.signal });
  const known = await inside.call("getRoom", { parts: { id: roomId } }).catch(() => undefined);
  const roomName = known?.name ?? roomId;
  const kept = await keepToken(context.env, { url, roomId, roomName, name: joined.name, role, token });
  report(context, { joined, roomName, kept, showToken: typed.isOn("show-token") });
}

/** Text without the syntax of a name is a display name; the server derives a name from it. */
function namesOf(typed: Typed): { name?: string; displayName?: string } {
  const [name, displayName] = [typed.text("name"), typed.text("display-name")];
  if (name === undefined) return displayName === undefined ? {} : { displayName };
  if (hasNameSyntax(name)) return { name, ...(displayName !== undefined && { displayName }) };
  if (displayName === undefined) return { displayName: name };
  throw new UsageError(`--name is “${name}”; with --display-name it must be a letter, then letters, digits or “-”.`);
}

/** A link names its server itself. The code follows `#`, so it appears in no server's log. */
async function codeAndServer(context: Context, typed: string): Promise<{ code: string; url: string }> {
  const text = (typed === "-" ? await readStdin(context) : typed).trim();
  if (text === "") throw new UsageError("There is no code on standard input.");
  if (!/^https?:\/\//i.test(text)) return { code: text, url: (await findServer(context)).url };
  const [address = "", code = ""] = text.split("#");
  if (code === "") throw new UsageError("This link has no code: it ends with # and the code.");
  return { code: decodeURIComponent(code), url: originOf(address, "The link") };
}

interface Report {
  joined: Joined;
  roomName: string;
  kept: string | undefined;
  showToken: boolean;
}

function report({ json, screen }: Context, { joined, roomName, kept, showToken }: Report): void {
  const { token, ...rest } = joined;
  if (json) {
    screen.json(safeJson({ ...rest, roomName, ...(showToken && { token }) }));
    return;
  }
  screen.line(["You are ", strong(joined.name), ` (${joined.role}) in `, strong(roomName), ` (${joined.roomId}).`]);
  if (showToken) screen.line(`Token: ${token}`);
  screen.line(
    kept === undefined
      ? "There is no home folder to keep the token in; use --show-token and PARLEY_TOKEN."
      : `The token is kept in ${kept}.`,
  );
  screen.line(dim(`Next: parley watch ${joined.roomId}`));
}
