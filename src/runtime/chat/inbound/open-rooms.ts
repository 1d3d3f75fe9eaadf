import { suggestName } from "../../../core/grammar/name.js";
import type { BindMirror } from "../../../core/room/command.js";
import type { Rejection } from "../../../core/room/rejection.js";
import type { Actor } from "../../../core/room/rights.js";
import type { NewRoomOptions } from "../../../core/values/as-typed.js";
import type { ChatCommand } from "../../../core/values/chat-command.js";
import type { Chat } from "../../../ports/chat.js";
import type { Inbound } from "../../../ports/chat-inbound.js";
import { wantedName } from "../../access/transliterate.js";
import type { MakeRoom } from "../../rooms/create.js";
import type { RoomService } from "../../rooms/service.js";
import type { OutboundRegistry } from "../outbound/registry.js";
import type { FindRoom } from "./find-room.js";
import type { Received } from "./inbox.js";
import { type Commanded, say } from "./messages.js";
import type { People } from "./people.js";
import { policyChangeOf, policyProblem } from "./policy-change.js";

export interface OpenRoomsOptions {
  chats: ReadonlyMap<string, Chat>;
  rooms: RoomService;
  registry: OutboundRegistry;
  people: People;
  findRoom: FindRoom;
  makeRoom: MakeRoom;
  sha256: (text: string) => string;
  urlOf: (roomId: string) => string | undefined;
}

/** Creates rooms and attaches or detaches their threads. */
export interface OpenRooms {
  create(
    from: Inbound,
    command: Extract<ChatCommand, { verb: "new" }>,
    options: { isReplay: boolean },
  ): Promise<Commanded>;
  attach(received: Received, target: string): Promise<Commanded>;
  detach(from: Inbound, roomId: string, by: Actor): Promise<Commanded>;
}

/** Opens rooms in threads, and closes their threads. */
export function createOpenRooms(options: OpenRoomsOptions): OpenRooms {
  const bind = createBind(options);
  return {
    create: createCreate(options, bind),
    attach: createAttach(options, bind),
    detach: createDetach(options),
  };
}

type Bind = ReturnType<typeof createBind>;

function createCreate(options: OpenRoomsOptions, bind: Bind): OpenRooms["create"] {
  const { rooms, findRoom, sha256 } = options;

  async function create(
    from: Inbound,
    { name, agents, message, options: asked = {} }: Extract<ChatCommand, { verb: "new" }>,
    { isReplay }: { isReplay: boolean },
  ): Promise<Commanded> {
    const namesake = isReplay ? undefined : await openNamesake(from, name);
    if (namesake) return say(`There is an open room “${name}” in this channel already; choose another name.`);
    const { platform, user } = from;
    const wrong = policyProblem(policyChangeOf(asked));
    if (wrong !== undefined) return say(`No room was made: ${wrong}.`);
    const taken = new Set(agents.map((agent) => agent.name));
    const owner = suggestName(wantedName(user.displayName), (candidate) => taken.has(candidate));
    const made = await options.makeRoom(
      {
        name,
        owner,
        ownerFromChat: { displayName: user.displayName, platform: { name: platform, userId: user.id } },
        agents: agents.map((agent) => ({
          name: agent.name,
          role: agent.role,
          ...(asked.model !== undefined && { model: asked.model }),
        })),
        ...roomOptions(asked),
      },
      { by: { kind: "admin" }, idempotencyKey: `chat/${platform}/${from.id}` },
    );
    if (made.kind === "rejected") return say(`No room was made: ${made.rejection.detail}.`);
    const { roomId } = made;
    const by: Actor = { kind: "person", name: owner };
    // The root card already shows the room's first commit.
    const refused = await bind(from, { roomId, after: 1, by });
    if (refused)
      return say(
        `The room was made, but it has no thread here: ${refused.detail}. ${options.urlOf(roomId) ?? ""}`.trim(),
      );
    if (message !== undefined) await open(from, { roomId, by, message });
    const opens = `The room “${name}” opens in a thread of this channel. ${options.urlOf(roomId) ?? ""}`.trim();
    return { ...say(opens), isDone: true };
  }

  async function openNamesake(from: Inbound, name: string): Promise<boolean> {
    const visible = await findRoom.visible(from);
    return visible.some(
      (room) => room.isHere && room.state !== "closed" && room.name.toLowerCase() === name.toLowerCase(),
    );
  }

  async function open(
    from: Inbound,
    { roomId, by, message }: { roomId: string; by: Actor; message: string },
  ): Promise<void> {
    const messageId = `${from.platform}-${sha256(from.id).slice(0, 20)}`;
    await rooms.execute(roomId, { type: "message.post", by, messageId, body: message, idempotencyKey: from.id });
  }

  return create;
}

