import { type Acting, newTrigger, origin, stateOf } from "./interactions.js";
import { asObject, asObjects, asText, isObject } from "./json.js";
import { checkedView, modalsOf, openView, replaceView } from "./methods/views.js";
import type { Json, ViewRecord } from "./model.js";
import { SlackError } from "./slack-error.js";
import { wireView } from "./wire.js";
import type { Workspace } from "./workspace.js";

export interface Submission {
  readonly user: string;
  /** Default: the modal on top. */
  readonly viewId?: string;
  /** action_id or block_id → the entered value; missing ones keep their initial value. */
  readonly values?: Readonly<Record<string, string | readonly string[]>>;
}

export type SubmitOutcome =
  | { readonly result: "closed" | "cleared" | "updated" | "pushed" }
  /** By block_id; the modal stays open. `client`: Slack's own check, the app saw nothing. */
  | { readonly result: "errors"; readonly by: "app" | "client"; readonly errors: Readonly<Record<string, string>> }
  | { readonly result: "failed"; readonly shown: string };

export async function submitModal({ workspace, delivery }: Acting, submission: Submission): Promise<SubmitOutcome> {
  const record = openModal(workspace, submission);
  const { values, errors } = fill(record, submission.values ?? {});
  if (Object.keys(errors).length > 0) return { result: "errors", by: "client", errors };
  const triggerId = newTrigger(workspace, submission.user, record.id);
  const answer = await delivery.ask("interactive", {
    type: "view_submission",
    ...origin(workspace, submission.user),
    trigger_id: triggerId,
    view: wireView(workspace, record, values),
    response_urls: [],
  });
  if (!answer.acked) return { result: "failed", shown: "We had some trouble connecting. Try again?" };
  return apply(workspace, workspace.views.get(record.id) ?? record, asObject(answer.payload));
}

export async function closeModal({ workspace, delivery }: Acting, user: string): Promise<void> {
  const record = openModal(workspace, { user });
  workspace.views.put(record.id, { ...record, open: false });
  if (record.view.notify_on_close !== true) return;
  const view = wireView(workspace, record);
  await delivery.ask("interactive", { type: "view_closed", ...origin(workspace, user), view, is_cleared: false });
}

function openModal(workspace: Workspace, { user, viewId }: Submission): ViewRecord {
  const stack = modalsOf(workspace, user);
  const record = viewId === undefined ? stack.at(-1) : stack.find((known) => known.id === viewId);
  if (record === undefined) throw new SlackError("view_not_found");
  return record;
}

type Entered = NonNullable<Submission["values"]>;

/** The state of every input, and the client's own validation. */
function fill(record: ViewRecord, entered: Entered): { values: Json; errors: Record<string, string> } {
  const values: Json = {};
  const errors: Record<string, string> = {};
  const known = new Set<string>();
  for (const block of asObjects(record.view.blocks).filter((candidate) => candidate.type === "input")) {
    const element = asObject(block.element);
    const blockId = asText(block.block_id);
    const actionId = asText(element.action_id);
    known.add(blockId).add(actionId);
    const given = enteredAt(entered, actionId) ?? enteredAt(entered, blockId);
    const chosen = given === undefined ? initial(element) : [given].flat().filter((value) => value !== "");
    const problem = clientProblem(block, element, chosen);
    if (problem !== undefined) errors[blockId] = problem;
    values[blockId] = { [actionId]: stateOf(element, chosen) };
  }
  for (const name of Object.keys(entered)) if (!known.has(name)) throw new SlackError("field_not_found", { name });
  return { values, errors };
}

const enteredAt = (entered: Entered, name: string) => (Object.hasOwn(entered, name) ? entered[name] : undefined);

function initial(element: Json): readonly string[] {
  const text = asText(element.initial_value) || asText(element.initial_user) || asText(element.initial_conversation);
  if (text !== "") return [text];
  const options = isObject(element.initial_option) ? [element.initial_option] : asObjects(element.initial_options);
  return options.map((option) => asText(option.value));
}

function clientProblem(block: Json, element: Json, chosen: readonly string[]): string | undefined {
  if (chosen.length === 0) return block.optional === true ? undefined : "Please complete this required field.";
  if (element.type !== "plain_text_input") return undefined;
  const length = chosen[0]?.length ?? 0;
  const max = typeof element.max_length === "number" ? element.max_length : 3_000;
  const min = typeof element.min_length === "number" ? element.min_length : 0;
  if (length > max) return `Please enter at most ${max} characters.`;
  return length < min ? `Please enter at least ${min} characters.` : undefined;
}

/** Applies the acknowledgement of a submission. */
function apply(workspace: Workspace, record: ViewRecord, ack: Json): SubmitOutcome {
  const close = (views: readonly ViewRecord[]): void => {
    for (const view of views) workspace.views.put(view.id, { ...view, open: false });
  };
  try {
    switch (ack.response_action) {
      case undefined:
        close([record]);
        return { result: "closed" };
      case "clear":
        close(modalsOf(workspace, record.user));
        return { result: "cleared" };
      case "errors":
        return { result: "errors", by: "app", errors: showErrors(workspace, record, asObject(ack.errors)) };
      case "update":
        replaceView(workspace, record, checkedView(workspace, ack.view, "modal"));
        return { result: "updated" };
      case "push":
        openView(workspace, { user: record.user, view: checkedView(workspace, ack.view, "modal"), below: record });
        return { result: "pushed" };
      default:
        throw new SlackError("invalid_response_action");
    }
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    workspace.violate("invalid_view_response", `${error.code} ${JSON.stringify(error.extra)}`);
    return { result: "failed", shown: "We had some trouble connecting. Try again?" };
  }
}

function showErrors(workspace: Workspace, record: ViewRecord, raw: Json): Record<string, string> {
  const inputs = asObjects(record.view.blocks).filter((block) => block.type === "input");
  const errors: Record<string, string> = {};
  for (const [blockId, text] of Object.entries(raw)) {
    if (!inputs.some((block) => block.block_id === blockId)) throw new SlackError("unknown_block_id", { blockId });
    errors[blockId] = asText(text);
  }
  if (Object.keys(errors).length === 0) throw new SlackError("no_errors");
  workspace.views.put(record.id, { ...record, errors });
  return errors;
}
