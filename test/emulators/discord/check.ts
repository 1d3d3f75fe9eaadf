import { DiscordError, formBody, type Json } from "./model.js";

const max = (path: string, value: unknown, limit: number): void => {
  if (typeof value === "string" && [...value].length > limit)
    throw formBody(path, `Must be ${limit} or fewer in length.`);
};

/** The limits of a message, as published. */
export function checkMessage(body: Json, { isWebhook, files }: { isWebhook: boolean; files: number }): void {
  max("content", body.content, 2_000);
  checkEmbeds(body.embeds ?? []);
  checkComponents(body.components ?? []);
  checkMentions(body.allowed_mentions);
  if (body.nonce !== undefined && isWebhook) throw formBody("nonce", "Webhooks take no nonce.");
  if (body.nonce !== undefined && String(body.nonce).length > 25)
    throw formBody("nonce", "Must be 25 or fewer in length.");
  if (isWebhook && body.username !== undefined) checkName(body.username);
  const isEmpty = !body.content && !body.embeds?.length && !body.components?.length && files === 0;
  if (isEmpty) throw new DiscordError(400, 50006, "Cannot send an empty message");
}

/** Names of webhooks and their messages. */
export function checkName(name: unknown): void {
  if (typeof name !== "string" || name.trim() === "" || name.length > 80)
    throw formBody("username", "Must be between 1 and 80 in length.");
  if (/discord|clyde|```|@|#|:/i.test(name) || /^(?:everyone|here)$/i.test(name.trim()))
    throw formBody("username", `Username cannot contain "${name}"`);
}

function checkEmbeds(embeds: Json[]): void {
  if (embeds.length > 10) throw formBody("embeds", "Must be 10 or fewer in length.");
  let total = 0;
  for (const embed of embeds) {
    max("embeds.title", embed.title, 256);
    max("embeds.description", embed.description, 4_096);
    max("embeds.footer", embed.footer?.text, 2_048);
    max("embeds.author", embed.author?.name, 256);
    if ((embed.fields ?? []).length > 25) throw formBody("embeds.fields", "Must be 25 or fewer in length.");
    for (const field of embed.fields ?? []) {
      max("embeds.fields.name", field.name, 256);
      max("embeds.fields.value", field.value, 1_024);
      if (!field.name || !field.value) throw formBody("embeds.fields", "This field is required");
      total += field.name.length + field.value.length;
    }
    total += (embed.title ?? "").length + (embed.description ?? "").length + (embed.footer?.text ?? "").length;
  }
  if (total > 6_000) throw formBody("embeds", "Embed size exceeds maximum size of 6000");
}

function checkComponents(rows: Json[]): void {
  if (rows.length > 5) throw formBody("components", "Must be 5 or fewer in length.");
  const ids = new Set<string>();
  for (const row of rows) {
    if (row.type !== 1) throw formBody("components.type", 'Value of field "type" must be 1.');
    if (!Array.isArray(row.components) || row.components.length < 1 || row.components.length > 5)
      throw formBody("components.components", "Must be between 1 and 5 in length.");
    for (const one of row.components) checkComponent(one, ids, row.components.length);
  }
}

function checkComponent(one: Json, ids: Set<string>, inRow: number): void {
  if (one.type === 3) checkSelect(one, inRow);
  else if (one.type !== 2) throw formBody("components.type", "Unknown component");
  else if (!one.label && !one.emoji) throw formBody("components.label", "A label or emoji is required");
  max("components.label", one.label, 80);
  if (one.style === 5) {
    checkLink(one);
    return;
  }
  if (typeof one.custom_id !== "string" || one.custom_id.length < 1 || one.custom_id.length > 100)
    throw formBody("components.custom_id", "Must be between 1 and 100 in length.");
  if (ids.has(one.custom_id)) throw formBody("components.custom_id", "Component custom id cannot be duplicated");
  ids.add(one.custom_id);
}

function checkSelect({ options, placeholder }: Json, inRow: number): void {
  if (inRow !== 1) throw formBody("components", "A select menu fills its row.");
  if (options.length < 1 || options.length > 25) throw formBody("options", "Must be between 1 and 25.");
  for (const { label, value, description } of options) {
    max("options.label", label, 100);
    max("options.value", value, 100);
    max("options.description", description, 100);
    if (!label || !value) throw formBody("options", "This field is required");
  }
  max("placeholder", placeholder, 150);
}

function checkLink({ url, custom_id: customId }: Json): void {
  if (!/^(?:https?|discord):\/\//.test(url ?? "") || url.length > 512)
    throw formBody("components.url", "Not a well formed URL.");
  if (customId !== undefined) throw formBody("components.custom_id", "A link has no custom id.");
}

function checkMentions(mentions: Json): void {
  if (mentions === undefined) return;
  for (const kind of ["users", "roles"] as const) {
    const list = mentions[kind] ?? [];
    if (list.length > 100) throw formBody("allowed_mentions", "Must be 100 or fewer in length.");
    if (list.length > 0 && mentions.parse?.includes(kind))
      throw formBody("allowed_mentions", `parse:["${kind}"] and ${kind}: [ids] are mutually exclusive.`);
  }
}

/** A modal with one to five labelled parts: text inputs, and menus in a label (the documentation of Label and String Select). */
export function checkModal(data: Json): void {
  if (!data?.custom_id || data.custom_id.length > 100) throw formBody("custom_id", "Must be between 1 and 100.");
  if (!data.title || data.title.length > 45) throw formBody("title", "Must be between 1 and 45 in length.");
  const parts: Json[] = data.components ?? [];
  if (parts.length < 1 || parts.length > 5) throw formBody("components", "Must be between 1 and 5 in length.");
  for (const part of parts) checkModalPart(part);
  const ids = parts.map((part) => (part.component ?? part.components?.[0])?.custom_id);
  if (new Set(ids).size < ids.length) throw formBody("custom_id", "Component custom id cannot be duplicated");
}

function checkModalPart(part: Json): void {
  const input = part.type === 18 ? part.component : part.components?.[0];
  const label = part.type === 18 ? part.label : input?.label;
  if (!label || label.length > 45) throw formBody("label", "Must be between 1 and 45 in length.");
  max("description", part.description, 100);
  if (part.description === "") throw formBody("description", "Must be between 1 and 100 in length.");
  if (typeof input?.custom_id !== "string" || input.custom_id.length < 1 || input.custom_id.length > 100)
    throw formBody("custom_id", "Must be between 1 and 100 in length.");
  if (input.type === 3 && part.type === 18) {
    checkModalMenu(input);
    return;
  }
  if (input.type !== 4) throw formBody("components", "A modal takes text inputs, and menus in a label.");
  if (part.type === 18 && input.label !== undefined) throw formBody("label", "Not inside a label.");
  const { value = "", max_length: maxLength } = input;
  if (value.length > 4_000 || (maxLength ?? 1) > 4_000 || (maxLength ?? 1) < 1)
    throw formBody("value", "Must be 4000 or fewer in length.");
  if (value.length > (maxLength ?? 4_000)) throw formBody("value", "Longer than max_length.");
}

/** `required` is the default, and goes with a minimum of at least one; the values of options differ. */
function checkModalMenu(menu: Json): void {
  checkSelect(menu, 1);
  const { options, required = true, min_values: least = 1, max_values: most = 1, disabled } = menu;
  if (disabled !== undefined) throw formBody("disabled", "A menu in a modal cannot be disabled.");
  if (least < 0 || least > 25 || most < 1 || most > 25 || least > most || most > options.length)
    throw formBody("max_values", "Must be between 1 and the number of options.");
  if (required && least === 0) throw formBody("required", "A required menu takes at least one.");
  if (new Set(options.map(({ value }: Json) => value)).size < options.length)
    throw formBody("options", "The specified option value is already used");
}

/** Application commands: names, descriptions, at most 25 options each. */
export function checkCommands(commands: Json): void {
  if (!Array.isArray(commands) || commands.length > 100) throw formBody("commands", "Must be 100 or fewer.");
  for (const command of commands) checkOption(command);
}

function checkOption(option: Json): void {
  if (!/^[-_\p{Ll}\p{N}]{1,32}$/u.test(option.name ?? "")) throw formBody("name", "Command name is invalid");
  if (!option.description || option.description.length > 100)
    throw formBody("description", "Must be between 1 and 100 in length.");
  const options: Json[] = option.options ?? [];
  if (options.length > 25) throw formBody("options", "Must be 25 or fewer in length.");
  if (new Set(options.map(({ name }) => name)).size < options.length) throw formBody("options", "Names must differ.");
  let isOptional = false;
  for (const one of options) {
    if (one.required === true && isOptional)
      throw formBody("options", "Required options must be placed before non-required options");
    isOptional ||= one.required !== true && one.type > 2;
    if (one.autocomplete === true && one.choices !== undefined) throw formBody("choices", "Not with autocomplete.");
    checkOption(one);
  }
}

const userMention = /<@!?(\d+)>/g;

/** The recipients of a message's pings, after `allowed_mentions`. Embeds ping nobody. */
export function pingsOf(body: Json, { isUsersOnly }: { isUsersOnly: boolean }): string[] {
  const content: string = body.content ?? "";
  const allowed = body.allowed_mentions ?? { parse: isUsersOnly ? ["users"] : ["users", "roles", "everyone"] };
  const parse: string[] = allowed.parse ?? [];
  const users = [...content.matchAll(userMention)]
    .map(([, id = ""]) => id)
    .filter((id) => parse.includes("users") || (allowed.users ?? []).includes(id));
  const roles = [...content.matchAll(/<@&(\d+)>/g)]
    .map(([, id = ""]) => id)
    .filter((id) => parse.includes("roles") || (allowed.roles ?? []).includes(id));
  const everyone = parse.includes("everyone") ? [...content.matchAll(/@(everyone|here)/g)].map(([all]) => all) : [];
  return [...new Set([...users, ...roles.map((id) => `role ${id}`), ...everyone])];
}

/** Links that get a preview: not in angle brackets, not in code, unless embeds are suppressed. */
export function unfurlsOf(content: string, flags: number): string[] {
  if ((flags & 4) !== 0) return [];
  const plain = content.replace(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...plain.matchAll(/(?<!<)https?:\/\/[^\s<>)]+/g)].map(([url]) => url);
}