function createBind({ rooms, registry, sha256 }: OpenRoomsOptions) {
  /** Registers the thread before binding it: a crash in between leaves a thread that shows nothing. */
  return async function bind(
    from: Inbound,
    { roomId, after, by, inviteHash }: { roomId: string; after: number; by: Actor; inviteHash?: string },
  ): Promise<Rejection | undefined> {
    const { platform, channel, user } = from;
    const mirrorId = sha256(JSON.stringify([roomId, platform, from.id])).slice(0, 20);
    await registry.register({ mirrorId, roomId, platform, channel, after, byUser: user.id });
    const command: BindMirror = {
      type: "mirror.bind",
      by,
      mirrorId,
      platform,
      channel,
      ...(inviteHash !== undefined && { inviteHash }),
    };
    const executed = await rooms.execute(roomId, command);
    return executed.kind === "rejected" ? executed.rejection : undefined;
  };
}

function createAttach(options: OpenRoomsOptions, bind: Bind): OpenRooms["attach"] {
  const { rooms, people, findRoom } = options;

  async function attach(received: Received, target: string): Promise<Commanded> {
    const { inbound: from, code } = received;
    if (!code) return attachByName(from, target);
    const { roomId, hash } = code;
    const seen = await rooms.read(roomId, ({ name, version, status }) => ({ name, version, status }));
    if (!seen || seen.status === "closed") return say(`Nothing was attached: ${codeDoesNotWork}.`);
    const refused = await bind(from, {
      roomId,
      after: seen.version,
      by: { kind: "person", name: "" },
      inviteHash: hash,
    });
    if (refused) {
      const detail = refused.code === "invite_invalid" ? codeDoesNotWork : refused.detail;
      return say(`Nothing was attached: ${detail}.`);
    }
    await people.enterWith(roomId, from, hash);
    return attached(roomId, seen.name);
  }

  /** Finds a room by name only if the person may invite to it. */
  async function attachByName(from: Inbound, target: string): Promise<Commanded> {
    const wanted = target.toLowerCase();
    const named = (await findRoom.visible(from)).filter(
      ({ name, roomId, isMine, state }) =>
        isMine && state !== "closed" && (name.toLowerCase() === wanted || roomId === wanted),
    );
    const [room, second] = named;
    if (!room) {
      return say(
        `Nothing was attached: you have no open room “${target.slice(0, 80)}”, and it is not an invite code. Ask for a code with \`/room invite\` where the room is.`,
      );
    }
    if (second) {
      return say(`Several rooms of yours have this name; give an id: ${named.map(({ roomId }) => roomId).join(", ")}.`);
    }
    const name = await people.known(room.roomId, from);
    const by: Actor = { kind: "person", name: name ?? "" };
    const version = await rooms.peek(room.roomId, (seen) => seen.version, { fresh: true });
    const refused = await bind(from, { roomId: room.roomId, after: version, by });
    return refused ? say(`Nothing was attached: ${refused.detail}.`) : attached(room.roomId, room.name);
  }

  function attached(roomId: string, name: string): Commanded {
    const url = options.urlOf(roomId);
    const before = url === undefined ? "" : ` What came before is at ${url}`;
    return { ...say(`The room “${name}” opens in a thread of this channel.${before}`), isDone: true };
  }

  return attach;
}

function createDetach({ rooms }: OpenRoomsOptions): OpenRooms["detach"] {
  return async function detach(from: Inbound, roomId: string, by: Actor): Promise<Commanded> {
    const { platform, channel, thread } = from;
    const outbound = await rooms.peek(
      roomId,
      (room) =>
        [...room.mirrors.values()].find(
          (one) =>
            one.platform === platform && one.channel === channel && (thread === undefined || one.thread === thread),
        ),
      { fresh: true },
    );
    if (!outbound) return say("This room has no thread in this channel.");
    const executed = await rooms.execute(roomId, { type: "mirror.unbind", by, mirrorId: outbound.mirrorId });
    if (executed.kind === "rejected") return say(`Nothing was done: ${executed.rejection.detail}.`);
    return say(
      "Detached: what is said in the room is not shown here any more, and what is written here does not reach it.",
    );
  };
}

/** Options of `/room new` as a request for a room has them. */
function roomOptions(options: NewRoomOptions) {
  const { repository, branch } = options;
  const policy = policyChangeOf(options);
  return {
    ...(repository !== undefined && { repo: repository }),
    ...(branch !== undefined && { branch }),
    ...(Object.keys(policy).length > 0 && { policy }),
  };
}

const codeDoesNotWork = "this code does not open a room: it may be mistyped, expired, used up or revoked";
