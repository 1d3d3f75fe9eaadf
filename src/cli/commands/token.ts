import { type CredentialScope, credentialScopes } from "../../core/values/credential-scope.js";
import type { TokenView } from "../../protocol/tokens.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { dim, strong } from "../screen.js";
import { safeJson } from "../visible.js";
import { durationText, parseSeconds } from "../words.js";
import { done, roomArgument } from "./room.js";

const tokenNew: CliCommand = {
  path: ["token", "new"],
  summary: "make a token for a program that acts as you in a room",
  details:
    "The token is printed once and stored nowhere in clear. It does what its scopes and your role allow, until it expires, is revoked, or you leave the room.",
  arguments: [roomArgument],
  options: {
    scope: {
      help: "what it is for; may be given more than once (default read)",
      value: "<scope>",
      many: true,
      choices: credentialScopes,
    },
    expires: { help: "how long it works: 12h, 30d (default 90d)", value: "<time>" },
    label: { help: "what you call it", value: "<text>" },
    for: { help: "whom it acts as; with the admin token only (default the owner)", value: "<name>" },
  },
  examples: ["parley token new demo --scope read --scope post --expires 30d --label ci"],
  run: runNew,
};

async function runNew(context: Context, typed: Typed): Promise<undefined> {
  const [expires, label, name] = [typed.text("expires"), typed.text("label"), typed.text("for")];
  const expiresInSeconds = expires === undefined ? undefined : parseSeconds(expires);
  if (expires !== undefined && expiresInSeconds === undefined)
    throw new UsageError(`--expires is “${expires}”; expected a time such as 15m, 12h or 7d.`);
  const asked = typed.texts("scope");
  const { api, roomId } = await findRoom(context, typed.argument("room"));
  const made = await api.call("createToken", {
    body: {
      roomId,
      scopes: asked.length === 0 ? ["read"] : (asked as CredentialScope[]),
      ...(expiresInSeconds !== undefined && { expiresInSeconds }),
      ...(label !== undefined && { label }),
      ...(name !== undefined && { name }),
    },
  });
  if (context.json) {
    context.screen.json(safeJson(made));
    return;
  }
  context.screen.line([`Token ${made.id} of ${made.name} (${made.scopes.join(", ")}):`]);
  context.screen.line(strong(made.token));
  context.screen.line(dim("It is shown this once. A program sends it as Authorization: Bearer <token>."));
}

const tokenList: CliCommand = {
  path: ["token", "list"],
  summary: "the tokens that work: yours, as the owner those of the room",
  arguments: [roomArgument],
  options: {},
  examples: ["parley token list demo"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const answer = await api.call("listTokens", { query: { roomId } });
    if (context.json) context.screen.json(safeJson(answer));
    else printTokens(context, answer.tokens);
    return undefined;
  },
};

function printTokens({ screen, now }: Context, tokens: readonly TokenView[]): void {
  if (tokens.length === 0) screen.line("There is no token. Make one with parley token new <room>.");
  for (const { id, kind, name, scopes, label, expiresAt, lastUsedAt } of tokens) {
    const called = label === undefined ? "" : `, ${label}`;
    const until = expiresAt === undefined ? "" : `, for ${durationText(expiresAt - now())} more`;
    const used = lastUsedAt === undefined ? ", never used" : `, last used ${durationText(now() - lastUsedAt)} ago`;
    const does = kind === "room-agent" ? "agent" : scopes.join(" ");
    screen.line([strong(id), `  ${name}${called}, ${does}${until}${used}`]);
  }
}

const tokenRevoke: CliCommand = {
  path: ["token", "revoke"],
  summary: "make a token worthless, at every process within a second",
  arguments: [roomArgument, { name: "token", help: "id of the token, as token list shows it" }],
  options: {},
  examples: ["parley token revoke demo 5q8f0m2x7c1v9k3h"],
  async run(context, typed) {
    const { api } = await findRoom(context, typed.argument("room"));
    const answer = await api.call("revokeToken", { parts: { tokenId: typed.argument("token") } });
    done(context, answer, `Token ${typed.argument("token")} is revoked.`);
    return undefined;
  },
};

export const tokenCommands: readonly CliCommand[] = [tokenNew, tokenList, tokenRevoke];
