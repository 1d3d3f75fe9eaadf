/**
 * Block Kit's shapes and limits as tables. A field that is not listed is refused, as the platform refuses it.
 * Read by `block-check.ts`.
 */
export type Rule =
  | { readonly is: "string"; readonly max?: number; readonly min?: number; readonly oneOf?: readonly string[] }
  | { readonly is: "boolean" }
  | { readonly is: "number" }
  | { readonly is: "text"; readonly kinds: readonly string[]; readonly max: number }
  | { readonly is: "typed"; readonly types: readonly string[] }
  | { readonly is: "object"; readonly fields: Fields }
  | { readonly is: "array"; readonly of: Rule; readonly max: number; readonly min?: number }
  | { readonly is: "any" };

/** A name that ends with `!` is required. */
export type Fields = Readonly<Record<string, Rule>>;

const string = (max: number): Rule => ({ is: "string", max, min: 1 });
const plain = (max: number): Rule => ({ is: "text", kinds: ["plain_text"], max });
const anyText = (max: number): Rule => ({ is: "text", kinds: ["plain_text", "mrkdwn"], max });
const flag: Rule = { is: "boolean" };
const number: Rule = { is: "number" };
const any: Rule = { is: "any" };
const list = (of: Rule, max: number, min = 1): Rule => ({ is: "array", of, max, min });

const option: Rule = {
  is: "object",
  fields: { "text!": anyText(75), "value!": string(150), description: anyText(75), url: string(3000) },
};
const optionGroup: Rule = { is: "object", fields: { "label!": plain(75), "options!": list(option, 100) } };
const confirm: Rule = {
  is: "object",
  fields: { title: plain(100), "text!": anyText(300), "confirm!": plain(30), "deny!": plain(30), style: style() },
};

function style(): Rule {
  return { is: "string", oneOf: ["primary", "danger"] };
}

const action: Fields = { action_id: string(255), confirm, focus_on_load: flag };
const select: Fields = { ...action, placeholder: plain(150) };
const multi: Fields = { ...select, max_selected_items: number };

export const elements: Readonly<Record<string, Fields>> = {
  button: {
    ...action,
    "text!": plain(75),
    url: string(3000),
    value: string(2000),
    style: style(),
    accessibility_label: string(75),
  },
  overflow: { ...action, "options!": list(option, 5) },
  static_select: {
    ...select,
    options: list(option, 100),
    option_groups: list(optionGroup, 100),
    initial_option: option,
  },
  multi_static_select: {
    ...multi,
    options: list(option, 100),
    option_groups: list(optionGroup, 100),
    initial_options: list(option, 100),
  },
  users_select: { ...select, initial_user: string(255) },
  multi_users_select: { ...multi, initial_users: list(string(255), 100, 0) },
  conversations_select: {
    ...select,
    initial_conversation: string(255),
    default_to_current_conversation: flag,
    filter: any,
  },
  channels_select: { ...select, initial_channel: string(255) },
  checkboxes: { ...action, "options!": list(option, 10), initial_options: list(option, 10) },
  radio_buttons: { ...action, "options!": list(option, 10), initial_option: option },
  datepicker: { ...select, initial_date: string(10) },
  timepicker: { ...select, initial_time: string(5), timezone: string(255) },
  plain_text_input: {
    ...select,
    initial_value: { is: "string", max: 3000 },
    multiline: flag,
    min_length: number,
    max_length: number,
    dispatch_action_config: any,
  },
  image: { image_url: string(3000), slack_file: any, "alt_text!": string(2000) },
};

const interactive = Object.keys(elements).filter((type) => type !== "plain_text_input" && type !== "image");
const inputs = Object.keys(elements).filter((type) => !["button", "overflow", "image"].includes(type));
const block: Fields = { block_id: string(255) };

export const blocks: Readonly<Record<string, Fields>> = {
  section: {
    ...block,
    text: anyText(3000),
    fields: list(anyText(2000), 10),
    accessory: { is: "typed", types: [...interactive, "image"] },
    expand: flag,
  },
  header: { ...block, "text!": plain(150) },
  divider: block,
  markdown: { ...block, "text!": string(12_000) },
  context: { ...block, "elements!": list({ is: "typed", types: ["image", "mrkdwn", "plain_text"] }, 10) },
  actions: { ...block, "elements!": list({ is: "typed", types: interactive }, 25) },
  input: {
    ...block,
    "label!": plain(2000),
    "element!": { is: "typed", types: inputs },
    hint: plain(2000),
    optional: flag,
    dispatch_action: flag,
  },
  image: { ...block, image_url: string(3000), slack_file: any, "alt_text!": string(2000), title: plain(2000) },
  rich_text: { ...block, "elements!": list(any, 1000) },
};

/** Blocks a modal or the home tab does not take. */
export const messageOnly: readonly string[] = ["markdown"];

export const viewFields: Fields = {
  "type!": { is: "string", oneOf: ["modal", "home"] },
  title: plain(24),
  submit: plain(24),
  close: plain(24),
  callback_id: string(255),
  private_metadata: { is: "string", max: 3000 },
  external_id: string(255),
  "blocks!": list(any, 100, 0),
  clear_on_close: flag,
  notify_on_close: flag,
  submit_disabled: flag,
};
