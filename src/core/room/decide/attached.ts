import type { Directive } from "../../grammar/directive.js";
import type { Attachment, BounceReason } from "../event.js";
import { maxAttachments } from "../limits.js";
import type { ReadFile } from "../read-file.js";

/** The files of a message, or why it bounces. */
export type Attached =
  | { kind: "ok"; attachments: Attachment[] }
  | { kind: "bounce"; reason: BounceReason; detail: string };

/**
 * The files that the `ATTACH:` lines of a message name. One that cannot be attached bounces the message. The log of earlier versions knows no reason of its own for
 * that: it is `unknown-name`, and `body-too-long` where there are too many.
 */
export function attachedTo({ attach = [] }: Directive, files: readonly ReadFile[] = []): Attached {
  if (attach.length > maxAttachments) {
    const detail = `A message carries at most ${maxAttachments} files, and this one names ${attach.length}. It was not sent; send it in parts.`;
    return { kind: "bounce", reason: "body-too-long", detail };
  }
  const attachments: Attachment[] = [];
  for (const path of new Set(attach)) {
    const file = files.find((one) => one.path === path);
    if (!file || "problem" in file) return notAttached(path, file?.problem ?? "files cannot be attached here");
    attachments.push(file.attachment);
  }
  return { kind: "ok", attachments };
}

/** Characters of a path that a bounce repeats. */
const maxPathChars = 200;

function notAttached(path: string, problem: string): Attached {
  const named =
    path === "" ? "A line ATTACH: names no file" : `“${path.slice(0, maxPathChars)}” cannot be attached: ${problem}`;
  const detail = `${named}. This message was not sent. Write ATTACH: and the path of a file below your work folder, without links in it, on a line of its own; or leave the line out.`;
  return { kind: "bounce", reason: "unknown-name", detail };
}
