import { ChatError } from "../../../ports/chat-error.js";
import type { ChatPost, GateCard } from "../../../ports/chat-post.js";
import type { Attempts, SimplerForm } from "./attempts.js";

/** The forms that a post may take where the platform refuses it, simplest last. A root has none: without it there is no thread. */
export function simplerFormsOf({ kind }: ChatPost): readonly SimplerForm[] {
  if (kind === "root") return [];
  return kind === "message" ? ["plain", "line"] : ["line"];
}

/** The post in that form; undefined: as it is. */
export function inForm(post: ChatPost, form: SimplerForm | undefined): ChatPost {
  if (form === undefined) return post;
  if (form === "plain" && post.kind === "message") {
    // The file may be what the platform refuses; the text names it.
    const { attachment: _attachment, ...message } = post.message;
    return { ...post, message: { ...message, isPlain: true } };
  }
  return { kind: "line", text: wordsFor(post) };
}

function wordsFor(post: ChatPost): string {
  if (post.kind === "gate") return wordsForGate(post.gate);
  const what = post.kind === "message" ? `A message of ${post.message.from.name}` : "Something of this room";
  return `${what} could not be shown here. It can be read in the browser.`;
}

function wordsForGate({ heading, buttons }: GateCard): string {
  const link = buttons.find(({ kind }) => kind === "link");
  const where = link?.kind === "link" ? ` at ${link.url}` : " in the browser";
  return `${heading}: this could not be shown here. It can be decided${where}`;
}

/** Treats any error that is not a `ChatError` as an unknown outcome. */
export function asChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  return new ChatError("The platform's adapter failed in a way it should not.", {
    code: "outcome_unknown",
    cause: error,
  });
}

/** The post in the form in which the platform may take it. */
export function shownPost(
  { attempts: { simpler } }: { attempts: Attempts },
  { key, post }: { key: string; post: ChatPost },
): ChatPost {
  return inForm(post, simpler?.key === key ? simpler.form : undefined);
}
