import { blocks as blockRules, elements, type Fields, messageOnly, type Rule, viewFields } from "./block-rules.js";
import { asObject, asObjects, asText, isObject } from "./json.js";
import type { Json } from "./model.js";

/** Problems in the platform's own words: `[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]`. */
export type Problems = string[];

interface Place {
  readonly path: string;
  readonly problems: Problems;
}

export interface MessageLimits {
  readonly maxChars: number;
}

/** Checks the blocks of a message, and whether all of them together are too long. */
export function checkMessageBlocks(value: unknown, limits: MessageLimits): { problems: Problems; tooLong: boolean } {
  const problems: Problems = [];
  checkBlocks(value, { path: "/blocks", problems }, 50);
  const list = asObjects(value);
  if (renderedBlocks(list) > 50) problems.push(say("no more than 50 items allowed", "/blocks"));
  const markdown = list.filter((block) => block.type === "markdown").map((block) => asText(block.text).length);
  if (sum(markdown) > 12_000) problems.push(say("must be less than 12001 characters", "/blocks"));
  return { problems, tooLong: sum(list.map(blockChars)) > limits.maxChars };
}

/** Checks a view. */
export function checkView(view: Json): Problems {
  const problems: Problems = [];
  const place = { path: "/view", problems };
  checkFields(viewFields, view, place);
  if (Array.isArray(view.blocks)) checkBlocks(view.blocks, { path: "/view/blocks", problems }, 100);
  if (view.type === "modal" && view.title === undefined) problems.push(say("missing required field: title", "/view"));
  const hasInput = asObjects(view.blocks).some((block) => block.type === "input");
  if (view.type === "modal" && hasInput && view.submit === undefined) {
    problems.push(say("missing required field: submit", "/view"));
  }
  for (const [index, block] of asObjects(view.blocks).entries()) {
    if (!messageOnly.includes(asText(block.type))) continue;
    problems.push(say(`unsupported type: ${asText(block.type)}`, `/view/blocks/${index}/type`));
  }
  if (JSON.stringify(view).length > 250_000) problems.push(say("must be less than 250001 bytes", "/view"));
  return problems;
}

function checkBlocks(value: unknown, place: Place, max: number): void {
  if (!Array.isArray(value)) {
    place.problems.push(say("must be an array", place.path));
    return;
  }
  if (value.length > max) place.problems.push(say(`no more than ${max} items allowed`, place.path));
  const ids = new Set<string>();
  for (const [index, block] of value.entries()) {
    const path = `${place.path}/${index}`;
    checkTyped(blockRules, block, { path, problems: place.problems });
    checkActionIds(asObject(block), { path, problems: place.problems });
    checkContent(asObject(block), { path, problems: place.problems });
    const id = asText(asObject(block).block_id);
    if (id !== "" && ids.has(id)) place.problems.push(say(`block_id ${id} already exists`, path));
    ids.add(id);
  }
}

function checkContent(block: Json, place: Place): void {
  if (block.type === "section" && block.text === undefined && block.fields === undefined) {
    place.problems.push(say("missing required field: text", place.path));
  }
}

function checkActionIds(block: Json, place: Place): void {
  const ids = asObjects(block.elements).flatMap((element) => asText(element.action_id) || []);
  for (const id of ids) {
    if (ids.indexOf(id) === ids.lastIndexOf(id)) continue;
    place.problems.push(say(`action_id ${id} already exists`, `${place.path}/elements`));
    return;
  }
}

function checkTyped(table: Readonly<Record<string, Fields>>, value: unknown, place: Place): void {
  if (!isObject(value)) {
    place.problems.push(say("must be an object", place.path));
    return;
  }
  const type = asText(value.type);
  if (type === "") {
    place.problems.push(say("missing required field: type", place.path));
    return;
  }
  const fields = Object.hasOwn(table, type) ? table[type] : undefined;
  if (fields === undefined) place.problems.push(say(`unsupported type: ${type}`, `${place.path}/type`));
  else checkFields({ "type!": { is: "any" }, ...fields }, value, place);
}

function checkFields(fields: Fields, value: Json, place: Place): void {
  for (const [key, rule] of Object.entries(fields)) {
    const name = key.replace("!", "");
    const path = `${place.path}/${name}`;
    if (value[name] !== undefined) checkRule(rule, value[name], { path, problems: place.problems });
    else if (key.endsWith("!")) place.problems.push(say(`missing required field: ${name}`, place.path));
  }
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name) || Object.hasOwn(fields, `${name}!`)) continue;
    place.problems.push(say(`invalid additional property: ${name}`, place.path));
  }
}

