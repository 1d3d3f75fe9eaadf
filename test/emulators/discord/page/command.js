// `/room <verb> option:value option:value`, with what Discord suggests while it is typed.
import { element } from "/message.js";

const room = (commands) => commands.find(({ name }) => name === "room");

/** The command in the box; undefined if it is not a command yet. */
export function readCommand(text, commands) {
  const [, verb, rest = ""] = /^\/room\s+(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  const sub = room(commands)?.options?.find(({ name }) => name === verb);
  if (sub === undefined) return undefined;
  const names = (sub.options ?? []).map(({ name }) => name);
  const options = {};
  let last;
  if (names.length > 0) {
    const parts = rest.split(new RegExp(`(?:^|\\s)(${names.join("|")}):`));
    for (let at = 1; at < parts.length; at += 2) {
      last = parts[at];
      options[last] = parts[at + 1].trim();
    }
  }
  return { verb, sub, options, last };
}

/** Shows what may follow; a click takes it. */
export async function suggest(box, hints, { commands, act }) {
  const text = box.value;
  const items = text.startsWith("/") ? await itemsFor(text, commands, act) : [];
  if (box.value !== text) return;
  hints.hidden = items.length === 0;
  hints.replaceChildren(
    ...items.slice(0, 12).map(({ shown, about, text: next }) => {
      const item = element("li");
      const button = element("button", "", shown);
      button.type = "button";
      button.append(element("span", "", about));
      button.addEventListener("mousedown", (event) => {
        event.preventDefault();
        box.value = next;
        box.dispatchEvent(new Event("input"));
      });
      item.append(button);
      return item;
    }),
  );
}

async function itemsFor(text, commands, act) {
  const found = readCommand(text, commands);
  if (found === undefined) {
    const typed = text.replace(/^\/(?:room)?\s*/, "");
    return (room(commands)?.options ?? [])
      .filter(({ name }) => name.startsWith(typed))
      .map(({ name, description }) => ({ shown: `/room ${name}`, about: description, text: `/room ${name} ` }));
  }
  const { verb, sub, options, last } = found;
  const open = (sub.options ?? [])
    .filter(({ name }) => options[name] === undefined)
    .map(({ name, description, required }) => ({
      shown: `${name}:`,
      about: required ? `${description} (needed)` : description,
      text: `${text.trimEnd()} ${name}:`,
    }));
  const option = (sub.options ?? []).find(({ name }) => name === last);
  if (option === undefined) return open;
  const typed = options[last];
  const before = text.slice(0, text.lastIndexOf(`${last}:`) + last.length + 1);
  const listed = option.choices?.filter(({ name }) => name.startsWith(typed));
  const completed = option.autocomplete
    ? (await act("complete", { verb, options, focused: last }))?.choices
    : undefined;
  const choices = (listed ?? completed ?? []).filter(({ value }) => value !== typed);
  return [...choices.map(({ name, value }) => ({ shown: name, about: "", text: `${before}${value}` })), ...open];
}
