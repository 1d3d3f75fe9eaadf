import { type PersonRole, personRoles } from "../../core/room/event.js";
import type { InviteView } from "../../protocol/people.js";
import type { Command, Context, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { dim, strong } from "../screen.js";
import { safeJson } from "../visible.js";
import { counted, durationText, parseSeconds } from "../words.js";
import { done, roomArgument } from "./room.js";

const inviteNew: Command = {
  path: ["invite", "new"],
  summary: "make a code with which people join",
  details: "The code is shown once and stored nowhere in clear; who has it can join in its role.",
  arguments: [roomArgument],
  options: {
    role: { help: "what they may do (default member)", value: "<role>", choices: personRoles },
    expires: { help: "how long it can be used: 90s, 15m, 12h, 7d", value: "<time>" },
    uses: { help: "how often it can be used", value: "<n>" },
    for: { help: "for this person alone, to come back under the same name", value: "<name>" },
  },
  examples: ["parley invite new demo", "parley invite new demo --role approver --expires 1h --uses 1"],
  run: runNew,
};

async function runNew(context: Context, typed: Typed): Promise<undefined> {
  const { expires, uses, forName } = {
    expires: typed.text("expires"),
    uses: typed.text("uses"),
    forName: typed.text("for"),
  };
  const expiresInSeconds = expires === undefined ? undefined : parseSeconds(expires);
  if (expires !== undefined && expiresInSeconds === undefined)
    throw new UsageError(`--expires is “${expires}”; expected a time such as 15m, 12h or 7d.`);
  if (uses !== undefined && !/^[1-9]\d{0,5}$/.test(uses))
    throw new UsageError(`--uses is “${uses}”; expected a whole number from 1.`);
  // One of the option's choices.
  const role = (typed.text("role") ?? "member") as PersonRole;
  const { api, roomId } = await findRoom(context, typed.argument("room"));
  const invite = await api.call("createInvite", {
    parts: { id: roomId },
    body: {
      role,
      ...(expiresInSeconds !== undefined && { expiresInSeconds }),
      ...(uses !== undefined && { maxUses: Number(uses) }),
      ...(forName !== undefined && { forName }),
    },
  });
  if (context.json) {
    context.screen.json(safeJson(invite));
    return;
  }
  context.screen.line([`Invite ${invite.inviteId} (${role}): `, strong(invite.code)]);
  context.screen.line(dim(`In a browser: ${api.url}/#${invite.code}`), { indent: 2 });
  context.screen.line(dim(`In a terminal: parley join ${invite.code} --name <name> --url ${api.url}`), {
    indent: 2,
    hang: 2,
  });
}

const inviteList: Command = {
  path: ["invite", "list"],
  summary: "the codes that can still be used",
  arguments: [roomArgument],
  options: {},
  examples: ["parley invite list demo"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const answer = await api.call("listInvites", { parts: { id: roomId } });
    if (context.json) context.screen.json(safeJson(answer));
    else printInvites(context, answer.invites);
    return undefined;
  },
};

function printInvites(context: Context, invites: readonly InviteView[]): void {
  if (invites.length === 0) context.screen.line("No code can be used now. Make one with parley invite new <room>.");
  printInviteLines(context, invites);
}

/** One line per invite: its id, role, person, uses, time and creator. */
export function printInviteLines({ screen, now }: Context, invites: readonly InviteView[]): void {
  for (const { inviteId, role, expiresAt, usesLeft, forName, by } of invites) {
    const left = usesLeft === undefined ? "" : `, ${counted(usesLeft, "use")} left`;
    const until = expiresAt === undefined ? "" : `, for ${durationText(expiresAt - now())} more`;
    const person = forName === undefined ? "" : `, only ${forName}`;
    const maker = by === undefined ? ", maker unknown" : `, made by ${by}`;
    screen.line([strong(inviteId), `  ${role}${person}${left}${until}${maker}`]);
  }
}

const inviteRevoke: Command = {
  path: ["invite", "revoke"],
  summary: "make a code worthless; who is in stays in",
  arguments: [roomArgument, { name: "invite", help: "id of the invite, as invite list shows it" }],
  options: {},
  examples: ["parley invite revoke demo i_3k9f"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const inviteId = typed.argument("invite");
    const answer = await api.call("revokeInvite", { parts: { id: roomId, inviteId } });
    done(context, answer, `Invite ${inviteId} is revoked.`);
    return undefined;
  },
};

export const inviteCommands: readonly Command[] = [inviteNew, inviteList, inviteRevoke];