function checkRule(rule: Rule, value: unknown, place: Place): void {
  const wrong = (what: string): void => void place.problems.push(say(what, place.path));
  if (rule.is === "any") return;
  if (rule.is === "boolean" || rule.is === "number") {
    if (typeof value !== rule.is) wrong(`must be a ${rule.is}`);
    return;
  }
  if (rule.is === "string") {
    checkString(rule, value, place);
    return;
  }
  if (rule.is === "text") {
    checkText(rule, value, place);
    return;
  }
  if (rule.is === "array") {
    checkArray(rule, value, place);
    return;
  }
  if (!isObject(value)) {
    wrong("must be an object");
    return;
  }
  if (rule.is === "object") checkFields(rule.fields, value, place);
  else checkElement(rule.types, value, place);
}

function checkString(rule: Extract<Rule, { is: "string" }>, value: unknown, place: Place): void {
  const wrong = (what: string): void => void place.problems.push(say(what, place.path));
  if (typeof value !== "string") wrong("must be a string");
  else if (rule.max !== undefined && value.length > rule.max) wrong(`must be less than ${rule.max + 1} characters`);
  else if (value.length < (rule.min ?? 0)) wrong(`must be more than ${(rule.min ?? 0) - 1} characters`);
  else if (rule.oneOf !== undefined && !rule.oneOf.includes(value)) wrong("must be a valid enum value");
}

function checkArray(rule: Extract<Rule, { is: "array" }>, value: unknown, place: Place): void {
  if (!Array.isArray(value)) {
    place.problems.push(say("must be an array", place.path));
    return;
  }
  if (value.length > rule.max) place.problems.push(say(`no more than ${rule.max} items allowed`, place.path));
  if (value.length < (rule.min ?? 0)) place.problems.push(say(`no less than ${rule.min} items allowed`, place.path));
  for (const [index, member] of value.entries()) {
    checkRule(rule.of, member, { path: `${place.path}/${index}`, problems: place.problems });
  }
}

function checkText(rule: Extract<Rule, { is: "text" }>, value: unknown, place: Place): void {
  const text = asObject(value);
  if (!rule.kinds.includes(asText(text.type))) {
    place.problems.push(say(`must be one of ${rule.kinds.join(", ")}`, `${place.path}/type`));
    return;
  }
  const own: Fields = text.type === "mrkdwn" ? { verbatim: { is: "boolean" } } : { emoji: { is: "boolean" } };
  checkFields({ "type!": { is: "any" }, "text!": { is: "string", max: rule.max, min: 1 }, ...own }, text, place);
}

function checkElement(types: readonly string[], value: Json, place: Place): void {
  const type = asText(value.type);
  if (!types.includes(type)) place.problems.push(say(`unsupported type: ${type}`, `${place.path}/type`));
  else if (type === "mrkdwn" || type === "plain_text")
    checkText({ is: "text", kinds: [type], max: 3000 }, value, place);
  else checkTyped(elements, value, place);
}

/** A markdown block is drawn as several blocks: one per heading, fence, table, rule and run of text between them. */
function renderedBlocks(list: readonly Json[]): number {
  return sum(list.map((block) => (block.type === "markdown" ? markdownParts(asText(block.text)) : 1)));
}

function markdownParts(text: string): number {
  const outside = text.split(/^```[\s\S]*?(?:^```|$(?![\s\S]))/m);
  return outside.length - 1 + sum(outside.map(partsOutsideFences));
}

/** Each heading and rule; each run of table rows, and of other lines. */
function partsOutsideFences(text: string): number {
  let last = "";
  let count = 0;
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const kind = /^#{1,6} /.test(line)
      ? "heading"
      : /^---\s*$/.test(line)
        ? "rule"
        : line.startsWith("|")
          ? "table"
          : "text";
    if (kind !== last || kind === "heading" || kind === "rule") count += 1;
    last = kind;
  }
  return count;
}

function blockChars(value: unknown): number {
  if (Array.isArray(value)) return sum(value.map(blockChars));
  if (!isObject(value)) return 0;
  const own = typeof value.text === "string" ? value.text.length : 0;
  const header = value.type === "header" ? 100 : 0;
  return own + header + sum(Object.values(value).map(blockChars));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const say = (what: string, path: string): string => `[ERROR] ${what} [json-pointer:${path}]`;
