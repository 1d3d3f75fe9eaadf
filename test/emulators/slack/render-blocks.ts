import { asObject, asObjects, asText, textAt } from "./json.js";
import type { Json } from "./model.js";
import type { Names } from "./mrkdwn.js";
import { renderMarkdown } from "./render-markdown.js";
import { escapeHtml, renderMrkdwn, withEmoji } from "./render-text.js";

/** Blocks as HTML. Interactive elements carry `data-action` and `data-block` for the page's script. */
export function renderBlocks(
  blocks: readonly Json[],
  names: Names,
  errors: Readonly<Record<string, string>> = {},
): string {
  return blocks.map((block) => renderBlock(block, names, errors)).join("");
}

function renderBlock(block: Json, names: Names, errors: Readonly<Record<string, string>>): string {
  const text = (value: unknown): string => renderText(value, names);
  switch (block.type) {
    case "section":
      return `<div class="section"><div>${text(block.text)}${fields(block, names)}</div>${accessory(block, names)}</div>`;
    case "header":
      return `<h3 class="header">${text(block.text)}</h3>`;
    case "divider":
      return "<hr>";
    case "markdown":
      return `<div class="section"><div>${renderMarkdown(asText(block.text))}</div></div>`;
    case "context":
      return `<div class="context">${asObjects(block.elements).map(text).join(" ")}</div>`;
    case "actions":
      return `<div class="actions">${asObjects(block.elements)
        .map((element) => renderElement(element, block))
        .join("")}</div>`;
    case "input":
      return input(block, names, textAt(errors, asText(block.block_id)));
    case "image":
      return `<div class="context">🖼 ${escapeHtml(asText(block.alt_text))}</div>`;
    case "rich_text":
      return `<div class="section"><div>${richText(block, names)}</div></div>`;
    default:
      return "";
  }
}

function renderText(value: unknown, names: Names): string {
  const object = asObject(value);
  if (object.type === "image") return `🖼 ${escapeHtml(asText(object.alt_text))}`;
  if (object.type === "mrkdwn") return renderMrkdwn(asText(object.text), names);
  return withEmoji(escapeHtml(asText(object.text))).replace(/\n/g, "<br>");
}

function fields(block: Json, names: Names): string {
  const all = asObjects(block.fields);
  if (all.length === 0) return "";
  return `<div class="fields">${all.map((field) => `<div>${renderText(field, names)}</div>`).join("")}</div>`;
}

function accessory(block: Json, names: Names): string {
  if (block.accessory === undefined) return "";
  const element = asObject(block.accessory);
  return `<div>${element.type === "image" ? renderText(element, names) : renderElement(element, block)}</div>`;
}

function input(block: Json, names: Names, error: string | undefined): string {
  const optional = block.optional === true ? ' <span class="optional">(optional)</span>' : "";
  const hint = block.hint === undefined ? "" : `<span class="hint">${renderText(block.hint, names)}</span>`;
  const problem = error === undefined ? "" : `<span class="error" role="alert">${escapeHtml(error)}</span>`;
  const label = `<span class="label">${renderText(block.label, names)}${optional}</span>`;
  return `<label class="input">${label}${renderElement(asObject(block.element), block)}${hint}${problem}</label>`;
}

function renderElement(element: Json, block: Json): string {
  const id = `data-action="${escapeHtml(asText(element.action_id))}" data-block="${escapeHtml(asText(block.block_id))}"`;
  const style = asText(element.style);
  switch (element.type) {
    case "button":
      return `<button type="button" class="button ${escapeHtml(style)}" ${id}>${renderText(element.text, noNames)}</button>`;
    case "plain_text_input": {
      const value = escapeHtml(asText(element.initial_value));
      const placeholder = `placeholder="${escapeHtml(asText(asObject(element.placeholder).text))}"`;
      if (element.multiline === true) return `<textarea rows="6" ${placeholder} ${id}>${value}</textarea>`;
      return `<input type="text" value="${value}" ${placeholder} ${id}>`;
    }
    case "checkboxes":
    case "radio_buttons":
      return choices(element, id);
    default:
      return menu(element, id);
  }
}

const noNames: Names = { user: (id) => id, channel: (id) => id };

function menu(element: Json, id: string): string {
  const groups = asObjects(element.option_groups).flatMap((group) => asObjects(group.options));
  const initial = asText(asObject(element.initial_option).value);
  const options = [...asObjects(element.options), ...groups].map((option) => {
    const value = asText(option.value);
    const selected = value === initial ? " selected" : "";
    return `<option value="${escapeHtml(value)}"${selected}>${renderText(option.text, noNames)}</option>`;
  });
  const label = asText(asObject(element.placeholder).text) || (element.type === "overflow" ? "⋯" : "Choose");
  return `<select ${id}><option value="">${escapeHtml(label)}</option>${options.join("")}</select>`;
}

function choices(element: Json, id: string): string {
  const kind = element.type === "checkboxes" ? "checkbox" : "radio";
  const initial = [...asObjects(element.initial_options), asObject(element.initial_option)].map(
    (option) => option.value,
  );
  const one = (option: Json): string => {
    const value = escapeHtml(asText(option.value));
    const checked = initial.includes(option.value) ? " checked" : "";
    const about = option.description === undefined ? "" : ` <small>${renderText(option.description, noNames)}</small>`;
    const name = escapeHtml(asText(element.action_id));
    return `<label class="choice"><input type="${kind}" name="${name}" value="${value}"${checked} ${id}> <span>${renderText(option.text, noNames)}${about}</span></label>`;
  };
  return `<span class="choices">${asObjects(element.options).map(one).join("")}</span>`;
}

function richText(value: Json, names: Names): string {
  const inner = asObjects(value.elements)
    .map((element) => richText(element, names))
    .join("");
  if (value.type === "user") return `<span class="mention">@${escapeHtml(names.user(asText(value.user_id)))}</span>`;
  if (value.type === "rich_text_preformatted") return `<pre>${inner}</pre>`;
  if (value.type === "rich_text_quote") return `<blockquote>${inner}</blockquote>`;
  return escapeHtml(asText(value.text) || asText(value.url)).replace(/\n/g, "<br>") + inner;
}
