import type { Answer, Delivery } from "./delivery.js";
import { asArray, asObject, asObjects, asText, compact, isObject } from "./json.js";
import { channelNamed, messageAt } from "./messages.js";
import { checkContent } from "./methods/content.js";
import type { Json, Message, ResponseUrl } from "./model.js";
import { createResponseUrl, show } from "./response-url.js";
import type { SeenMessage } from "./seen.js";
import { SlackError } from "./slack-error.js";
import { typedCommand } from "./typed.js";
import { wireMessage, wireView } from "./wire.js";
import type { Workspace } from "./workspace.js";

export interface Acting {
  readonly workspace: Workspace;
  readonly delivery: Delivery;
}

/** `shown` is the message to the person on failure; `ack` is the app's answer. */
export type ActOutcome =
  | { readonly ok: true; readonly triggerId: string; readonly ack?: unknown }
  | { readonly ok: false; readonly shown: string };

export interface Click {
  readonly user: string;
  readonly actionId: string;
  readonly blockId?: string;
  /** Where: a message or whisper by `channel` and `ts`, or a view by `viewId`. */
  readonly channel?: string;
  readonly ts?: string;
  readonly viewId?: string;
  /** For menus: the value of the chosen option, a user or a channel. */
  readonly choice?: string;
  /** The message as the person still has it on the screen, where it has changed since: a stale click. */
  readonly seen?: SeenMessage;
}

/** A new trigger for a person: 3 s, once. */
export function newTrigger(workspace: Workspace, user: string, viewId?: string): string {
  const id = `${workspace.nextId("")}.${Math.floor(workspace.nowMs() / 1000)}.${workspace.nextId("")}`;
  workspace.triggers.put(id, compact({ id, user, viewId, createdAtMs: workspace.nowMs(), used: false }));
  return id;
}

/** The origin fields of every interaction. */
export function origin(workspace: Workspace, user: string): Json {
  const person = workspace.people.get(user);
  const { id, name, domain } = workspace.team;
  return {
    user: { id: user, username: person?.name, name: person?.name, team_id: id },
    api_app_id: workspace.app().appId,
    token: "deprecated-verification-token",
    team: { id, domain, name },
    enterprise: null,
    is_enterprise_install: false,
  };
}

export interface Command {
  readonly user: string;
  readonly channel: string;
  readonly text: string;
  readonly threadTs?: string;
}

export async function runCommand({ workspace, delivery }: Acting, typed: Command): Promise<ActOutcome> {
  const [command = "", ...words] = typed.text.split(" ");
  const complain = (shown: string): ActOutcome => {
    const ts = workspace.nextTs();
    const { channel, user, threadTs } = typed;
    workspace.whispers.put(ts, compact({ id: ts, channel, ts, threadTs, user, from: "slack" as const, text: shown }));
    return { ok: false, shown };
  };
  if (typed.threadTs !== undefined) return complain(`${command} is not supported in threads. Sorry!`);
  if (!workspace.app().commands.includes(command)) return complain(`${command} is not a valid command.`);
  const channel = workspace.channels.get(typed.channel);
  if (channel === undefined || channel.archived) return complain(`${command} does not work in an archived channel.`);
  const triggerId = newTrigger(workspace, typed.user);
  const where = { channel: channel.id, user: typed.user };
  const answer = await delivery.ask("slash", {
    token: "deprecated-verification-token",
    team_id: workspace.team.id,
    team_domain: workspace.team.domain,
    channel_id: channel.id,
    channel_name: channel.kind === "im" ? "directmessage" : channel.name,
    user_id: typed.user,
    user_name: workspace.people.get(typed.user)?.name ?? typed.user,
    command,
    text: typedCommand(workspace, words.join(" ")),
    api_app_id: workspace.app().appId,
    is_enterprise_install: "false",
    response_url: createResponseUrl(workspace, where),
    trigger_id: triggerId,
  });
  if (!answer.acked) return complain(`${command} failed with the error "${answer.failure}"`);
  showAck(workspace, where, answer);
  return { ok: true, triggerId, ack: answer.payload };
}

function showAck(
  workspace: Workspace,
  url: Pick<ResponseUrl, "channel" | "user">,
  answer: Extract<Answer, { acked: true }>,
): void {
  const body = typeof answer.payload === "string" ? { text: answer.payload } : asObject(answer.payload);
  if (body.text === undefined && body.blocks === undefined) return;
  try {
    const raw = { text: body.text as string | undefined, blocks: body.blocks };
    show(workspace, { url, body, content: checkContent(workspace, raw, { maxText: undefined }) });
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    workspace.violate("invalid_command_response", error.code);
  }
}

