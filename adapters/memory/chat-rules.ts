import type { ChatSupports } from "../../src/ports/chat.js";
import type { ChatButton, ChatPost } from "../../src/ports/chat-post.js";

/** The problems of this post for which a real platform would refuse or cut it. */
export function brokenRules(post: ChatPost, supports: ChatSupports): string[] {
  if (post.kind === "root") return badButtons(post.card.buttons);
  if (post.kind === "message") return post.message.text.length > supports.maxPostChars ? ["a post is too long"] : [];
  if (post.kind !== "gate") return post.text === "" ? ["a line is empty"] : [];
  const { body = "", resolved, buttons } = post.gate;
  return [
    ...(body.length > supports.maxCardChars ? ["a card is too long"] : []),
    ...(resolved && buttons.length > 0 ? ["a decided card has buttons"] : []),
    ...badButtons(buttons),
  ];
}

function badButtons(buttons: readonly ChatButton[]): string[] {
  const ids = buttons.flatMap((button) => (button.kind === "press" ? [button.id] : []));
  const bad = ids.filter((id) => !/^[A-Za-z0-9._:-]{1,90}$/.test(id)).map((id) => `a button has the id ${id}`);
  return new Set(ids).size === ids.length ? bad : [...bad, "two buttons have one id"];
}
