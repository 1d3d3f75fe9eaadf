// One message, drawn. Texts come as HTML that the server made; everything else is set as text.
export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export function drawMessage(message, { inThread, onClick, onThread }) {
  const item = element("li", message.isPrivate ? "message private" : "message");
  const face = element("span", `face colour-${message.face.colour}`, message.face.letter);
  if (message.face.picture) {
    const picture = element("img", "");
    picture.src = message.face.picture;
    picture.alt = "";
    face.replaceChildren(picture);
  }
  const body = element("div", "content");
  const head = element("div", "head");
  head.append(element("b", "", message.name));
  if (message.isApp) head.append(element("span", "badge", "APP"));
  head.append(element("time", "", clock(message.at)));
  const text = element("div", "text");
  text.innerHTML = message.html;
  for (const embed of text.querySelectorAll(".embed")) embed.style.borderColor = `#${embed.dataset.colour}`;
  if (message.edited) text.append(element("span", "edited", "(edited)"));
  body.append(head, text);
  for (const row of message.rows) body.append(drawRow(row, message, onClick));
  for (const file of message.files) {
    const box = element("details", "file");
    box.append(element("summary", "", `📄 ${file.name} (${file.size} bytes)`), element("pre", "", file.preview));
    body.append(box);
  }
  for (const url of message.unfurls) body.append(element("div", "unfurl", url));
  if (message.isPrivate) body.append(element("div", "only", "👁 Only you can see this"));
  if (!inThread && message.thread !== null) body.append(drawThread(message, onThread));
  item.append(face, body);
  return item;
}

function drawRow(row, message, onClick) {
  const line = element("div", "row");
  for (const part of row)
    line.append(part.kind === "select" ? drawSelect(part, message, onClick) : drawButton(part, message, onClick));
  return line;
}

function drawButton({ label, style, customId, url, disabled }, message, onClick) {
  if (url !== undefined) {
    const link = element("a", "button link", `${label} ↗`);
    link.href = url;
    return link;
  }
  const button = element("button", `button ${style}`, label);
  button.disabled = disabled;
  button.addEventListener("click", () => {
    button.disabled = true;
    onClick(message, { customId }).finally(() => {
      button.disabled = disabled;
    });
  });
  return button;
}

function drawSelect({ customId, placeholder, options }, message, onClick) {
  const menu = element("select");
  menu.setAttribute("aria-label", placeholder);
  menu.append(new Option(placeholder, ""));
  for (const { label, value, description } of options)
    menu.append(new Option(description ? `${label} – ${description}` : label, value));
  menu.addEventListener("change", () => {
    if (menu.value !== "") onClick(message, { customId, values: [menu.value] });
  });
  return menu;
}

function drawThread({ id, thread }, onThread) {
  const count = `${thread.count} ${thread.count === 1 ? "message" : "messages"}`;
  const button = element("button", "to-thread", `🧵 ${thread.name} · ${count}`);
  button.addEventListener("click", () => onThread(id));
  return button;
}