export async function clickButton(acting: Acting, click: Click): Promise<ActOutcome> {
  const { workspace, delivery } = acting;
  const place = click.viewId === undefined ? inMessage(workspace, click) : inView(workspace, click);
  const found = findElement(place.blocks, click);
  const triggerId = newTrigger(workspace, click.user, click.viewId);
  const action = compact({
    ...actionOf(found.element, click.choice),
    block_id: found.blockId,
    action_ts: workspace.nextTs(),
  });
  const answer = await delivery.ask("interactive", {
    type: "block_actions",
    ...origin(workspace, click.user),
    trigger_id: triggerId,
    ...place.payload(),
    actions: [action],
  });
  if (answer.acked) return { ok: true, triggerId };
  return {
    ok: false,
    shown:
      answer.failure === "operation_timeout" ? "This app didn’t respond." : "This app is not responding right now.",
  };
}

interface Place {
  readonly blocks: readonly Json[];
  readonly payload: () => Json;
}

function inMessage(workspace: Workspace, click: Click): Place {
  const channel = channelNamed(workspace, click.channel ?? "");
  if (!channel.members.includes(click.user)) throw new SlackError("not_in_channel");
  const whisper = workspace.whispers.get(click.ts ?? "");
  const message = whisper ?? messageAt(workspace, channel.id, click.ts ?? "");
  if (message === undefined && click.seen === undefined) throw new SlackError("message_not_found");
  if (whisper !== undefined && whisper.user !== click.user) throw new SlackError("message_not_found");
  const threadTs = message?.threadTs ?? click.seen?.threadTs;
  const ts = click.ts ?? "";
  const ids = whisper === undefined ? { messageTs: ts } : { whisperId: whisper.id };
  return {
    blocks: click.seen?.blocks ?? message?.blocks ?? [],
    payload: () =>
      compact({
        container: compact({
          type: "message",
          message_ts: ts,
          channel_id: channel.id,
          is_ephemeral: whisper !== undefined,
          thread_ts: threadTs,
        }),
        channel: { id: channel.id, name: channel.kind === "im" ? "directmessage" : channel.name },
        message:
          message === undefined || whisper !== undefined
            ? undefined
            : wireMessage(workspace, message as Message, "full"),
        state: { values: {} },
        response_url: createResponseUrl(
          workspace,
          compact({ channel: channel.id, user: click.user, threadTs, ...ids }),
        ),
      }),
  };
}

function inView(workspace: Workspace, click: Click): Place {
  const record = workspace.views.get(click.viewId ?? "");
  if (record === undefined || !record.open || record.user !== click.user) throw new SlackError("view_not_found");
  return {
    blocks: asObjects(record.view.blocks),
    payload: () => ({ container: { type: "view", view_id: record.id }, view: wireView(workspace, record) }),
  };
}

function findElement(blocks: readonly Json[], click: Click): { element: Json; blockId: string } {
  for (const block of blocks) {
    if (click.blockId !== undefined && block.block_id !== click.blockId) continue;
    const candidates = [...asArray(block.elements), block.accessory, block.element].filter(isObject);
    const element = candidates.find((candidate) => candidate.action_id === click.actionId);
    if (element !== undefined) return { element, blockId: asText(block.block_id) };
  }
  throw new SlackError("button_not_found", { actionId: click.actionId });
}

function actionOf(element: Json, choice: string | undefined): Json {
  const { type, action_id: actionId } = element;
  if (type === "button") {
    return compact({ type, action_id: actionId, text: element.text, value: element.value, style: element.style });
  }
  return { type, action_id: actionId, ...stateOf(element, choice === undefined ? [] : [choice]) };
}

/** The state of an input or menu with these values chosen, in the shape of its type. */
export function stateOf(element: Json, values: readonly string[]): Json {
  const type = asText(element.type);
  const options = [
    ...asObjects(element.options),
    ...asObjects(element.option_groups).flatMap((group) => asObjects(group.options)),
  ];
  const chosen = values.flatMap((value) => {
    const option = options.find((known) => known.value === value);
    return option === undefined ? [] : [{ text: option.text, value: option.value }];
  });
  if (options.length > 0 && chosen.length !== values.length) throw new SlackError("option_not_found", { values });
  const first = values[0] ?? null;
  switch (type) {
    case "checkboxes":
    case "multi_static_select":
      return { type, selected_options: chosen };
    case "static_select":
    case "radio_buttons":
    case "overflow":
      return { type, selected_option: chosen[0] ?? null };
    case "users_select":
      return { type, selected_user: first };
    case "multi_users_select":
      return { type, selected_users: values };
    case "conversations_select":
      return { type, selected_conversation: first };
    case "channels_select":
      return { type, selected_channel: first };
    case "datepicker":
      return { type, selected_date: first };
    case "timepicker":
      return { type, selected_time: first };
    default:
      return { type, value: first };
  }
}
