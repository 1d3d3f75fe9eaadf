// The page asks for the whole state at each change and draws what differs. All drawing of texts happens on the server.
import { readCommand, suggest } from "/command.js";
import { drawMessage, element } from "/message.js";

const query = new URLSearchParams(location.hash.slice(1));
const here = {
  user: query.get("user") ?? "mia",
  channel: query.get("channel") ?? "",
  thread: query.get("thread") ?? "",
};
const find = (selector) => document.querySelector(selector);
const drawn = new Map();
let commands = [];

async function act(name, body) {
  const answer = await fetch(`/_emulator/people/${name}`, {
    method: "POST",
    body: JSON.stringify({ user: here.user, ...body }),
  });
  const { ok, error, result } = await answer.json();
  if (!ok || result?.kind === "failed") toast(error ?? result.shown);
  if (result?.kind === "modal") openForm(result, body.channel);
  return ok ? result : undefined;
}

function toast(text) {
  const box = find("#toast");
  box.textContent = text;
  box.classList.add("shown");
  setTimeout(() => box.classList.remove("shown"), 4000);
}

const dialog = find("#modal");
let form;

/** Discord sends a form as the answer to a press, and keeps it with the person. */
function openForm({ customId, title, fields }, channel) {
  form = { customId, channel };
  dialog.querySelector("h1").textContent = title;
  dialog.querySelector(".fields").replaceChildren(...fields.map((field) => fieldOf(field, fields.length)));
  dialog.querySelector(".error").hidden = true;
  dialog.showModal();
}

/** A field with its label, and what stands below it. */
function fieldOf({ customId, label, description, options, most, value, maxLength }, count) {
  const shown = element("label");
  shown.append(element("span", "", label));
  if (description !== "") shown.append(element("small", "", description));
  const box = element(options === undefined ? "textarea" : "select");
  box.name = customId;
  if (options === undefined) Object.assign(box, { value, maxLength, rows: count > 1 ? 3 : 8 });
  else box.append(...(most > 1 ? [] : [new Option("Choose one", "")]), ...options.map(optionOf));
  if (most > 1) Object.assign(box, { multiple: true, size: options.length });
  shown.append(box);
  return shown;
}

const optionOf = ({ label, value, description }) =>
  new Option(description === undefined ? label : `${label} – ${description}`, value);

/** The input by custom id: a text, or the chosen values. */
function entered() {
  const boxes = [...dialog.querySelectorAll(".fields :is(textarea, select)")];
  return Object.fromEntries(
    boxes.map((box) => [
      box.name,
      box.localName === "textarea" ? box.value : [...box.selectedOptions].map((option) => option.value).filter(Boolean),
    ]),
  );
}

dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const result = await act("submit", { ...form, values: entered() });
  if (result !== undefined && result.kind !== "failed") return dialog.close();
  const problem = dialog.querySelector(".error");
  problem.textContent = "Something went wrong. Try again.";
  problem.hidden = false;
});
for (const button of dialog.querySelectorAll(".close")) button.addEventListener("click", () => dialog.close());

/** Replaces a part only when it changed, so that focus and selection stay. */
function put(target, state, build) {
  const text = JSON.stringify(state);
  if (drawn.get(target) === text) return false;
  drawn.set(target, text);
  target.replaceChildren(...build());
  return true;
}

function go(change) {
  Object.assign(here, change);
  location.hash = new URLSearchParams(here).toString();
  refresh();
}

const onClick = (message, pressed) => act("click", { channel: message.channel, id: message.id, ...pressed });
const onThread = (thread) => go({ thread });

function drawList(target, messages, inThread) {
  const atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
  const changed = put(target, messages, () =>
    messages.map((message) => drawMessage(message, { inThread, onClick, onThread })),
  );
  if (changed && atEnd) target.scrollTop = target.scrollHeight;
}

function drawSide({ people, channels, channel, app }) {
  put(find("#who"), [people, here.user], () =>
    people.map(({ user, name }) => {
      const button = element("button", "", name);
      button.setAttribute("aria-pressed", String(user === here.user));
      button.addEventListener("click", () => go({ user }));
      return button;
    }),
  );
  put(find("#channels"), [channels, channel?.id], () =>
    channels.map(({ id, name, isDirect }) => {
      const item = element("li");
      const button = element("button", "", `${isDirect ? "●" : "#"} ${name}`);
      if (id === channel?.id) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => go({ channel: id, thread: "" }));
      item.append(button);
      return item;
    }),
  );
  const facts = [
    ["Connections", app.connections],
    ["Pings", app.pings],
  ];
  put(find("#app"), facts, () =>
    facts.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", String(value))]),
  );
  find("#violations summary").textContent =
    `${app.violations.length} violation${app.violations.length === 1 ? "" : "s"}`;
  find("#violations").classList.toggle("bad", app.violations.length > 0);
  put(find("#violations ul"), app.violations, () =>
    app.violations.map(({ rule, detail }) => element("li", "", `${rule}: ${detail}`)),
  );
}

async function refresh() {
  const state = await (await fetch(`/_emulator/state?${new URLSearchParams(here)}`)).json();
  commands = state.commands;
  here.channel = state.channel?.id ?? here.channel;
  drawSide(state);
  find("#channel-name").textContent = `# ${state.channel?.name ?? ""}`;
  find("#say textarea").placeholder = `Message #${state.channel?.name ?? ""}, or /room …`;
  drawList(find("#messages"), state.messages, false);
  const { thread } = state;
  find("#thread").hidden = thread === null;
  find("#columns").classList.toggle("with-thread", thread !== null);
  if (thread === null) return;
  find("#thread-name").textContent = `🧵 ${thread.name}`;
  find("#thread-state").textContent = thread.locked ? "locked" : thread.archived ? "archived" : "";
  drawList(find("#replies"), state.replies, true);
}

function send(composer, channel) {
  const box = composer.querySelector("textarea");
  const text = box.value.trim();
  if (text === "") return;
  const command = readCommand(text, commands);
  if (text.startsWith("/") && command === undefined) return toast("Discord knows no such command");
  box.value = "";
  box.dispatchEvent(new Event("input"));
  if (command === undefined) act("say", { channel, text });
  else act("command", { channel, verb: command.verb, options: command.options });
}

for (const [selector, placeOf] of [
  ["#say", () => here.channel],
  ["#reply", () => here.thread],
]) {
  const composer = find(selector);
  const box = composer.querySelector("textarea");
  const hints = composer.querySelector(".hints");
  const quietly = (name, body) => act(name, { channel: placeOf(), ...body });
  box.addEventListener("input", () => suggest(box, hints, { commands, act: quietly }));
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    send(composer, placeOf());
  });
  composer.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
}

find("#close-thread").addEventListener("click", () => go({ thread: "" }));
new EventSource("/_emulator/changes").addEventListener("message", refresh);
