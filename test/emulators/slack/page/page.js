// The page asks for the whole state at each change and draws what differs. All drawing of texts happens on the server.
import { showModal } from "/modal.js";

const query = new URLSearchParams(location.hash.slice(1));
const here = {
  user: query.get("user") ?? "mia",
  channel: query.get("channel") ?? "general",
  thread: query.get("thread") ?? "",
};
const find = (selector) => document.querySelector(selector);
const drawn = new Map();

export async function act(name, body) {
  const answer = await fetch(`/_emulator/people/${name}`, {
    method: "POST",
    body: JSON.stringify({ user: here.user, ...body }),
  });
  const result = await answer.json();
  const problem = result.error ?? (result.result?.ok === false ? result.result.shown : undefined);
  if (problem !== undefined && name !== "command") toast(problem);
  return result.result;
}

function toast(text) {
  const box = find("#toast");
  box.textContent = text;
  box.classList.add("shown");
  setTimeout(() => box.classList.remove("shown"), 4000);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

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

const clock = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function drawMessage(message, { inThread }) {
  const item = element("li", message.private ? "message private" : "message");
  const face = element("span", message.isApp ? "face app" : "face", message.icon);
  if (message.picture) {
    const picture = element("img", "");
    picture.src = message.picture;
    picture.alt = "";
    face.replaceChildren(picture);
  }
  const body = element("div", "content");
  if (message.private) body.append(element("div", "only", "👁 Only visible to you"));
  const head = element("div", "head");
  head.append(element("b", "", message.name));
  if (message.isApp) head.append(element("span", "badge", "APP"));
  head.append(element("time", "", clock(message.ts)));
  const text = element("div", "text");
  text.innerHTML = message.html;
  if (message.edited) text.append(element("span", "edited", "(edited)"));
  body.append(head, text);
  for (const file of message.files) {
    const box = element("details", "file");
    box.append(element("summary", "", `📄 ${file.title}`), element("pre", "", file.preview));
    body.append(box);
  }
  for (const url of message.unfurls) body.append(element("div", "unfurl", url));
  if (message.reactions.length > 0) {
    const row = element("div", "reactions");
    for (const { emoji, count } of message.reactions) row.append(element("span", "", `${emoji} ${count}`));
    body.append(row);
  }
  if (!inThread && !message.private) body.append(drawReplies(message));
  text.addEventListener("click", (event) => press(event, message));
  text.addEventListener("change", (event) => choose(event, message));
  item.append(face, body);
  return item;
}

function drawReplies(message) {
  const count = message.replies;
  const label = count === 0 ? "Reply in thread" : `${count} ${count === 1 ? "reply" : "replies"}`;
  const button = element("button", count === 0 ? "replies none" : "replies", label);
  button.addEventListener("click", () => go({ thread: message.ts }));
  return button;
}

function press(event, message) {
  const button = event.target.closest("button[data-action]");
  if (button === null) return;
  button.disabled = true;
  const { action: actionId, block: blockId } = button.dataset;
  act("click", { channel: message.channel, ts: message.ts, actionId, blockId }).finally(() => {
    button.disabled = false;
  });
}

function choose(event, message) {
  const menu = event.target.closest("select[data-action]");
  if (menu === null || menu.value === "") return;
  const { action: actionId, block: blockId } = menu.dataset;
  act("click", { channel: message.channel, ts: message.ts, actionId, blockId, choice: menu.value });
}

function drawList(target, messages, options) {
  const atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
  const changed = put(target, messages, () => messages.map((message) => drawMessage(message, options)));
  if (changed && atEnd) target.scrollTop = target.scrollHeight;
}

function drawWho(state) {
  put(find("#who"), [state.people, here.user], () =>
    state.people.slice(0, 2).map(({ name, displayName, avatar }) => {
      const button = element("button", "", `${avatar} ${displayName}`);
      button.setAttribute("aria-pressed", String(name === here.user));
      button.addEventListener("click", () => go({ user: name }));
      return button;
    }),
  );
}

function drawSide(state) {
  put(find("#channels"), [state.channels, state.channel?.id], () =>
    state.channels.map((channel) => {
      const marks = { public: "#", private: "🔒", im: "●" };
      const item = element("li");
      const button = element(
        "button",
        "",
        `${marks[channel.kind]} ${channel.name}${channel.archived ? " (archived)" : ""}`,
      );
      if (channel.id === state.channel?.id) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => go({ channel: channel.id, thread: "" }));
      item.append(button);
      return item;
    }),
  );
  const { connections, mode, pending, violations } = state.app;
  const facts = [
    ["Mode", mode],
    ["Connections", mode === "HTTP" ? "–" : connections],
    ["Under way", pending],
  ];
  put(find("#app"), facts, () =>
    facts.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", String(value))]),
  );
  find("#violations summary").textContent = `${violations.length} violation${violations.length === 1 ? "" : "s"}`;
  find("#violations").classList.toggle("bad", violations.length > 0);
  put(find("#violations ul"), violations, () =>
    violations.map(({ rule, detail }) => element("li", "", `${rule}: ${detail}`)),
  );
}

async function refresh() {
  const state = await (await fetch(`/_emulator/state?${new URLSearchParams(here)}`)).json();
  find("#team").textContent = state.team;
  drawWho(state);
  drawSide(state);
  find("#channel-name").textContent = `# ${state.channel?.name ?? ""}`;
  find("#channel-topic").textContent = state.channel ? `${state.channel.topic} · ${state.channel.count} members` : "";
  find("#say textarea").placeholder = `Message #${state.channel?.name ?? ""}, or /room …`;
  drawList(find("#messages"), state.messages, { inThread: false });
  find("#thread").hidden = here.thread === "" || state.thread.length === 0;
  find("#columns").classList.toggle("with-thread", !find("#thread").hidden);
  drawList(find("#replies"), state.thread, { inThread: true });
  showModal(state.modals.at(-1), act);
}

function send(form, threadTs) {
  const box = form.querySelector("textarea");
  const text = box.value.trim();
  if (text === "") return;
  box.value = "";
  const thread = threadTs === "" ? {} : { threadTs };
  act(text.startsWith("/") ? "command" : "say", { channel: here.channel, text, ...thread });
}

for (const [selector, threadOf] of [
  ["#say", () => ""],
  ["#reply", () => here.thread],
]) {
  const form = find(selector);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, threadOf());
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

find("#close-thread").addEventListener("click", () => go({ thread: "" }));
new EventSource("/_emulator/changes").addEventListener("message", refresh);
